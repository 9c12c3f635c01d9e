"""The command line, ``rheostat COMMAND``. Imports little until needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rheostat import __version__
from rheostat_server.terminal import arguments, verbs

__all__ = ["main"]

_SERVER_NEEDS = ("fastapi", "uvicorn", "pydantic_settings", "sqlalchemy")
USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; ``argv`` are the words after ``rheostat``. Returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["demo"]:
        return _demo(words[1:])
    options = _parser().parse_args(words)
    if options.command is None:
        _parser().print_help()
        return USAGE
    return _ACTIONS.get(options.command, _talk)(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rheostat", description="A dial for the learning rate.")
    parser.add_argument("--version", action="version", version=f"rheostat {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the dashboard", description="Run the dashboard.")
    serve.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=None, help="port to listen on (7436; 0 for a free one)")
    serve.add_argument("--data-dir", type=Path, default=None, help="folder for the store and the tokens")
    serve.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=False, help="open a browser when it is up"
    )
    serve.add_argument("--tls-cert", type=Path, default=None, help="certificate chain (PEM) to serve https")
    serve.add_argument("--tls-key", type=Path, default=None, help="its private key (PEM)")
    sync = commands.add_parser(
        "sync",
        help="bring to a server what jobs left on disk",
        description="Bring to a server what killed jobs, and jobs without a server, left on disk.",
    )
    sync.add_argument("folder", nargs="?", type=Path, default=None, help="the spool folder (this user's)")
    sync.add_argument("--server", default=None, help="address of the server (the local one)")
    sync.add_argument("--token", default=None, help="token for agents")
    arguments.add(commands)
    arguments.add_diff(commands)
    verbs.add(commands)
    commands.add_parser("demo", help="a dashboard with two real training runs on this CPU", add_help=False)
    return parser


def _preview(options: argparse.Namespace) -> int:
    from rheostat_server.terminal.preview import run  # noqa: PLC0415 - brings numpy and the language

    return run(options)


def _diff(options: argparse.Namespace) -> int:
    from rheostat_server.terminal.diff import run  # noqa: PLC0415 - as above

    return run(options)


def _sync(options: argparse.Namespace) -> int:
    from rheostat_server.terminal.sync import run  # noqa: PLC0415 - brings the agent

    return run(options)


def _demo(words: list[str]) -> int:
    if not _server_installed():
        return USAGE
    from rheostat_server.demo import main as demo  # noqa: PLC0415 - brings the server's dependencies

    return demo(words)


def _convert(options: argparse.Namespace) -> int:
    from rheostat_server.terminal.convert import run  # noqa: PLC0415 - brings the language

    return run(options)


def _serve(options: argparse.Namespace) -> int:
    if not _server_installed():
        return USAGE
    from rheostat_server.serve import ServeError, serve  # noqa: PLC0415 - brings the server's dependencies

    try:
        serve(
            host=options.host,
            port=options.port,
            data_dir=options.data_dir,
            browser=options.open,
            tls_cert=options.tls_cert,
            tls_key=options.tls_key,
        )
    except ServeError as error:
        return _fail(error)
    return 0


def _talk(options: argparse.Namespace) -> int:
    if find_spec("httpx") is None:
        print(
            f"rheostat: {options.command} needs httpx: pip install 'rheostat[client]'",
            file=sys.stderr,
        )
        return USAGE
    from rheostat_server.terminal.talk import run  # noqa: PLC0415 - brings httpx and numpy

    return run(options)


def _complete(options: argparse.Namespace) -> int:
    try:
        import shtab  # noqa: PLC0415 - only here
    except ImportError:
        print("rheostat: completion needs shtab: pip install 'rheostat[client]'", file=sys.stderr)
        return USAGE
    print(shtab.complete(_parser(), options.shell))
    return 0


def _server_installed() -> bool:
    missing = [name for name in _SERVER_NEEDS if find_spec(name) is None]
    if missing:
        print(
            f"rheostat: the dashboard needs {', '.join(missing)}: pip install 'rheostat[server]'",
            file=sys.stderr,
        )
    return not missing


def _fail(error: Exception) -> int:
    print(f"rheostat: {error}", file=sys.stderr)
    return USAGE


_ACTIONS = {
    "serve": _serve,
    "preview": _preview,
    "diff": _diff,
    "sync": _sync,
    "convert": _convert,
    "completion": _complete,
}
