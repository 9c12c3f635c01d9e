"""Windows: how the ranks of a job come to begin a command at the same step. Pure: values in, questions out.

Steps are cut into windows. Each window has a row of slots in a store that all ranks share, and the first
value put into a slot (compare-and-set against nothing) is its value for ever. Rank 0 puts commands into the
next free slot of the first window that is still open; every rank closes the next window in time by putting
"the last" into the slot after those it has read, and reads on if another value was faster. So before the
first step of a window all ranks hold the same immutable row. That needs no clock, no bound on how far ranks
drift apart, and nobody to be alive.
"""

from __future__ import annotations

import msgspec

from rheostat.control.command import Command

__all__ = ["FIRST_SIZE", "Ask", "Decision", "Entry", "Windows"]

FIRST_SIZE = 16
"""Steps in a window until rank 0 has decided on another size."""
SMALLEST = 4
LARGEST = 4096
SHORTEST_S = 0.2
LONGEST_S = 2.0
"""How long a window should last."""


class Entry(msgspec.Struct, frozen=True):
    """A command that rank 0 has accepted, and the highest lr it allowed then."""

    command: Command
    ceiling: float


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What begins with a window, and its length in steps (0: as the one before); ``last`` closes it."""

    entries: tuple[Entry, ...] = ()
    size: int = 0
    last: bool = False

    def text(self) -> str:
        """As the store keeps it; never empty."""
        return msgspec.json.encode(self).decode()


class Ask(msgspec.Struct, frozen=True):
    """A question to the store: the value of a slot, which is ``text`` if it has none yet."""

    window: int
    slot: int
    text: str


class Windows:
    """One rank's view. ``number`` is the present window, begun at ``start``; the next begins at ``end``.

    Rank 0 `post`s entries. Whoever talks to the store asks what `ask` says and `learn`s the answer; the
    training thread `cross`es into the next window when it gets to ``end``.
    """

    def __init__(self, size: int = FIRST_SIZE) -> None:
        self.number = 0
        self.start = 0
        self.size = size
        self._ahead: dict[int, list[Decision]] = {}
        self._open: list[Entry] = []
        self._size_wanted = 0

    @property
    def end(self) -> int:
        """The first step of the next window."""
        return self.start + self.size

    @property
    def middle(self) -> int:
        """The step from which on the next window should be closed."""
        return self.start + (self.size + 1) // 2

    def post(self, entry: Entry) -> None:
        """Have ``entry`` begin with the first window that is still open."""
        self._open.append(entry)

    def pace(self, lasted_s: float) -> None:
        """Wish for another size, if the last window was far from lasting as long as it should."""
        if lasted_s < SHORTEST_S:
            wanted = min(self.size * 2, LARGEST)
        elif lasted_s > LONGEST_S:
            wanted = max(self.size // 2, SMALLEST)
        else:
            wanted = self.size
        self._size_wanted = 0 if wanted == self.size else wanted

    def ask(self, step: int) -> Ask | None:
        """What to ask the store when ``step`` is the next step; None: nothing now."""
        window = self.number + 1
        while self._closed(window):
            window += 1
        following = window == self.number + 1
        if self._open or (self._size_wanted and following):
            return self._ask(window, last=False)
        if following and step >= self.middle:
            return self._ask(window, last=True)
        return None

    def ask_next(self) -> Ask | None:
        """What to ask at the boundary; None: the next window is closed."""
        window = self.number + 1
        return None if self._closed(window) else self._ask(window, last=True)

    def learn(self, ask: Ask, text: str | bytes) -> None:
        """Take in the value of the slot that was asked for.

        Raises:
            msgspec.DecodeError: it is none that a rank of this version would put there.
        """
        decision = msgspec.json.decode(text, type=Decision)
        ids = {entry.command.id for entry in decision.entries}
        self._open = [entry for entry in self._open if entry.command.id not in ids]
        if decision.size:
            self._size_wanted = 0
        if ask.window > self.number:
            row = self._ahead.setdefault(ask.window, [])
            if ask.slot == len(row):
                row.append(decision)

    def cross(self, step: int) -> Decision:
        """Enter the next window, which begins at ``step``. It must have been closed."""
        self.number += 1
        row = self._ahead.pop(self.number)
        self.start = step
        self.size = next((each.size for each in reversed(row) if each.size), self.size)
        return Decision(tuple(entry for each in row for entry in each.entries), self.size, last=True)

    def _closed(self, window: int) -> bool:
        row = self._ahead.get(window)
        return row is not None and row[-1].last

    def _ask(self, window: int, *, last: bool) -> Ask:
        proposed = Decision(tuple(self._open), self._size_wanted, last)
        return Ask(window, len(self._ahead.get(window, ())), proposed.text())
