"""Reports: what became of each command, by its id, and which of them have not been sent yet."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable

from rheostat.control.command import CommandReport

__all__ = ["Reports"]

KNOWN_IDS = 1024
MAX_REPORTS = 4096


class Reports:
    """The last report of each of the newest commands, and a queue of those to be sent.

    ``keep`` makes a report outlive the process before anything comes of it, and gives its number there (0:
    it does not). True while some wait to be sent.
    """

    def __init__(self) -> None:
        self.keep: Callable[[CommandReport], int] = _not_kept
        self._waiting: deque[tuple[int, CommandReport]] = deque(maxlen=MAX_REPORTS)
        self._last: OrderedDict[str, CommandReport] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def last(self, id: str) -> CommandReport | None:
        """What was last told of the command ``id``; None if it is not known."""
        return self._last.get(id)

    @property
    def known(self) -> tuple[CommandReport, ...]:
        """The last report of each command, in the order told."""
        return tuple(self._last.values())

    def add(self, report: CommandReport) -> CommandReport:
        """Something became of a command: tell of it."""
        self._last[report.id] = report
        self._last.move_to_end(report.id)
        if len(self._last) > KNOWN_IDS:
            self._last.popitem(last=False)
        self.tell(report)
        return report

    def tell(self, report: CommandReport) -> None:
        """Have ``report`` sent, or sent again."""
        self._waiting.append((self.keep(report), report))

    def restore(self, saved: Iterable[CommandReport], kept: Collection[str]) -> None:
        """Know what a checkpoint knew, and what was told since of all but the commands ``kept`` by it."""
        then = OrderedDict((report.id, report) for report in saved)
        self._last = then | OrderedDict((id, r) for id, r in self._last.items() if id not in kept)

    def forsake(self) -> None:
        """Keep nothing any more: from here on reports are in memory alone."""
        self.keep = _not_kept

    def drain(self) -> list[CommandReport]:
        """Take out the reports not yet sent, oldest first."""
        return [report for _, report in self.drain_numbered()]

    def drain_numbered(self) -> list[tuple[int, CommandReport]]:
        """The same, each with the number under which it is kept."""
        taken: list[tuple[int, CommandReport]] = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken


def _not_kept(_: CommandReport) -> int:
    return 0
