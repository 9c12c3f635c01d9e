"""A demo job: a small character-level transformer learns Python's own documentation.

The text is ``pydoc_data.topics``, which every Python installation carries. The learning rate is a Rheostat
schedule: warm up, hold, cool down.
"""

from __future__ import annotations

import argparse
from pydoc_data.topics import topics

import torch
from torch import Tensor, nn
from torch.nn import functional

import rheostat
from rheostat_server.demo.pace import STEPS_PER_SECOND, Pace

SCHEDULE = "linear 0 -> 1x for 2%; hold; sqrt -> 0.02x for 20%"
CONTEXT = 64
BATCH = 12
WIDTH = 64


class Block(nn.Module):
    """One pre-norm transformer layer with causal attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, time, width) to the same shape."""
        batch, time, width = x.shape
        q, k, v = (
            part.view(batch, time, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, time, width))
        return x + self.mlp(self.norm2(x))  # type: ignore[no-any-return]


class CharacterModel(nn.Module):
    """Predicts the next character."""

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(letters, WIDTH)
        self.place = nn.Parameter(torch.zeros(CONTEXT, WIDTH))
        self.blocks = nn.Sequential(Block(WIDTH, 4), Block(WIDTH, 4))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, letters)

    def forward(self, text: Tensor) -> Tensor:
        """Map letter numbers (batch, time) to logits (batch, time, letters)."""
        return self.head(self.norm(self.blocks(self.embed(text) + self.place)))  # type: ignore[no-any-return]


def corpus() -> tuple[Tensor, int]:
    """The documentation as letter numbers, shape (length,), and the size of the alphabet."""
    text = "\n".join(topics[name] for name in sorted(topics))
    letters = sorted(set(text))
    number = {letter: n for n, letter in enumerate(letters)}
    return torch.tensor([number[letter] for letter in text]), len(letters)


def batch(text: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random windows of the text and the same windows one letter later, both (BATCH, CONTEXT)."""
    starts = torch.randint(len(text) - CONTEXT - 1, (BATCH,), generator=generator)
    windows = text[starts[:, None] + torch.arange(CONTEXT + 1)]
    return windows[:, :-1], windows[:, 1:]


def train(steps: int, *, rate: float = STEPS_PER_SECOND) -> None:
    """Train for ``steps`` updates under the dashboard's eye, at most ``rate`` a second."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    text, letters = corpus()
    model = CharacterModel(letters)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    scheduler = rheostat.ScheduleLR(optimizer, SCHEDULE, total=steps)
    pace = Pace(rate)
    with rheostat.attach(
        optimizer,
        scheduler,
        project="demo",
        total=steps,
        config={"model": "character transformer", "context": CONTEXT, "batch": BATCH},
    ) as agent:
        for _ in range(steps):
            seen, following = batch(text, generator)
            loss = functional.cross_entropy(model(seen).flatten(0, 1), following.flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            agent.log(loss=loss, grad_norm=norm)
            optimizer.step()
            scheduler.step()
            if agent.should_stop:
                return
            pace.wait()


def main() -> None:
    """Read the command line and train until done or interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=STEPS_PER_SECOND, help="most steps a second")
    options = parser.parse_args()
    train(options.steps, rate=options.rate)


if __name__ == "__main__":
    main()
