"""Which server is asked, and with which token."""

from __future__ import annotations

import os
from pathlib import Path

from rheostat.agent.discover import DiscoveryError, data_dir, is_loopback_url, read

__all__ = ["ClientError", "find_server", "own_server"]


class ClientError(Exception):
    """What was asked for cannot be done: one sentence. ``code`` is the API's, "" where it did not answer."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def find_server(
    server: str | None = None,
    token: str | None = None,
    token_file: Path | None = None,
    folder: Path | None = None,
) -> tuple[str, str]:
    """Where the server is, and a token for it.

    The address: ``server``, else ``RHEOSTAT_SERVER``, else what the local server left in ``folder`` (the
    user's data folder). The token: ``token``, ``token_file``, else ``RHEOSTAT_TOKEN_FILE``, else the local
    server's own ``admin.token`` where the address is that server's, else ``RHEOSTAT_TOKEN``.

    Raises:
        ClientError: there is no server or no token, or the token would cross the network in the clear.
    """
    place = folder or data_dir()
    try:
        local = read(place / "server.json")
        url = (server or os.environ.get("RHEOSTAT_SERVER") or (local.url if local else "")).rstrip("/")
        if not url:
            raise ClientError(
                f"no server runs on {place}: start one with rheostat serve, or name it with --server"
            )
        url = url if "//" in url else f"http://{url}"
        loopback = is_loopback_url(url)
    except DiscoveryError as error:
        raise ClientError(str(error)) from None
    if url.startswith("http:") and not loopback and os.environ.get("RHEOSTAT_INSECURE") != "1":
        raise ClientError(
            f"the token would cross the network in the clear to {url}: use https://, "
            "or set RHEOSTAT_INSECURE=1 if this network is trusted"
        )
    file = token_file or (Path(named) if (named := os.environ.get("RHEOSTAT_TOKEN_FILE")) else None)
    if token is None and file is None and local is not None and local.url == url:
        file = place / "admin.token"
    try:
        secret = token or (
            file.read_text(encoding="ascii").strip() if file else os.environ.get("RHEOSTAT_TOKEN")
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError(f"cannot read the token in {file}: {error}") from None
    if not secret:
        raise ClientError(f"no token for {url}: give --token-file, or set RHEOSTAT_TOKEN_FILE")
    return url, secret


def own_server(folder: Path | None = None) -> tuple[str, Path] | None:
    """The server on ``folder`` (the user's data folder) and its owner's token file; None if there is none.

    Raises:
        ClientError: the file that names it cannot be trusted.
    """
    place = folder or data_dir()
    try:
        local = read(place / "server.json")
    except DiscoveryError as error:
        raise ClientError(str(error)) from None
    return None if local is None else (local.url, place / "admin.token")
