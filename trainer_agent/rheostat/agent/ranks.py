"""Ranks: this process's part in the agreement of all on the step a command begins at.

The training thread looks in twice a window; the talking is done ahead by a thread of its own. Only where that
thread has been held up does the training thread ask the store itself, once, at the boundary.
"""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from rheostat.agent.agreement import Agreement
from rheostat.agent.identity import Place
from rheostat.agent.rendezvous import TIMEOUT, Meeting, Store
from rheostat.agent.windows import Ask, Decision, Entry, Windows
from rheostat.control.command import Command
from rheostat.control.limits import Refusal
from rheostat.control.override import Stack

__all__ = ["NEVER", "Ranks"]

NEVER = sys.maxsize
KEPT_WINDOWS = 1000
POLL_S = 0.02
LONGEST_POLL_S = 1.0
CLOSE_S = 1.0


class Listener(Protocol):
    """Who is told what the ranks have agreed on."""

    def begin(self, decision: Decision, step: int) -> None:
        """A window begins at ``step``; this is its value."""

    def warn(self, topic: str, message: str) -> None:
        """Warn once a topic."""

    def failed(self, error: Exception) -> None:
        """Count an error."""


class Ranks:
    """`reached` must be called whenever the next step is at or beyond what it returned the last time.

    ``place.rank`` 0 may `post` commands. The others only follow.
    """

    def __init__(self, meeting: Meeting, place: Place, listener: Listener) -> None:
        self.rank = place.rank
        self.windows = Windows()
        self.agreement = Agreement(place.rank, place.world)
        self._near = meeting.near
        self._far = meeting.far or meeting.near
        self._together = meeting.far is None
        self._gather = meeting.gather
        self._prefix = meeting.prefix
        self._listener = listener
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._step = 0
        self._began_at = monotonic()
        self._closing = False
        self._cut_off = False
        self._counted_to = 0
        self._thread = threading.Thread(target=self._run, name="rheostat-ranks", daemon=True)

    def start(self, lrs: Sequence[float | None], stack: Stack) -> int:
        """Begin, at step 0; returns the step to look in at."""
        self.agreement.crossed(0, 0, lrs, stack)
        if self._together:
            self._compare_now()
        else:
            self._wake.set()
            self._thread.start()
            atexit.register(self._outlast)
        return self.windows.middle

    def reached(self, step: int, lrs: Sequence[float | None], stack: Callable[[], Stack]) -> int:
        """``step`` is the next step: begin a window if it is time; returns the step to look in again.

        ``lrs`` are the planned ones of the step before.
        """
        if self._cut_off:
            return NEVER
        self._step = step
        if step < self.windows.end:
            self._wake.set()
            return self.windows.end
        return self._cross(step, lrs, stack)

    def moved(self, step: int, stack: Callable[[], Stack]) -> int:
        """The job goes on from another ``step``, on all ranks: begin a window there."""
        self._step = step
        return NEVER if self._cut_off else self._cross(step, (), stack)

    def post(self, command: Command, ceiling: float) -> None:
        """Have all ranks begin ``command`` at the same step, as soon as they can agree on one."""
        with self._lock:
            self.windows.post(Entry(command, ceiling))
        self._wake.set()

    def go_on(self, pause: int) -> None:
        """Rank 0: end the pause of this number on all ranks."""
        try:
            self._near.compare_set(f"{self._prefix}go/{pause}", "", "on")
        except Exception as error:
            self._lose(error)

    def goes_on(self, pause: int) -> bool:
        """Whether rank 0 has ended the pause of this number."""
        try:
            return self._near.check([f"{self._prefix}go/{pause}"])
        except Exception as error:
            self._lose(error)
            return True

    def refusal(self) -> Refusal | None:
        """Why no command can be agreed on now."""
        if self._cut_off:
            return Refusal("store_lost", "this rank has lost the store that the ranks share")
        return self.agreement.refusal()

    def close(self) -> None:
        """Tell the others that this rank takes no more part, in bounded time."""
        if self._end(CLOSE_S):
            atexit.unregister(self._outlast)

    def _end(self, patience: float) -> bool:
        """End the thread; whether it has within ``patience`` seconds."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(patience)
        return not self._thread.is_alive()

    def _outlast(self) -> None:
        """Before the interpreter goes: a thread that it kills inside torch's store aborts the process."""
        self._end(TIMEOUT.total_seconds())

    def _cross(self, step: int, lrs: Sequence[float | None], stack: Callable[[], Stack]) -> int:
        now = monotonic()
        try:
            while (ask := self._ask_next()) is not None:
                self._put(self._near, ask)
            with self._lock:
                decision = self.windows.cross(step)
                if self.rank == 0:
                    self.windows.pace(now - self._began_at)
                self.agreement.crossed(self.windows.number, step, lrs, stack())
            if self._together:
                self._compare_now()
        except Exception as error:
            return self._lose(error)
        self._began_at = now
        self._wake.set()
        self._listener.begin(decision, step)
        return self.windows.middle

    def _compare_now(self) -> None:
        """With a broadcast: all ranks compare what they see with rank 0, which hears of it by a gather."""
        while (claim := self.agreement.claim()) is not None:
            first = self._near.compare_set(f"{self._prefix}c/{claim.window}", "", claim.text())
            if not self.agreement.compare(claim, first):
                self._listener.warn("ranks_differ", f"rheostat: {self.agreement.trouble}")
            self.agreement.counted(claim.window, self.agreement.world)
        if self._gather is None:
            return
        heard = self._gather(self.agreement.trouble)
        if self.rank == 0 and not self.agreement.trouble:
            if not isinstance(heard, list | tuple):
                raise TypeError(
                    f"gather gave rank 0 a {type(heard).__name__}; expected a list, an item a rank"
                )
            self.agreement.trouble = next((str(trouble) for trouble in heard if trouble), "")
            if self.agreement.trouble:
                self._listener.warn("ranks_differ", f"rheostat: {self.agreement.trouble}")

    def _lose(self, error: Exception) -> int:
        """Without the store nothing can be agreed on: what is in force stays as it is on all ranks."""
        self._cut_off = True
        self._listener.failed(error)
        self._listener.warn(
            "store_lost",
            f"rheostat: rank {self.rank} has lost the store that the ranks share; commands are refused from "
            "here on, overrides in force stay",
        )
        return NEVER

    def _put(self, store: Store, ask: Ask) -> None:
        value = store.compare_set(f"{self._prefix}w/{ask.window}/{ask.slot}", "", ask.text)
        with self._lock:
            self.windows.learn(ask, value)

    def _ask_next(self) -> Ask | None:
        with self._lock:
            return self.windows.ask_next()

    # The thread that talks ahead --------------------------------------------------------------------------

    def _run(self) -> None:
        wait: float | None = None
        while not self._closing:
            self._wake.wait(wait)
            rested = not self._wake.is_set()
            self._wake.clear()
            try:
                while self._talk():
                    pass
                awaiting = self.rank == 0 and self.agreement.awaited() is not None
            except Exception as error:
                if not self._closing and not self._cut_off:
                    self._listener.failed(error)
                awaiting = True
            wait = min((wait or POLL_S) * (2 if rested else 1), LONGEST_POLL_S) if awaiting else None
        self._leave()

    def _talk(self) -> bool:
        """Ask the store one thing; False when there is nothing to ask."""
        if self._cut_off or self._closing:
            return False
        with self._lock:
            ask = self.windows.ask(self._step)
        if ask is not None:
            self._put(self._far, ask)
            return True
        return self._compare() or (self.rank == 0 and self._count())

    def _compare(self) -> bool:
        with self._lock:
            claim = self.agreement.claim()
        if claim is None:
            return False
        first = self._far.compare_set(f"{self._prefix}c/{claim.window}", "", claim.text())
        if self.agreement.compare(claim, first):
            self._far.add(f"{self._prefix}a/{claim.window}", 1)
        else:
            self._far.compare_set(f"{self._prefix}differ", "", self.agreement.trouble)
            self._listener.warn("ranks_differ", f"rheostat: {self.agreement.trouble}")
        return True

    def _count(self) -> bool:
        """Rank 0: see how far all ranks agree, and whether one has found trouble."""
        window = self.agreement.awaited()
        if window is None:
            return False
        if not self.agreement.trouble:
            self._ask_for_trouble()
        if not self.agreement.counted(window, self._far.add(f"{self._prefix}a/{window}", 0)):
            return False
        for old in range(self._counted_to, window - KEPT_WINDOWS):
            for key in (f"c/{old}", f"a/{old}", f"w/{old}/0"):
                self._far.delete_key(self._prefix + key)
        self._counted_to = max(self._counted_to, window - KEPT_WINDOWS)
        return True

    def _ask_for_trouble(self) -> None:
        for kind in ("differ", "gone"):
            if self._far.check([self._prefix + kind]):
                self.agreement.trouble = self._far.get(self._prefix + kind).decode()
                if kind == "differ":
                    self._listener.warn("ranks_differ", f"rheostat: {self.agreement.trouble}")

    def _leave(self) -> None:
        try:
            trouble = f"the agent of rank {self.rank} was closed"
            self._far.compare_set(f"{self._prefix}gone", "", trouble)
        except Exception:
            # At the end of a job the store may well be gone, and then nobody is left to be told.
            self._cut_off = True
