"""Who may write a run: one connection at a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from rheostat.wire import Hello, Refused

__all__ = ["Granted", "Leases", "refusal"]

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Granted(Generic[L]):
    """The run is yours; ``fenced`` is the connection that held it until now and must be closed."""

    fenced: L | None


@dataclass(slots=True)
class _Lease(Generic[L]):
    attempt: str
    restart: int
    holder: L | None


class Leases(Generic[L]):
    """The leases of all runs.

    The same attempt may always connect anew (its old connection may be half dead). Another attempt needs
    a higher restart count, or that nobody holds the run and its count is not lower.
    """

    def __init__(self) -> None:
        self._leases: dict[str, _Lease[L]] = {}

    def restore(self, run: str, attempt: str, restart: int) -> None:
        """Note the latest attempt known from the store, held by nobody."""
        self._leases[run] = _Lease(attempt, restart, None)

    def acquire(self, hello: Hello, holder: L) -> Granted[L] | Refused:
        """Ask for the run named in ``hello``."""
        lease = self._leases.get(hello.run)
        if lease is not None and lease.attempt != hello.attempt:
            refused = refusal(hello, lease.restart, held=lease.holder is not None)
            if refused is not None:
                return refused
        self._leases[hello.run] = _Lease(hello.attempt, hello.restart, holder)
        return Granted(None if lease is None else lease.holder)

    def release(self, run: str, holder: L) -> bool:
        """Give the run back, if ``holder`` is still the one that has it; whether it was."""
        lease = self._leases.get(run)
        if lease is None or lease.holder is not holder:
            return False
        lease.holder = None
        return True

    def held(self) -> list[tuple[str, L]]:
        """The runs that are written now, and by which connection."""
        return [(run, lease.holder) for run, lease in self._leases.items() if lease.holder is not None]

    def holder(self, run: str) -> L | None:
        """The connection that writes ``run`` now."""
        lease = self._leases.get(run)
        return None if lease is None else lease.holder


def refusal(hello: Hello, restart: int, *, held: bool) -> Refused | None:
    """Why another attempt than the latest may not write: its restart count is ``restart`` and, if ``held``,
    its connection lives. None if it may.
    """
    if hello.restart < restart:
        return Refused(
            code="fenced",
            message=f"run {hello.run!r} went on with restart {restart}; this is restart {hello.restart}",
        )
    if hello.restart == restart and held:
        return Refused(
            code="run_taken",
            message=f"another process is writing run {hello.run!r}; give this one another run name, "
            "or stop the other",
            retry=True,
        )
    return None
