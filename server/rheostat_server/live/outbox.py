"""What waits to be sent to one viewer: bounded, and the latest of a kind replaces the one before. Pure."""

from __future__ import annotations

from rheostat_server.models import LiveReset

__all__ = ["LIMIT", "Outbox"]

_ALERTS = 100
LIMIT = 1 << 20
"""Bytes of points that may wait for one viewer; more, and it is told to fetch them again."""


class _Watched:
    __slots__ = ("cursor", "held")

    def __init__(self) -> None:
        self.cursor = 0
        self.held: list[tuple[int | None, int, bytes]] | None = []


class Outbox:
    """The queue of one viewer.

    A watch begins with catching up: points published meanwhile are held until `caught_up` tells how
    far the viewer has been served from the store.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._watched: dict[str, _Watched] = {}
        self._first: list[bytes] = []
        self._runs: dict[str, bytes] = {}
        self._commands: dict[tuple[str, str], bytes] = {}
        self._alerts: dict[int, bytes] = {}
        self._resets: set[str] = set()
        self._points: dict[str, list[bytes]] = {}
        self._size = 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (
            self._first or self._runs or self._alerts or self._commands or self._resets or self._points
        )

    @property
    def size(self) -> int:
        """Bytes of points that wait or are held."""
        return self._size

    @property
    def said(self) -> int:
        """How many messages for this viewer alone wait."""
        return len(self._first)

    def watch(self, run: str) -> None:
        """Begin to watch: points are held until `caught_up`."""
        self.unwatch(run)
        self._watched[run] = _Watched()

    def unwatch(self, run: str) -> None:
        """Forget the run's points and commands."""
        self._drop(run)
        self._resets.discard(run)
        self._commands = {key: data for key, data in self._commands.items() if key[0] != run}

    def watches(self, run: str) -> bool:
        """Whether points of this run are wanted."""
        return run in self._watched

    def caught_up(self, run: str, cursor: int, data: bytes | None) -> None:
        """Serve ``data`` from the store, reaching to ``cursor``, then what was held and lies after it."""
        watched = self._watched.get(run)
        if watched is None or watched.held is None:
            return
        held, watched.held = watched.held, None
        watched.cursor = cursor
        self._size -= sum(len(points) for _, _, points in held)
        if data is not None:
            self._add(run, data)
        for after, reached, points in held:
            self.points(run, reached, points, after)

    def points(self, run: str, cursor: int, data: bytes, after: int | None = None) -> None:
        """New points of a run, reaching to ``cursor``; ignored if it is not watched.

        If they follow on a cursor ``after`` that the viewer has not got to, it must fetch them again.
        """
        watched = self._watched.get(run)
        # What the store has served may be published only now.
        if watched is None or (watched.held is None and cursor <= watched.cursor):
            return
        missed = watched.held is None and after is not None and after > watched.cursor
        if missed or self._size + len(data) > self._limit:
            self.reset(run)
        elif watched.held is not None:
            watched.held.append((after, cursor, data))
            self._size += len(data)
        else:
            watched.cursor = cursor
            self._add(run, data)

    def reset(self, run: str) -> None:
        """Tell the viewer to fetch the run's series again; it watches no more until it says so."""
        if run in self._watched:
            self._drop(run)
            self._resets.add(run)

    def run(self, run: str, data: bytes) -> None:
        """The run's row in the list, instead of any that waits."""
        self._runs[run] = data

    def command(self, run: str, command: str, data: bytes) -> None:
        """A command's record, instead of any that waits."""
        self._commands[run, command] = data

    def command_if_new(self, run: str, command: str, data: bytes) -> None:
        """A record read from the store, unless a later one waits already."""
        self._commands.setdefault((run, command), data)

    def alert(self, alert: int, data: bytes) -> None:
        """An alert as it stands, instead of any state of it that waits; the oldest give way to new ones."""
        self._alerts[alert] = data
        if len(self._alerts) > _ALERTS:
            del self._alerts[next(iter(self._alerts))]

    def say(self, data: bytes) -> None:
        """A message for this viewer alone, before all others."""
        self._first.append(data)

    def take(self) -> list[bytes]:
        """Everything that waits, in the order to send it."""
        resets = [LiveReset(type="reset", run=run).model_dump_json().encode() for run in sorted(self._resets)]
        points = [data for waiting in self._points.values() for data in waiting]
        result = [
            *self._first,
            *resets,
            *self._alerts.values(),
            *self._commands.values(),
            *points,
            *self._runs.values(),
        ]
        self._size -= sum(len(data) for data in points)
        self._first, self._runs, self._commands, self._points = [], {}, {}, {}
        self._alerts = {}
        self._resets = set()
        return result

    def _add(self, run: str, data: bytes) -> None:
        self._points.setdefault(run, []).append(data)
        self._size += len(data)

    def _drop(self, run: str) -> None:
        watched = self._watched.pop(run, None)
        if watched is not None and watched.held:
            self._size -= sum(len(points) for _, _, points in watched.held)
        self._size -= sum(len(data) for data in self._points.pop(run, []))
