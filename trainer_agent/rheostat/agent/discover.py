"""Discovery: where an agent finds the server, told by argument, environment or the file of a local server."""

from __future__ import annotations

import ipaddress
import os
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

__all__ = [
    "Discovery",
    "DiscoveryError",
    "data_dir",
    "discovery_file",
    "find",
    "is_loopback_url",
    "read",
    "websocket_url",
]


class DiscoveryError(Exception):
    """The server's address or token cannot be used; the message says why and what to do."""


class Discovery(msgspec.Struct, frozen=True):
    """What the file of a local server says: its HTTP address, the token for agents, its process id."""

    url: str
    agent_token: str
    pid: int = 0


def data_dir() -> Path:
    """The user's Rheostat folder: ``$RHEOSTAT_DATA_DIR``, else the platform's place for application data."""
    named = os.environ.get("RHEOSTAT_DATA_DIR")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "rheostat"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "rheostat"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "rheostat"


def discovery_file() -> Path:
    """The file in which a local server leaves its address and agent token, mode 0600."""
    return data_dir() / "server.json"


def read(path: Path) -> Discovery | None:
    """What ``path`` says, or None if there is no such file.

    Raises:
        DiscoveryError: the file belongs to another user, others may read it, or it does not parse.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DiscoveryError(f"cannot read {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        _check_private(os.fstat(descriptor), path)
        content = file.read(1 << 16)
    try:
        return msgspec.json.decode(content, type=Discovery)
    except msgspec.DecodeError as error:
        raise DiscoveryError(f"{path} is not a server's file: {error}. Start the server anew") from None


def find(server: str | None, token: str | None) -> Discovery | None:
    """Where to connect: the arguments, else ``RHEOSTAT_SERVER`` and ``RHEOSTAT_TOKEN``, else the local file.

    Returns None when nothing names a server. Call it before every connection: a server started later, or
    restarted with another token, is found then.

    Raises:
        DiscoveryError: no token for a named server, or one that may not be sent to it in the clear.
    """
    url = server or os.environ.get("RHEOSTAT_SERVER")
    secret = token or os.environ.get("RHEOSTAT_TOKEN")
    if url and secret:
        return _checked(Discovery(url, secret))
    local = read(discovery_file())
    if not url:
        return None if local is None else _checked(local)
    if local is not None and _place(local.url) == _place(url):
        return _checked(Discovery(url, local.agent_token, local.pid))
    raise DiscoveryError(f"no token for {url}: pass token=, or set RHEOSTAT_TOKEN")


def websocket_url(url: str) -> str:
    """The agents' websocket of the server at the HTTP address ``url``.

    Raises:
        DiscoveryError: ``url`` is no http, https, ws or wss address.
    """
    parts = urlsplit(url if "//" in url else f"http://{url}")
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise DiscoveryError(f"server {url!r} is no address; expected one like http://127.0.0.1:7436")
    path = parts.path.rstrip("/").removesuffix("/ws/agent")
    return f"{scheme}://{parts.netloc}{path}/ws/agent"


def is_loopback_url(url: str) -> bool:
    """Whether ``url`` is on this machine."""
    return _is_loopback(urlsplit(websocket_url(url)).hostname or "")


def _check_private(status: os.stat_result, path: Path) -> None:
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise DiscoveryError(f"{path} belongs to another user (uid {status.st_uid}); it is not used")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise DiscoveryError(f"others can read or write {path}; it is not used. Try: chmod 600 {path}")


def _checked(found: Discovery) -> Discovery:
    address = urlsplit(websocket_url(found.url))
    host = address.hostname or ""
    if address.scheme == "wss" or _is_loopback(host) or os.environ.get("RHEOSTAT_INSECURE") == "1":
        return found
    raise DiscoveryError(
        f"the token would cross the network in the clear to {host}; use https://, "
        "or set RHEOSTAT_INSECURE=1 if this network is trusted"
    )


def _place(url: str) -> tuple[str, int | None]:
    address = urlsplit(websocket_url(url))
    host = address.hostname or ""
    return ("loopback" if _is_loopback(host) else host), address.port


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
