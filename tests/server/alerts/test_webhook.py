"""Posting to a real HTTP server: what it gets, and where nothing is posted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rheostat_server.alerts.webhook import Webhook, WebhookError, body_of, post


class Receiver(HTTPServer):
    """Takes messages, and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook/secret?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_message_arrives_in_slacks_shape(receiver: Receiver) -> None:
    assert post(Webhook(receiver.url, True), body_of("demo / <!channel> & co")) == 200
    ((path, headers, body),) = receiver.got
    assert path == "/hook/secret?x=1"
    assert headers["Content-Type"] == "application/json"
    assert body == {"text": "demo / &lt;!channel&gt; &amp; co"}


def test_private_addresses_are_refused_unless_allowed(receiver: Receiver) -> None:
    for name in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"):
        with pytest.raises(WebhookError, match="private network"):
            post(Webhook(f"http://{name}:{receiver.server_port}/", False), b"{}")
    assert receiver.got == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    with pytest.raises(WebhookError, match=f"HTTP {status}"):
        post(Webhook(receiver.url, True), b"{}")
    assert len(receiver.got) == 1


def test_it_tries_three_times_at_most(receiver: Receiver) -> None:
    pauses: list[float] = []
    receiver.answers = [503, 429]
    assert post(Webhook(receiver.url, True), b"{}", pauses.append) == 200
    assert pauses == [1.0, 4.0]
    receiver.answers = [500] * 9
    with pytest.raises(WebhookError) as refused:
        post(Webhook(receiver.url, True), b"{}", pauses.append)
    assert len(receiver.got) == 6
    assert "secret" not in str(refused.value)


def test_a_refusal_is_final(receiver: Receiver) -> None:
    receiver.answers = [404]
    with pytest.raises(WebhookError, match="404"):
        post(Webhook(receiver.url, True), b"{}")
    assert len(receiver.got) == 1
