"""What lies beneath the app: TLS, forwarded headers, silent connections, compression."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvicorn
from websockets.sync.client import connect

from rheostat_server import protocols
from rheostat_server.serve import ServeError, make_settings
from tests.server.auth.credentials import bearer
from tests.server.running import PATIENCE_S, Server, wait_for


def test_https_with_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(cert))
    issued.private_key_pem.write_to_path(str(key))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Server(tmp_path / "store", tls_cert=cert, tls_key=key) as server:
        address = server.url.replace("http", "https")
        code = server.dashboard.codes.mint(server.dashboard.clock())
        with httpx.Client(base_url=address, verify=trusting) as client:
            signed = client.post("/api/session", json={"code": code})
            assert "Secure" in signed.headers["Set-Cookie"]
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(address)


def test_one_half_of_a_certificate_is_none(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="go together"):
        make_settings(tls_cert=tmp_path / "cert.pem")


@pytest.mark.parametrize(("trusted", "counts"), [("127.0.0.1", True), ("10.0.0.0/8", False), ("", False)])
def test_forwarded_headers_count_from_named_proxies_only(tmp_path: Path, trusted: str, counts: bool) -> None:
    with Server(tmp_path, trusted_proxies=trusted) as server, server.client(None) as client:
        for at in range(6):
            forwarded = {"X-Forwarded-For": f"203.0.113.{at}", "X-Forwarded-Proto": "https"}
            last = client.post("/api/session", json={"code": "guess"}, headers=forwarded).status_code
        # Six addresses have failed once each, or one has failed six times.
        assert last == (401 if counts else 429)


@pytest.mark.parametrize("name", ["*", "proxy.example"])
def test_a_proxy_is_an_address(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("RHEOSTAT_TRUSTED_PROXIES", name)
    with pytest.raises(ServeError, match="RHEOSTAT_TRUSTED_PROXIES"):
        make_settings()


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_that_does_not_come_to_the_point_is_closed(
    server: Server, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(protocols, "HANDSHAKE_S", 0.2)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as idle:
        idle.sendall(said)
        assert idle.recv(1000) == b""


def test_nothing_is_decompressed(server: Server) -> None:
    live = server.socket("/ws/live", "admin", compression="deflate")
    assert live.protocol.extensions == []
    live.close()
    with server.client(None) as client:
        headers = {
            **bearer(server.token("admin")),
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        answer = client.post("/api/schedules/check", content=b"\x1f\x8b\x08" + bytes(50), headers=headers)
    assert answer.status_code in (400, 422)


def test_a_few_messages_are_read_ahead_and_all_come_in_order() -> None:
    waiting: list[int] = []
    go = threading.Event()
    got: list[int] = []

    class Watched(protocols.Ahead):
        def send_receive_event_to_app(self) -> None:
            super().send_receive_event_to_app()
            waiting.append(self.queue.qsize())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.to_thread(go.wait, PATIENCE_S)
        while (message := await receive())["type"] == "websocket.receive":
            got.append(int(message["bytes"][:4]))

    with served(app, Watched) as url, connect(url, proxy=None, compression=None) as client:

        def send() -> None:
            for number in range(64):
                client.send(b"%4d" % number + bytes(1 << 18))

        sending = threading.Thread(target=send)
        sending.start()
        wait_for(lambda: len(waiting) > 7)
        time.sleep(0.2)
        assert max(waiting) <= 10
        go.set()
        sending.join(PATIENCE_S)
        wait_for(lambda: len(got) == 64)
    assert got == list(range(64))


def test_what_nothing_waits_before_goes_past_the_queue_and_back() -> None:
    queued: list[bytes] = []
    answers: list[str | bytes] = []
    late: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        direct: protocols.Direct = scope["extensions"][protocols.DIRECT]
        direct.hear(lambda frame: frame.startswith(b"fast") and direct.send(b"at once"))
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            queued.append(message.get("bytes") or message["text"].encode())
            await send({"type": "websocket.send", "bytes": b"in turn"})
        late.append(direct.send(b"to nobody"))

    with served(app, protocols.Ahead) as url, connect(url, proxy=None) as client:
        for message in (b"fast 1", b"slow 1", [b"fast", b" in two pieces"], "fast text", b"fast 2"):
            client.send(message)
            answers.append(client.recv())
        client.close()
        wait_for(lambda: len(late) > 0)
    assert queued == [b"slow 1", b"fast in two pieces", b"fast text"]
    assert answers == [b"at once", b"in turn", b"in turn", b"in turn", b"at once"]
    assert late == [False]


@contextlib.contextmanager
def served(app: Any, ws: type[protocols.Ahead]) -> Iterator[str]:
    """The address of an app that runs in a thread, with ``ws`` for its websockets."""
    config = uvicorn.Config(app, ws=ws, lifespan="off", log_level="error", loop="asyncio")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        wait_for(lambda: server.started)
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_S)


def test_a_message_waits_for_those_that_wait_in_the_queue() -> None:
    got: list[bytes] = []
    go = threading.Event()

    def take(frame: bytes) -> bool:
        got.append(frame)
        return True

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        first = await receive()
        await asyncio.to_thread(go.wait, PATIENCE_S)
        scope["extensions"][protocols.DIRECT].hear(take)
        got.append(first["bytes"])
        await send({"type": "websocket.send", "bytes": b""})
        while (message := await receive())["type"] == "websocket.receive":
            got.append(message["bytes"])

    with served(app, protocols.Ahead) as url, connect(url, proxy=None) as client:
        for number in range(6):
            client.send(b"%d" % number)
        go.set()
        client.recv()
        client.send(b"6")
        wait_for(lambda: len(got) == 7)
    assert got == [b"%d" % number for number in range(7)]
