"""Lightning with the dial: a small network on noisy sums, on the CPU, in seconds."""

from __future__ import annotations

import logging
import warnings

import lightning.pytorch as pl
import torch
from torch import nn

import rheostat
from rheostat.integrations.lightning import RheostatCallback

STEPS = 400


class Sums(pl.LightningModule):
    """Learns the sum of its inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1))

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        """One batch."""
        loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
        if self.global_step % 50 == 0:
            print(f"step {self.global_step:4}  loss {loss.item():.4f}")
        return loss

    def configure_optimizers(self) -> pl.utilities.types.OptimizerLRScheduler:
        """AdamW on a Rheostat schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-2)
        scheduler = rheostat.ScheduleLR(optimizer, "linear 0 -> 1x for 5%; cosine -> 0", total=STEPS)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def main() -> None:
    """Train."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    pl.seed_everything(0, verbose=False)
    torch.set_num_threads(1)
    x = torch.randn(512, 16)
    y = x.sum(dim=1, keepdim=True) + 0.1 * torch.randn(512, 1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=32, shuffle=True)
    trainer = pl.Trainer(
        max_steps=STEPS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[RheostatCallback(run="sums")],
    )
    trainer.fit(Sums(), loader)


if __name__ == "__main__":
    main()
