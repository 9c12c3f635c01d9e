"""``make build``: build the wheel, install it into a clean environment, import, serve, and fetch the page."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0


def main() -> None:
    """Fail with a traceback at the first thing that is not as promised."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", "dist", str(ROOT))
    wheel = next((ROOT / "dist").glob("*.whl"))
    check_content(wheel)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / "bin" / "python"
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, str(wheel), cwd=place)
        added = packages(python, place) - {"pip", "setuptools"}
        expect(added == {"rheostat", "numpy", "msgspec", "websockets"}, f"the base install brought {added}")
        run(str(python), "-c", "import rheostat; print(rheostat.parse('cosine -> 0'))", cwd=place)
        without_server(python, place)
        run(*pip, f"{wheel}[server]", cwd=place)
        serve(python, place)
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, installs, imports and serves")


def check_content(wheel: Path) -> None:
    """Both packages, their type markers, the page, the licence; nothing else at the top."""
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "rheostat/py.typed",
        "rheostat_server/py.typed",
        "rheostat_server/static/index.html",
    ):
        expect(wanted in names, f"{wanted} is not in the wheel")
    expect(any(name.endswith("licenses/LICENSE") for name in names), "no licence in the wheel")
    tops = {name.split("/")[0] for name in names}
    expect(
        {top for top in tops if not top.endswith(".dist-info")} == {"rheostat", "rheostat_server"}, f"{tops}"
    )


def without_server(python: Path, place: Path) -> None:
    """The command says which extra is missing instead of showing a traceback."""
    done = subprocess.run(
        [python.parent / "rheostat", "serve"], capture_output=True, text=True, cwd=place, check=False
    )
    told = done.stdout + done.stderr
    expect(done.returncode == 2 and "rheostat[server]" in told and "Traceback" not in told, told)


def serve(python: Path, place: Path) -> None:
    """Start the installed server and fetch its page and its health."""
    port = free_port()
    environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(place / "data")}
    server = subprocess.Popen(
        [python.parent / "rheostat", "serve", "--port", str(port), "--no-open"], cwd=place, env=environment
    )
    try:
        health = json.loads(fetch(f"http://127.0.0.1:{port}/healthz", server))
        expect(health["status"] == "ok", str(health))
        page = fetch(f"http://127.0.0.1:{port}/", server).decode()
        expect("<title>Rheostat" in page and "assets/" in page, page[:300])
    finally:
        server.terminate()
        server.wait(10)


def fetch(url: str, server: subprocess.Popen[bytes]) -> bytes:
    """The body at ``url``, as soon as the server answers."""
    until = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            expect(server.poll() is None and time.monotonic() < until, f"no answer at {url}")
            time.sleep(0.1)


def packages(python: Path, place: Path) -> set[str]:
    """The names of what is installed there."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True,
        check=True,
        cwd=place,
    )
    return {str(entry["name"]) for entry in json.loads(listed.stdout)}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run a command and stop at once if it fails."""
    print("$", " ".join(command), flush=True)
    subprocess.run(command, check=True, cwd=cwd)


def expect(true: bool, otherwise: str) -> None:
    """Stop with ``otherwise`` unless ``true``."""
    if not true:
        raise SystemExit(f"make build: {otherwise}")


if __name__ == "__main__":
    main()
