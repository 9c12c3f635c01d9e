"""Every kind of websocket message and who may send it; each is judged anew. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rheostat_server.auth.roles import Access, Principal, Reach, may, reaches, sees

__all__ = ["MESSAGES", "Message", "barred"]


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of message on a socket, with the least role and the narrowest credential."""

    socket: str
    kind: str
    access: Access
    reach: Reach


MESSAGES: tuple[Message, ...] = (
    *(Message("/ws/agent", kind, "agent", "project") for kind in ("hello", "flush", "report", "beat", "bye")),
    *(Message("/ws/live", kind, "viewer", "run") for kind in ("watch", "unwatch", "list")),
)

_KNOWN = {(message.socket, message.kind): message for message in MESSAGES}


def barred(
    principal: Principal, socket: str, kind: str, *, run: str, project: str | None, valid: bool
) -> str:
    """Why ``principal`` may not send this about ``run`` of ``project``; empty if it may.

    ``valid`` tells whether its token is still good now. A kind that is not listed is nobody's.
    """
    if not valid:
        return "the token is no longer valid"
    message = _KNOWN.get((socket, kind))
    if message is None or not may(principal.role, message.access) or not reaches(principal, message.reach):
        return f"{kind} is not for you"
    if not sees(principal, run, project):
        return f"this token does not reach run {run!r}"
    return ""
