"""The two websockets."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from rheostat_server.api.parts import Asking, Parts
from rheostat_server.auth.roles import Principal
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import error_response
from rheostat_server.live.agents import AgentLink
from rheostat_server.live.viewers import ViewerLink
from rheostat_server.models import Problem

router = APIRouter()


@router.websocket("/ws/agent")
async def agent(socket: WebSocket, parts: Parts, asking: Asking) -> None:
    """Training jobs: binary frames of `rheostat.wire`."""
    await _serve(socket, parts, AgentLink(socket, parts, asking), asking)


@router.websocket("/ws/live")
async def live(socket: WebSocket, parts: Parts, asking: Asking) -> None:
    """Browsers: JSON text, `FromBrowser` in and `ToBrowser` out."""
    await _serve(socket, parts, ViewerLink(socket, parts, asking), asking)


async def _serve(
    socket: WebSocket, parts: Dashboard, link: AgentLink | ViewerLink, asking: Principal
) -> None:
    most = asking.connections or parts.settings.connections_per_token
    door = parts.sockets.open(asking, link.close, most)
    if door is None:
        problem = Problem(
            code="too_many_connections",
            message=f"this token holds {most} connections already",
            suggestion="close some, or make a token that may hold more: rheostat token create --connections",
        )
        await socket.send_denial_response(error_response(429, problem, {"Retry-After": "10"}))
        return
    try:
        await link.run()
    finally:
        parts.sockets.leave(door)
