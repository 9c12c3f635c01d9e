"""Run a module as ``python -m`` would, but never longer than the process that started it.

Standard input is a pipe that the parent holds open and never writes to. When it ends, the parent is gone,
however it went, and this process asks itself to stop.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from contextlib import suppress


def main() -> None:
    """Run the module named by the first argument, with the rest as its own."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a job then says goodbye; a server has its own
    threading.Thread(target=_leave_with_parent, name="tether", daemon=True).start()
    module, *rest = sys.argv[1:]
    sys.argv = [module, *rest]
    with suppress(KeyboardInterrupt):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _leave_with_parent() -> None:
    # Raw reads: a daemon thread blocked in sys.stdin's lock would abort the interpreter at its end.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5.0)
    os._exit(1)


if __name__ == "__main__":
    main()
