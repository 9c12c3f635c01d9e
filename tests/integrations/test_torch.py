from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import attach
from rheostat.integrations.torch import ScheduleLR
from rheostat.schedule import BindError, ScheduleError, parse

TEXT = "linear 0 -> 1x for 10; cosine -> 0"


def make(text: str = TEXT, total: int | None = 40, lr: Any = 0.1) -> tuple[torch.optim.SGD, ScheduleLR]:
    model = nn.Linear(3, 2)
    groups = [{"params": [model.weight], "name": "body"}, {"params": [model.bias], "lr": 2 * lr}]
    optimizer = torch.optim.SGD(groups, lr=lr)
    return optimizer, ScheduleLR(optimizer, text, total=total)


def lrs(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(g["lr"]) for g in optimizer.param_groups]


def steps(optimizer: torch.optim.Optimizer, scheduler: ScheduleLR, count: int) -> list[list[float]]:
    seen = []
    for _ in range(count):
        seen.append(lrs(optimizer))
        optimizer.step()
        scheduler.step()
    return seen


def test_the_lr_is_the_plan_bitwise_for_each_group() -> None:
    optimizer, scheduler = make()
    plans = [parse(TEXT).bind(base=base, total=40, group="x") for base in (0.1, 0.2)]
    assert steps(optimizer, scheduler, 50) == [[p(s) for p in plans] for s in range(50)]
    assert scheduler.get_last_lr() == lrs(optimizer)


def test_groups_bind_by_name_or_number() -> None:
    text = "hold\ngroup body = hold 0.5x\ngroup 1"
    optimizer, scheduler = make(text)
    assert steps(optimizer, scheduler, 3)[0] == [0.05, 0.2]


def test_a_tensor_lr_is_followed_in_place() -> None:
    optimizer, scheduler = make(lr=torch.tensor(0.1))
    held = optimizer.param_groups[0]["lr"]
    seen = steps(optimizer, scheduler, 20)
    assert optimizer.param_groups[0]["lr"] is held
    plan = parse(TEXT).bind(base=float(torch.tensor(0.1)), total=40, group="body")
    assert [s[0] for s in seen] == [float(torch.tensor(plan(i))) for i in range(20)]


def test_a_checkpoint_goes_on_bitwise() -> None:
    optimizer, scheduler = make()
    whole = steps(optimizer, scheduler, 40)
    optimizer, scheduler = make()
    steps(optimizer, scheduler, 15)
    file = io.BytesIO()
    torch.save({"o": optimizer.state_dict(), "s": scheduler.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again, resumed = make("hold", None)
    again.load_state_dict(saved["o"])
    resumed.load_state_dict(saved["s"])
    assert resumed.get_last_lr() == lrs(again)
    assert steps(again, resumed, 25) == whole[15:]


def test_its_state_is_picklable() -> None:
    _, scheduler = make()
    assert pickle.loads(pickle.dumps(scheduler.state_dict())) == scheduler.state_dict()


def test_a_group_added_later_takes_part() -> None:
    optimizer, scheduler = make()
    steps(optimizer, scheduler, 12)
    optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))], "lr": 0.4})
    optimizer.step()
    scheduler.step()
    assert lrs(optimizer)[2] == parse(TEXT).bind(base=0.4, total=40, group="2")(13)


def test_a_wrong_text_or_a_missing_total_raises_at_once() -> None:
    with pytest.raises(ScheduleError):
        make("cosin -> 0")
    with pytest.raises(BindError, match="total"):
        make(TEXT, None)
    with pytest.raises(TypeError, match="not an Optimizer"):
        ScheduleLR(object(), TEXT, total=9)  # type: ignore[arg-type]


def test_an_agent_knows_it_as_its_own() -> None:
    optimizer, scheduler = make()
    with attach(optimizer, scheduler, server=False) as agent:
        assert (agent.plan.origin, agent.plan.text, agent.plan.total) == ("rheostat", str(parse(TEXT)), 40)
        assert agent.plan.base == {"body": 0.1, "1": 0.2}
        agent.scale(0.5)
        seen: list[float] = []
        optimizer.register_step_pre_hook(lambda o, a, k: seen.append(o.param_groups[0]["lr"]))
        plan = steps(optimizer, scheduler, 20)
    assert seen == [0.5 * p[0] for p in plan]
