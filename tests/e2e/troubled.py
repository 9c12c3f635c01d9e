"""A training job in trouble: resumed under another plan, one loss becomes nan, another one at a signal."""

from __future__ import annotations

import math
import os
import signal
import time

import torch

import rheostat
from rheostat.control.command import Limits

OLD = "linear 0 -> 1x for 10%; cosine -> 0"
NEW = "linear 0 -> 1x for 50%; hold"
STEP = 40
TOTAL = 4000
NOT_A_NUMBER = 60
"""The step from which on the second loss is no number."""


def optimizer() -> torch.optim.SGD:
    """One parameter is enough to be steered."""
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)


def checkpoint() -> dict[str, object]:
    """The state after some steps under the old plan."""
    before = optimizer()
    with rheostat.attach(before, plan=OLD, total=TOTAL, server=False) as agent:
        for _ in range(STEP):
            before.step()
        return agent.state_dict()


def main() -> None:
    """Resume under the new plan and take steps until killed."""
    late = 1.0

    def worsen(*_: object) -> None:
        nonlocal late
        late = math.nan

    signal.signal(signal.SIGUSR1, worsen)
    state = checkpoint()
    now = optimizer()
    limits = Limits(kinds=("swap", "ramp", "scale", "release"), max_change=1e9)
    with rheostat.attach(now, plan=NEW, total=TOTAL, run="troubled", project="e2e", limits=limits) as agent:
        agent.load_state_dict(state)
        while os.getppid() > 1:
            now.step()
            step = agent.step
            aux = 1.0 if step < NOT_A_NUMBER else math.nan
            agent.log(loss=2.0 - step / TOTAL, aux_loss=aux, val_loss=late)
            time.sleep(0.02)


if __name__ == "__main__":
    main()
