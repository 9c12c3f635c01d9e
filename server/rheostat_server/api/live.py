"""The two websockets."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from rheostat_server.api.parts import Asking, Parts
from rheostat_server.live.agents import AgentLink
from rheostat_server.live.viewers import ViewerLink

router = APIRouter()


@router.websocket("/ws/agent")
async def agent(socket: WebSocket, parts: Parts) -> None:
    """Training jobs: binary frames of `rheostat.wire`."""
    await AgentLink(socket, parts).run()


@router.websocket("/ws/live")
async def live(socket: WebSocket, parts: Parts, asking: Asking) -> None:
    """Browsers: JSON text, `FromBrowser` in and `ToBrowser` out."""
    await ViewerLink(socket, parts, asking).run()
