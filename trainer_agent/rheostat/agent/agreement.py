"""Agreement: the check, once a window, that all ranks stand at the same step with the same lrs. Pure.

For each window the first rank to get there puts what it sees into a register; the others compare. Who agrees
adds one to a count, so that rank 0 knows up to which window all have been heard of.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence

import msgspec

from rheostat.control.limits import Refusal
from rheostat.control.override import Stack

__all__ = ["MAX_LAG", "Agreement", "Claim"]

MAX_LAG = 16
"""How many windows the slowest rank may be behind rank 0 for commands to be accepted."""

MAX_CLAIMS = 4096
"""How many windows may wait to be compared while the store does not answer; then the oldest never is."""


class Claim(msgspec.Struct, frozen=True):
    """What a rank sees at the first step of a window."""

    window: int
    rank: int
    step: int
    lrs: str
    stack: str

    def text(self) -> str:
        """As the store keeps it."""
        return msgspec.json.encode(self).decode()


class Agreement:
    """One rank's part in the check. ``agreed`` is the last window that all ranks are known to agree on."""

    def __init__(self, rank: int, world: int) -> None:
        self.rank = rank
        self.world = world
        self.number = 0
        self.agreed = -1
        self.trouble = ""
        self._claims: deque[Claim] = deque(maxlen=MAX_CLAIMS)
        self._made: deque[int] = deque(maxlen=MAX_LAG)

    def crossed(self, window: int, step: int, lrs: Sequence[float | None], stack: Stack) -> None:
        """Have what this rank sees at the beginning of ``window`` compared."""
        self.number = window
        self._claims.append(Claim(window, self.rank, step, _digest(lrs), _digest(stack)))

    def claim(self) -> Claim | None:
        """The oldest claim not yet compared."""
        return self._claims.popleft() if self._claims else None

    def compare(self, mine: Claim, first: str | bytes) -> bool:
        """Whether ``mine`` agrees with the first claim for its window; if not, ``trouble`` says how."""
        theirs = msgspec.json.decode(first, type=Claim)
        who = f"rank {mine.rank} and rank {theirs.rank}"
        if mine.step != theirs.step:
            self.trouble = f"{who} were at steps {mine.step} and {theirs.step} at the same time"
        elif mine.lrs != theirs.lrs:
            self.trouble = f"the planned lrs of {who} differ at step {mine.step}"
        elif mine.stack != theirs.stack:
            self.trouble = f"the overrides of {who} differ at step {mine.step}"
        else:
            self._made.append(mine.window)
            return True
        return False

    def awaited(self) -> int | None:
        """The window whose count rank 0 should read next."""
        return self._made[0] if self._made else None

    def counted(self, window: int, count: int) -> bool:
        """Take in how many ranks agree on ``window``; whether it was all of them."""
        if count < self.world:
            return False
        self.agreed = window
        while self._made and self._made[0] <= window:
            self._made.popleft()
        return True

    def refusal(self) -> Refusal | None:
        """Why rank 0 should accept no command now."""
        if self.trouble:
            return Refusal("ranks_differ", f"{self.trouble}; a command could make it worse")
        if self.agreed < 0:
            message = f"not all of the {self.world} ranks have been heard of yet; each must call attach"
            return Refusal("ranks_missing", message)
        if self.number - self.agreed > MAX_LAG:
            return Refusal(
                "ranks_lag", f"a rank has not been heard of for {self.number - self.agreed} windows of steps"
            )
        return None


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
