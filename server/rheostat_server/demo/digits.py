"""A demo job: scikit-learn's digits, two named param groups, an unmodified torch scheduler.

Transfer learning in small: the backbone learns at a tenth of the head's lr. `torch.optim.lr_scheduler` knows
nothing of Rheostat, and the plan on the page is read from the scheduler object.
"""

from __future__ import annotations

import argparse

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

import rheostat
from rheostat_server.demo.pace import STEPS_PER_SECOND, Pace

BATCH = 32


def images() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images (1400, 1, 8, 8) in 0..1 and labels, then the 397 held out."""
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16.0
    y = torch.tensor(digits.target, dtype=torch.int64)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(2))
    x, y = x[order], y[order]
    return x[:1400], y[:1400], x[1400:], y[1400:]


def train(steps: int, *, rate: float = STEPS_PER_SECOND) -> None:
    """Train for ``steps`` updates under the dashboard's eye, at most ``rate`` a second."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    x, y, test_x, test_y = images()
    backbone = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Flatten()
    )
    head = nn.Sequential(nn.Dropout(0.3), nn.Linear(16 * 8 * 8, 10))
    optimizer = torch.optim.SGD(
        [
            {"params": backbone.parameters(), "lr": 0.005, "name": "backbone"},
            {"params": head.parameters(), "lr": 0.05, "name": "head"},
        ],
        momentum=0.9,
    )
    warmup = max(1, steps // 20)
    scheduler = SequentialLR(
        optimizer,
        [LinearLR(optimizer, 0.05, total_iters=warmup), CosineAnnealingLR(optimizer, steps - warmup)],
        [warmup],
    )
    pace = Pace(rate)
    with rheostat.attach(
        optimizer, scheduler, project="demo", total=steps, config={"model": "small CNN", "batch": BATCH}
    ) as agent:
        for step in range(steps):
            rows = torch.randint(len(x), (BATCH,), generator=generator)
            loss = functional.cross_entropy(head(backbone(x[rows])), y[rows], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            agent.log(loss=loss)
            if step % 100 == 0:
                agent.log(accuracy=accuracy(backbone, head, test_x, test_y))
            optimizer.step()
            scheduler.step()
            if agent.should_stop:
                return
            pace.wait()


@torch.no_grad()
def accuracy(backbone: nn.Module, head: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of images (n, 1, 8, 8) whose label (n,) is found."""
    head.eval()
    found = head(backbone(x)).argmax(dim=1)
    head.train()
    return float((found == y).float().mean())


def main() -> None:
    """Read the command line and train until done or interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=STEPS_PER_SECOND, help="most steps a second")
    options = parser.parse_args()
    train(options.steps, rate=options.rate)


if __name__ == "__main__":
    main()
