"""Posting alerts to the addresses an admin has set. No redirects, no unchecked address."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from rheostat_server.models import Alert

__all__ = ["Webhook", "WebhookError", "body_of", "post"]

_TIMEOUT_S = 5.0
_TRIES = 3
_PAUSE_S = 1.0
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


class WebhookError(Exception):
    """It was not posted; the message says why and never holds the address, which may be a secret."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post. ``private`` lets its host be on a private network or this machine."""

    url: str
    private: bool

    @property
    def host(self) -> str:
        """What may be shown of the address."""
        return urlsplit(self.url).hostname or "?"


def body_of(text: str) -> bytes:
    """A message in the shape Slack takes, as many others do. ``text`` is shown as it is, not as markup."""
    # Names are anybody's words: <!channel> in one must not call everybody.
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"text": shown}).encode()


def words(alert: Alert, title: str, url: str) -> str:
    """An alert in one line: the run, what is wrong, where to look."""
    where = "" if alert.step is None else f" at step {alert.step}"
    state = "cleared: " if alert.cleared_at is not None else ""
    return f"{title}: {state}{alert.message}{where} {url}".strip()


def post(hook: Webhook, body: bytes, pause: Callable[[float], None] = time.sleep) -> int:
    """Post ``body``, three times at most; the status that was answered, 200 to 299.

    Raises:
        WebhookError: it was refused, could not be reached, or its address may not be posted to.
    """
    for count in range(_TRIES):
        try:
            status = _once(hook, body)
        except (OSError, http.client.HTTPException) as error:
            status, why = 0, type(error).__name__
        else:
            why = f"HTTP {status}"
        if 200 <= status < 300:
            return status
        if status and status not in _AGAIN:
            break
        if count + 1 < _TRIES:
            pause(_PAUSE_S * 4**count)
    raise WebhookError(f"{hook.host}: {why}")


def _once(hook: Webhook, body: bytes) -> int:
    parts = urlsplit(hook.url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _address(hook, port)
    connection = http.client.HTTPConnection(hook.host, port, timeout=_TIMEOUT_S)
    # The connection is made to the address that was checked: a second look-up could give another.
    plain = socket.create_connection((address, port), _TIMEOUT_S)
    try:
        context = ssl.create_default_context() if secure else None
        connection.sock = plain if context is None else context.wrap_socket(plain, server_hostname=hook.host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        connection.request("POST", path, body, {"Content-Type": "application/json", "Host": host})
        return connection.getresponse().status
    finally:
        connection.close()
        plain.close()


def _address(hook: Webhook, port: int) -> str:
    found = [str(info[4][0]) for info in socket.getaddrinfo(hook.host, port, type=socket.SOCK_STREAM)]
    if not hook.private and not all(ipaddress.ip_address(address).is_global for address in found):
        raise WebhookError(f"{hook.host} is on a private network; RHEOSTAT_WEBHOOKS_PRIVATE=true allows it")
    return found[0]
