"""Transfer learning with the dial: find an lr, then train each layer at its own, the first frozen a while.

A network learns one task, gets a new head, and learns a related task; on the CPU, in seconds.
"""

from __future__ import annotations

import torch
from torch import nn

import rheostat

STEPS = 400


def body() -> nn.Sequential:
    """Three layers to be reused."""
    return nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))


def main() -> None:
    """Learn one task, then another that is much like it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    inputs = torch.randn(1024, 8)
    model = body()
    pretrain(model, inputs, torch.sin(inputs.sum(1, keepdim=True)))
    model[4] = nn.Linear(32, 1)
    target = 2.0 * torch.sin(inputs.sum(1, keepdim=True)) + 1.0

    optimizer = torch.optim.AdamW(rheostat.layer_groups(model, 1e-3, decay=0.5))

    def model_step() -> torch.Tensor:
        rows = torch.randint(len(inputs), (64,))
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs[rows]), target[rows])
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    found = rheostat.lr_find(model_step, optimizer, model=model, run="transfer-find")
    print(found)
    for group in optimizer.param_groups:
        group["lr"] *= (found.minimum_10 or 1e-3) / 1e-3 / 2.0
    rheostat.freeze_until(optimizer, {"0": 50})
    text = "linear 0 -> 1x for 10%; cosine -> 0"
    with rheostat.attach(optimizer, run="transfer", plan=text, total=STEPS) as agent:
        for step in range(STEPS):
            loss = model_step()
            optimizer.step()
            agent.log(loss=loss)
            if step % 50 == 0:
                print(f"step {step:4}  loss {loss.item():.4f}  lr {agent.effective_lr}")
    print(f"done       loss {loss.item():.4f}")


def pretrain(model: nn.Module, inputs: torch.Tensor, target: torch.Tensor) -> None:
    """Learn the first task."""
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(300):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), target).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


if __name__ == "__main__":
    main()
