"""The open sockets by credential: how many there may be, and closing them when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rheostat_server.auth.roles import Principal

__all__ = ["Door", "Sockets"]


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """One open socket: whose it is and how to close it."""

    principal: Principal
    close: Callable[[], None]


class Sockets:
    """All open sockets. Lives on the event loop."""

    def __init__(self) -> None:
        self._doors: dict[str, set[Door]] = {}

    def count(self, root: str) -> int:
        """How many sockets are open that came from one token."""
        return len(self._doors.get(root, ()))

    def open(self, principal: Principal, close: Callable[[], None], most: int) -> Door | None:
        """Count a socket in; None if its token has ``most`` open already."""
        if self.count(principal.root) >= most:
            return None
        door = Door(principal, close)
        self._doors.setdefault(principal.root, set()).add(door)
        return door

    def leave(self, door: Door) -> None:
        """Count it out."""
        doors = self._doors.get(door.principal.root, set())
        doors.discard(door)
        if not doors:
            self._doors.pop(door.principal.root, None)

    def shut(self, digests: Iterable[str]) -> None:
        """Close what was opened with these tokens."""
        gone = set(digests)
        self.close_unless(lambda principal: principal.digest not in gone)

    def close_unless(self, good: Callable[[Principal], bool]) -> None:
        """Close the sockets whose credential is no longer ``good``."""
        for door in [door for doors in self._doors.values() for door in doors if not good(door.principal)]:
            door.close()
