"""The end of a rank whose store has stopped answering: it must not take the process down with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.ranks.launch import GLOO, ROOT

HOST = """
import time
from torch.distributed import TCPStore
store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
print(store.port, flush=True)
time.sleep(120)
"""
RANK = """
import sys
from torch.distributed import TCPStore
from rheostat.agent.identity import Place
from rheostat.agent.ranks import Ranks
from rheostat.agent.rendezvous import Meeting

class Listener:
    begin = warn = failed = print

store = TCPStore("127.0.0.1", int(sys.argv[1]), is_master=False, wait_for_workers=False)
ranks = Ranks(Meeting(store.clone(), store.clone(), "t/"), Place(0, 2), Listener())
ranks.start([0.1], ())
print("ready", flush=True)
sys.stdin.readline()
ranks.close()
print("trained", flush=True)
"""


@pytest.mark.process
def test_a_store_that_does_not_answer_at_the_end() -> None:
    with start(HOST) as host:
        try:
            assert host.stdout is not None
            with start(RANK, host.stdout.readline().strip()) as rank:
                check(host, rank)
        finally:
            host.kill()


def check(host: subprocess.Popen[str], rank: subprocess.Popen[str]) -> None:
    """The rank ends well when its store answers again, and not before."""
    assert rank.stdin is not None
    assert rank.stdout is not None
    assert rank.stdout.readline() == "ready\n"
    host.send_signal(signal.SIGSTOP)
    rank.stdin.write("\n")
    rank.stdin.flush()
    assert rank.stdout.readline() == "trained\n"
    with pytest.raises(subprocess.TimeoutExpired):
        rank.wait(0.5)
    host.send_signal(signal.SIGCONT)
    assert rank.wait(30) == 0, rank.stdout.read()


def start(code: str, *words: str) -> subprocess.Popen[str]:
    """Run Python code with pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env={**os.environ, **GLOO},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
