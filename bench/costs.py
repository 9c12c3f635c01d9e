"""One logger in a process of its own: ``python -m bench.costs NAME CALLS FOLDER [SERVER]`` prints its costs.

What it takes to begin, up to the moment a server has been met, is told apart from what the calls and the
flush at the end take: a job of a million steps begins once. The processor time of the process SERVER is
counted in.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from bench.loggers import LOGGERS, Nothing


def main() -> None:
    """Log, flush, and print the costs. torch is loaded before, as in any training job."""
    import torch._dynamo  # noqa: F401 - a real optimizer loads it at its first step

    name, calls, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    server = Path("/proc") / sys.argv[4] / "task" if len(sys.argv) > 4 else Path("/nowhere")
    os.chdir(folder)
    os.environ |= {"WANDB_DIR": str(folder), "TRACKIO_DIR": str(folder)}
    Nothing(1).step()
    floor, cpu, begun = _rss(), _cpu(server), time.perf_counter()
    try:
        logging = LOGGERS[name].start(1)
    except ImportError as error:
        print("MISSING " + str(error), flush=True)
        os._exit(0)
    started = time.perf_counter()
    if server.exists():
        logging.ready()
    ready, begun_cpu = time.perf_counter(), _cpu(server) - cpu
    cpu += begun_cpu
    for step in range(calls):
        logging.log(step, 1.0 / (step + 1))
    looped = time.perf_counter()
    rss = _rss() - floor
    logging.end()
    ended = time.perf_counter()
    costs = {
        "start_s": started - begun,
        "ready_s": ready - begun,
        "start_cpu_s": begun_cpu,
        "loop_us": 1e6 * (looped - ready) / calls,
        "cpu_us": 1e6 * (_cpu(server) - cpu) / calls,
        "flush_s": ended - looped,
        "rss_mib": rss / 2**20,
        "disk_b": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / calls,
    }
    print("COSTS " + json.dumps(costs), flush=True)
    os._exit(0)


def _cpu(server: Path) -> float:
    """Seconds of processor time that this process, its children and the server's threads have used."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    served = sum(int((task / "schedstat").read_text().split()[0]) for task in server.glob("*"))
    return sum(used.ru_utime + used.ru_stime for used in both) + served / 1e9


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
