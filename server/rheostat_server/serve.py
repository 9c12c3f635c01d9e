"""Running the server: its socket, its files, its words on the terminal, and a clean end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import msgspec
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import SettingsError

from rheostat.agent.discover import Discovery, DiscoveryError, data_dir, read
from rheostat.wire import MAX_FRAME
from rheostat_server.app import create_app
from rheostat_server.auth.redact import Discreet
from rheostat_server.auth.tokens import write_private
from rheostat_server.dashboard import Dashboard, prepare
from rheostat_server.garbage import Swept, look_seldom
from rheostat_server.logs import log_config
from rheostat_server.protocols import Ahead, Punctual
from rheostat_server.settings import Settings
from rheostat_server.store.database import StoreUnusableError

__all__ = ["ServeError", "listen", "make_settings", "serve", "server_config"]

_STOP_S = 2
_TURN_S = 0.001
"""How long a thread may compute while another waits: the loop needs its turn for every frame."""
_SEND_BUFFER = 1 << 18


class ServeError(Exception):
    """The server cannot start; one sentence that says why and what to do."""


def serve(
    *,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    browser: bool,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. None leaves a setting to the environment.

    Raises:
        ServeError: a bad setting, a port in use, or a data folder that cannot be used.
    """
    settings = make_settings(host=host, port=port, data_dir=data_dir, tls_cert=tls_cert, tls_key=tls_key)
    sys.setswitchinterval(_TURN_S)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen(settings))
        try:
            prepare(settings.data_dir)
            stack.enter_context(_locked(settings.data_dir))
            app = create_app(settings)
        except StoreUnusableError as error:
            raise ServeError(str(error)) from None
        dashboard: Dashboard = app.state.dashboard
        stack.callback(dashboard.close)
        dashboard.port = listener.getsockname()[1]
        dashboard.url = _address(settings, dashboard.port)
        app.add_middleware(Swept)
        server = _Server(_secured(app, settings), lambda: _announce(dashboard, browser))
        stack.enter_context(_discoverable(dashboard))
        stack.enter_context(_ours(signal.SIGINT, signal.SIGTERM))
        look_seldom()
        server.run([listener])
    print("stopped", flush=True)


def make_settings(
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> Settings:
    """The settings from the environment and what was given.

    Raises:
        ServeError: a value does not fit; the message names it.
    """
    given = {"host": host, "port": port, "data_dir": data_dir, "tls_cert": tls_cert, "tls_key": tls_key}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise ServeError(str(first["ctx"]["error"])) from None
        name = "".join(str(part) for part in first["loc"])
        flag = f"--{name.replace('_', '-')}" if given.get(name) is not None else f"RHEOSTAT_{name.upper()}"
        raise ServeError(f"{flag} is {first['input']!r}: {first['msg']}") from None
    except SettingsError as error:
        raise ServeError(str(error)) from None


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn runs the app; used by tests too."""
    config = uvicorn.Config(
        app,
        http=Punctual,
        # Beside the thread of the writer, uvloop takes the interpreter anew for every event: it is slower.
        loop="asyncio",
        ws=Ahead,
        ws_max_size=MAX_FRAME,
        ws_ping_interval=10.0,
        ws_ping_timeout=10.0,
        log_level=settings.log_level,
        log_config=log_config(settings),
        access_log=False,
        # Compression would run once per viewer; what is sent is small already.
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        lifespan="on",
    )
    # uvicorn sets its loggers up when it is configured; what they write passes this from then on.
    logging.getLogger("uvicorn.error").addFilter(Discreet())
    return config


def _secured(app: FastAPI, settings: Settings) -> uvicorn.Config:
    config = server_config(app, settings)
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or error
        raise ServeError(
            f"cannot use the certificate {settings.tls_cert} with the key {settings.tls_key}: {why}. "
            "Expected PEM files, the key without a password"
        ) from None
    return config


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on.

    Raises:
        ServeError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it an answer in two parts waits 40 ms
    # for the acknowledgement of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Sockets accepted here inherit this: what a slow viewer has not read waits in its bounded outbox, where
    # the latest wins, and not in megabytes of kernel memory.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    try:
        listener.bind((settings.host, settings.port))
        # Listening at once: a second server on this port is refused here, not after it opened the store.
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Stop what runs there, or choose another with --port (0 takes a free one)"
        ) from None
    listener.set_inheritable(True)
    return listener


def _anywhere(host: str) -> bool:
    try:
        return not host or ip_address(host).is_unspecified
    except ValueError:
        return False


def _address(settings: Settings, port: int) -> str:
    # A wildcard is no address to visit, and the agents of this machine come over loopback.
    name = "127.0.0.1" if _anywhere(settings.host) else settings.host
    if settings.tls_cert is not None and settings.allowed_hosts:
        # A certificate is for a name, and jobs check it.
        name = settings.allowed_hosts[0]
    scheme = "http" if settings.tls_cert is None else "https"
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def _announce(dashboard: Dashboard, browser: bool) -> None:
    settings = dashboard.settings
    link = f"{dashboard.url}/?code={dashboard.codes.mint(dashboard.clock())}"
    print(f"Rheostat {dashboard.version}: {link}")
    print(f"(the link works once, for {settings.code_minutes:g} minutes; a fresh one: rheostat open)")
    if settings.data_dir != data_dir().expanduser().absolute():
        print(f"jobs of yours find it with RHEOSTAT_DATA_DIR={settings.data_dir}")
    if not settings.loopback:
        print(
            f"Listening on {settings.host}: whoever reaches port {dashboard.port} of this machine sees the "
            "sign-in page, and with a token can watch runs and change their lr."
        )
        if settings.tls_cert is None and not settings.trusted_proxies:
            print("Traffic is not encrypted: use --tls-cert and --tls-key, or put a TLS proxy in front.")
    sys.stdout.flush()
    if browser:
        webbrowser.open(link)


@contextlib.contextmanager
def _discoverable(dashboard: Dashboard) -> Iterator[None]:
    path = dashboard.settings.data_dir / "server.json"
    mine = Discovery(dashboard.url, dashboard.agent_token, os.getpid())
    try:
        write_private(path, msgspec.json.encode(mine))
    except OSError as error:
        raise ServeError(f"cannot write {path}: {error.strerror}") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError, DiscoveryError):
            if read(path) == mine:
                path.unlink()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - not there on Windows

    with (folder / "server.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServeError(
                f"another server uses the data folder {folder}. Stop it, or name another with --data-dir"
            ) from None
        yield


@contextlib.contextmanager
def _ours(*signals: signal.Signals) -> Iterator[None]:
    # uvicorn stops on these signals, then sends them once more to whoever handled them before: to us,
    # who only want to end in order.
    before = {number: signal.signal(number, _nothing) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(_: int, __: FrameType | None) -> None:
    logging.getLogger("rheostat.server").debug("stopping")
