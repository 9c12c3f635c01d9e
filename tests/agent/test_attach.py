from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from rheostat.agent import AttachError, attach
from rheostat.agent.keeper import spool_dir
from rheostat.schedule import BindError, ScheduleError


@pytest.fixture
def optimizer() -> torch.optim.SGD:
    return torch.optim.SGD(nn.Linear(3, 2).parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"run": 3}, "run is a int; expected str or None"),
        ({"run": ""}, "run=''; expected 1 to 200 printable characters"),
        ({"run": "a\nb"}, "printable"),
        ({"project": None}, "project is a NoneType; expected str"),
        ({"total": 0}, "total=0; expected the length of the run in steps"),
        ({"total": 1.5}, "total=1.5"),
        ({"server": 7436}, "server=7436; expected an address"),
        ({"server": "ftp://x"}, "expected one like http://127.0.0.1:7436"),
        ({"server": "http://far.example", "token": "t"}, "in the clear"),
        ({"server": "https://far.example"}, "no token for https://far.example"),
        ({"limits": {"max_lr": 1}}, "limits is a dict; expected Limits or None"),
        ({"config": [1]}, "config is a list; expected Mapping or None"),
        ({"group_names": "ab"}, "expected a list of names"),
        ({"group_names": ["a", "b"]}, "2 group_names (2 different) for 1 param groups"),
        ({"plan": 3}, "plan is a int; expected a schedule text or a Schedule"),
    ],
)
def test_a_wrong_argument_raises_at_once_and_leaves_no_trace(
    optimizer: torch.optim.SGD, options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RHEOSTAT_SERVER", "RHEOSTAT_TOKEN", "RHEOSTAT_INSECURE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AttachError) as refused:
        attach(optimizer, **({"server": False} | options))  # type: ignore[arg-type]
    assert message in str(refused.value)
    assert len(optimizer._optimizer_step_pre_hooks) == 0


@pytest.mark.parametrize("wrong", [None, 3, nn.Linear(1, 1), {}, {"a": None}, {3: 4}])
def test_what_is_no_optimizer_is_refused(wrong: object) -> None:
    with pytest.raises(AttachError, match="optimizer"):
        attach(wrong, server=False)


def test_a_plan_that_does_not_fit_raises_at_once(optimizer: torch.optim.SGD) -> None:
    with pytest.raises(ScheduleError):
        attach(optimizer, plan="cosin -> 0", server=False)
    with pytest.raises(BindError, match="total"):
        attach(optimizer, plan="cosine -> 0", server=False)
    assert len(optimizer._optimizer_step_pre_hooks) == 0


def test_groups_are_named_as_told_or_as_they_call_themselves() -> None:
    parameters = [nn.Parameter(torch.ones(1)) for _ in range(4)]
    groups = [{"params": [p]} for p in parameters]
    groups[1]["name"] = groups[2]["name"] = "twin"  # type: ignore[assignment]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    with attach(optimizer, server=False) as agent:
        assert list(agent.planned_lr) == ["0", "twin", "twin#2", "3"]
    with attach(optimizer, server=False, group_names=["a", "b", "c", "d"]) as agent:
        assert list(agent.planned_lr) == ["a", "b", "c", "d"]


def test_attaching_twice_does_not_apply_twice(optimizer: torch.optim.SGD) -> None:
    first = attach(optimizer, server=False)
    with attach(optimizer, server=False) as second:
        assert first.closed
        second.scale(0.5)
        seen: list[float] = []
        optimizer.register_step_pre_hook(lambda o, a, k: seen.append(o.param_groups[0]["lr"]))
        optimizer.step()
    assert seen == [0.05]


@pytest.mark.filterwarnings("ignore:rheostat refused")
@pytest.mark.parametrize("rank", ["0", "1"])
def test_ranks_are_watched_and_not_steered(
    optimizer: torch.optim.SGD, rank: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with attach(optimizer, plan="base 0.2; hold") as agent:
        assert (agent._link is not None) == (rank == "0")
        assert agent.scale(0.5).code == "many_ranks"
        optimizer.step()
        assert optimizer.param_groups[0]["lr"] == 0.2
        assert any("2 ranks" in sentence for sentence in agent.report)


@pytest.mark.filterwarnings("ignore:rheostat refused")
def test_the_report_says_what_a_change_will_do() -> None:
    parameters = [nn.Parameter(torch.ones(1))]
    with attach(torch.optim.Rprop(parameters, lr=0.1), server=False) as agent:
        assert agent.scale(0.5).code == "no_effect"
        assert any("Rprop reads its lr only before the first step" in s for s in agent.report)
    with attach(torch.optim.ASGD(parameters, lr=0.1), server=False) as agent:
        assert any("t + 1" in s for s in agent.report)
    with attach(torch.optim.AdamW(parameters, lr=0.1), server=False) as agent:
        assert agent.report[0] == "Found AdamW with 1 param group."
        assert any("weight decay" in s for s in agent.report)
    with attach(torch.optim.SGD(parameters, lr=torch.tensor(0.1)), server=False) as agent:
        assert any("tensor" in s for s in agent.report)
        assert any("future of the lr is not known" in s for s in agent.report)


def python(code: str, folder: Path, *, name: str = "job.py") -> subprocess.CompletedProcess[str]:
    script = folder / name
    script.write_text(code)
    environment = os.environ | {"RHEOSTAT_DATA_DIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )


def test_importing_the_agent_brings_no_torch(tmp_path: Path) -> None:
    done = python(
        "import sys, rheostat.agent\n"
        "print([m for m in ('torch', 'websockets', 'fastapi') if m in sys.modules])",
        tmp_path,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_script_that_never_closes_ends_by_itself(tmp_path: Path) -> None:
    done = python(
        "import torch\nfrom rheostat.agent import attach\n"
        "o = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)\n"
        "attach(o, run='x')\n"
        "for _ in range(10): o.step()\n"
        "print('done')",
        tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_spawned_worker_re_importing_the_script_attaches_nothing(tmp_path: Path) -> None:
    done = python(
        "import multiprocessing, torch\nfrom rheostat.agent import attach\n"
        "o = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)\n"
        "a = attach(o, run='x')\n"
        "def work(): print('link', a._link is not None, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    work()\n"
        "    p = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    p.start(); p.join()\n",
        tmp_path,
    )
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["link True", "link False"])


def test_offline_there_is_no_thread_no_socket_and_no_file(
    optimizer: torch.optim.SGD, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*args: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", opened)
    threads = threading.enumerate()
    with attach(optimizer, server=False) as agent:
        for _ in range(10):
            optimizer.step()
            agent.log(loss=1.0)
        assert threading.enumerate() == threads
        assert agent.hold(0.05).state == "accepted"
        optimizer.step()
    assert agent.errors == 0
    assert not spool_dir().exists() or list(spool_dir().iterdir()) == []


def test_a_notebook_cell_run_again_goes_on_with_the_same_optimizer(optimizer: torch.optim.SGD) -> None:
    """The new agent takes the place of the old one: one set of hooks, one thread, overrides gone."""
    first = attach(optimizer, run="cell")
    first.hold(0.01)
    optimizer.step()
    with attach(optimizer, run="cell") as second:
        assert (first.closed, second.closed) == (True, False)
        assert optimizer.param_groups[0]["lr"] == second.planned_lr["0"] == second.effective_lr["0"]
        assert len(optimizer._optimizer_step_pre_hooks) == len(optimizer._optimizer_step_post_hooks) == 1
        assert sum(t.name == "rheostat" for t in threading.enumerate()) == 1
        optimizer.step()
        assert (first.step, second.step) == (1, 1)
