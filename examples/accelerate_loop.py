"""An Accelerate loop with the dial, gradients accumulated over two batches, on the CPU, in seconds."""

from __future__ import annotations

import torch
from accelerate import Accelerator
from torch import nn

import rheostat

STEPS = 600


def main() -> None:
    """Fit a small network to noisy sums."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.randn(512, 16)
    y = x.sum(dim=1, keepdim=True) + 0.1 * torch.randn(512, 1)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    model, optimizer, scheduler = accelerator.prepare(model, optimizer, scheduler)

    with rheostat.attach(optimizer, scheduler, run="accelerate", total=STEPS) as agent:
        while agent.step < STEPS and not agent.should_stop:
            rows = torch.randint(len(x), (32,))
            with accelerator.accumulate(model):
                loss = nn.functional.mse_loss(model(x[rows]), y[rows])
                accelerator.backward(loss)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                agent.log(loss=loss)
                if agent.step % 100 == 1:
                    print(f"step {agent.step:4}  loss {loss.item():.4f}")
    print(f"done       loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
