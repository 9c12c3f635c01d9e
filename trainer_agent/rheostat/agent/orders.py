"""Orders: what the job carries out itself when commanded: checkpoints, pauses, and the wish that it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, time

from rheostat.agent.ranks import Ranks
from rheostat.control.command import Checkpoint, Command, Pause, Stop
from rheostat.control.states import Control

__all__ = ["OnCheckpoint", "Orders"]

OnCheckpoint = Callable[[int], object]
LONGEST_PAUSE_S = 1800.0
LOOK_S = 0.05
GRACE_S = 60.0
"""How much longer than rank 0 the others wait, so that the end of a pause is its to decide."""


class Orders:
    """Carries out what `Control.orders` holds. ``should_stop`` tells that the job was asked to end.

    ``on_checkpoint`` is called with the number of steps taken; what it returns is reported. ``wake`` has
    reports sent soon.
    """

    def __init__(
        self,
        control: Control,
        lock: threading.Lock,
        *,
        wake: Callable[[], None],
        warn: Callable[[str, str], None],
    ) -> None:
        self.should_stop = False
        self.on_checkpoint: OnCheckpoint | None = None
        self.longest_pause_s = LONGEST_PAUSE_S
        self._control = control
        self._lock = lock
        self._wake = wake
        self._warn = warn
        self._go_on = threading.Event()
        self._pauses = 0

    def before(self, step: int) -> None:
        """Make the checkpoints that were ordered for ``step``, which is about to be taken."""
        for command in [c for c in self._control.orders if isinstance(c.action, Checkpoint)]:
            self._control.orders.remove(command)
            code, message = self._call(step)
            self._finish(command, step, code, message)

    def after(self, step: int, ranks: Ranks | None) -> None:
        """Stand still, or have the job end, if that was ordered for ``step``, which has been taken."""
        while self._control.orders:
            command = self._control.orders.popleft()
            if isinstance(command.action, Stop):
                self.should_stop = True
                self._finish(command, step, "done", "the job has been asked to end")
            elif isinstance(command.action, Pause):
                self._wake()
                self._finish(command, step, *self._stand_still(ranks))

    def go_on(self) -> None:
        """End the pause. To be called with the lock held, while there is one."""
        self._go_on.set()

    def _stand_still(self, ranks: Ranks | None) -> tuple[str, str]:
        self._pauses += 1
        leads = ranks is None or ranks.rank == 0
        code, began = "done", monotonic()
        longest = self.longest_pause_s + (0.0 if leads else GRACE_S)
        while not self._go_on.wait(LOOK_S):
            if not leads and ranks is not None and ranks.goes_on(self._pauses):
                break
            if monotonic() - began > longest:
                code = "timed_out"
                break
        if ranks is not None and leads:
            ranks.go_on(self._pauses)
        return code, f"paused for {monotonic() - began:.1f} s"

    def _call(self, step: int) -> tuple[str, str]:
        if self.on_checkpoint is None:
            return "no_callback", "this rank gave no on_checkpoint"
        try:
            result = self.on_checkpoint(step)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"[:500]
            self._warn("checkpoint", f"rheostat: on_checkpoint failed: {message}")
            return "failed", message
        return "done", "" if result is None else str(result)[:500]

    def _finish(self, command: Command, step: int, code: str, message: str) -> None:
        with self._lock:
            self._go_on.clear()
            self._control.finish(command, step, time(), code=code, message=message)
        self._wake()
