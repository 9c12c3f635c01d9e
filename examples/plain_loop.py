"""The five lines of the README in a whole script: a plain PyTorch loop, on the CPU, in a few seconds.

Run it with ``rheostat serve`` open beside it and turn the dial on the run's page; without a server it trains
all the same.
"""

from __future__ import annotations

import torch
from torch import nn

import rheostat

STEPS = 2_000


def main() -> None:
    """Fit a small network to noisy sums."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.randn(512, 16)
    y = x.sum(dim=1, keepdim=True) + 0.1 * torch.randn(512, 1)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    scheduler = rheostat.ScheduleLR(optimizer, "linear 0 -> 1x for 5%; cosine -> 0", total=STEPS)

    with rheostat.attach(optimizer, scheduler, total=STEPS) as agent:
        for step in range(STEPS):
            rows = torch.randint(len(x), (32,))
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            agent.log(loss=loss)
            optimizer.step()
            scheduler.step()
            if step % 500 == 0:
                print(f"step {step:5}  loss {loss.item():.4f}  lr {agent.effective_lr}")
    print(f"done     loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
