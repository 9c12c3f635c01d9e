"""Recipes of well-known papers as schedules, each with where it comes from and a run to draw it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .diagnostics import closest

if TYPE_CHECKING:
    from .plan import Plan
    from .program import Schedule

__all__ = ["Preset", "preset", "presets"]


class Preset(msgspec.Struct, frozen=True):
    """A recipe: ``base`` and ``total`` (steps) are the paper's where ``origin`` does not say otherwise.

    ``epoch`` is the steps in an epoch, where the text counts in epochs.
    """

    name: str
    text: str
    origin: str
    base: float
    total: int
    epoch: int | None = None

    def schedule(self) -> Schedule:
        """Read the text."""
        from .program import parse  # noqa: PLC0415 - a list of names needs no parser

        return parse(self.text)

    def bind(self, group: str | None = None) -> Plan:
        """Bind the text to the recipe's own run."""
        return self.schedule().bind(base=self.base, total=self.total, epoch=self.epoch, group=group)


def presets() -> tuple[Preset, ...]:
    """Return all recipes: language models, then fine-tuning, then vision."""
    return _PRESETS


def preset(name: str) -> Preset:
    """Return a recipe by its name, in any case. Raises KeyError, with a suggestion, for any other name."""
    known = {one.name.casefold(): one for one in _PRESETS}
    found = known.get(name.strip().casefold())
    if found is None:
        near = closest(name.strip().casefold(), known)
        hint = f"did you mean {known[near].name!r}?" if near else "see rheostat.presets()"
        raise KeyError(f"there is no preset {name!r}: {hint}")
    return found


_PRESETS = (
    Preset(
        "Transformer (Noam)",
        "linear 0.00025x -> 1x for 3999\nrsqrt(4k)",
        "Vaswani et al. 2017, arXiv 1706.03762: d^-0.5 min(k^-0.5, k W^-1.5), d = 512, W = 4000.",
        (512 * 4000) ** -0.5,
        100_000,
    ),
    Preset(
        "BERT",
        "linear 0 -> 1x for 10k\nlinear -> 0",
        "Devlin et al. 2018, arXiv 1810.04805: pre-training over a million steps.",
        1e-4,
        1_000_000,
    ),
    Preset(
        "T5 pre-training",
        "hold for 10k\nrsqrt(10k)",
        "Raffel et al. 2019, arXiv 1910.10683: 1 / sqrt(max(step, 10^4)) with Adafactor.",
        0.01,
        524_288,
    ),
    Preset(
        "GPT-3 175B",
        "step 3.2Mtok\n{ linear 0 -> 1x for 375Mtok; cosine -> 0.1x } for 260Btok\nhold",
        "Brown et al. 2020, arXiv 2005.14165: in tokens, 300 B of them in batches of 3.2 M.",
        6e-5,
        93_750,
    ),
    Preset(
        "Chinchilla 70B",
        "cosine -> 0.1x",
        "Hoffmann et al. 2022, arXiv 2203.15556: the cosine ends with the run, 1.4 T tokens.",
        1e-4,
        466_667,
    ),
    Preset(
        "LLaMA 7B",
        "linear 0 -> 1x for 2k\ncosine -> 0.1x",
        "Touvron et al. 2023, arXiv 2302.13971: 1 T tokens in batches of 4 M.",
        3e-4,
        250_000,
    ),
    Preset(
        "Llama 2 70B",
        "linear 0 -> 1x for 2k\ncosine -> 0.1x",
        "Touvron et al. 2023, arXiv 2307.09288: 2 T tokens in batches of 4 M.",
        1.5e-4,
        500_000,
    ),
    Preset(
        "Llama 3 405B",
        "step 16Mtok\nlinear 0 -> 1x for 8k\ncosine -> 8e-7 for 1200k\nlinear -> 0 for 40Mtok",
        "Grattafiori et al. 2024, arXiv 2407.21783: the last 40 M tokens go to 0.",
        8e-5,
        1_208_003,
    ),
    Preset(
        "DeepSeek LLM 67B",
        "{ linear 0 -> 1x for 2k; hold } * drop 0.316x at 80%, 90%",
        "DeepSeek-AI 2024, arXiv 2401.02954: to 31.6 % and 10 %; 2 T tokens in batches of 4,608 x 4,096.",
        3.2e-4,
        105_964,
    ),
    Preset(
        "DeepSeek-V2-Lite",
        "{ linear 0 -> 1x for 2k; hold } * drop 0.316x at 80%, 90%",
        "DeepSeek-AI 2024, arXiv 2405.04434: 5.7 T tokens in batches of 4,608 x 4,096.",
        4.2e-4,
        302_002,
    ),
    Preset(
        "DeepSeek-V3",
        "step 62914560tok\n"
        "{ linear 0 -> 1x for 2k; hold } for 10000Btok\n"
        "cosine -> 2.2e-5 for 4300Btok\n"
        "hold for 333Btok\n"
        "7.3e-6 for 167Btok",
        "DeepSeek-AI 2024, arXiv 2412.19437: 14.8 T tokens, with its last batch size from the start.",
        2.2e-4,
        235_240,
    ),
    Preset(
        "MiniCPM (WSD)",
        "linear 0 -> 1x for 1%\nhold\ndecay 0.5x every 5k for 10%",
        "Hu et al. 2024, arXiv 2404.06395: halved every 5,000 steps at the end. The warm-up is ours.",
        0.01,
        275_000,
    ),
    Preset(
        "Constant with cooldown",
        "linear 0 -> 1x for 1k\nhold\nsqrt -> 0 for 20%",
        "Hägele et al. 2024, arXiv 2405.18392: 1 - sqrt(u) over the last 20 %. Rate and lengths are ours.",
        1e-3,
        50_000,
    ),
    Preset(
        "WSD-S",
        "linear 0 -> 1x for 1k\nrepeat 3 { hold 1x for 9k; linear -> 0.1x for 1k }",
        "Wen et al. 2024, arXiv 2410.05192: decay, then on at the peak. Rate and lengths are ours.",
        6e-4,
        31_000,
    ),
    Preset(
        "Infinite",
        "linear 0 -> 1x for 1%\ncosine -> 0.5x for 30%\nhold\nexpo -> 0.1x for 10%",
        "Ibrahim et al. 2024, arXiv 2403.08763: cool down, hold for as long as data comes, anneal. "
        "Rate and lengths are ours.",
        3e-4,
        100_000,
    ),
    Preset(
        "Power",
        "step 4194304tok\n"
        "{ linear 0 -> 1x for 2k; hold } * curve(min(0.02, 1024 * 4 * n^-0.51))\n"
        "expo -> 2e-5 for 10%",
        "Shen et al. 2024, arXiv 2408.13359: min(max, b a n^-0.51) after n tokens, a = 4, max = 0.02. "
        "b = 1,024 sequences of 4,096 tokens, warm-up, end and total are ours.",
        0.02,
        238_419,
    ),
    Preset(
        "D2Z",
        "linear 0 -> 1x for 10%\nlinear -> 0",
        "Bergsma et al. 2025, arXiv 2502.15938: a straight line to exactly 0. Rate and lengths are ours.",
        1e-3,
        50_000,
    ),
    Preset(
        "Schedule-free",
        "linear 0.0005x -> 1x for 1999\nhold",
        "Defazio et al. 2024, arXiv 2405.15682: (step + 1) / W, then constant. Rate and W = 2,000 are ours.",
        2.5e-3,
        50_000,
    ),
    Preset(
        "T5 fine-tuning",
        "1x",
        "Raffel et al. 2019, arXiv 1910.10683: constant with Adafactor.",
        1e-3,
        262_144,
    ),
    Preset(
        "ULMFiT slanted triangle",
        "linear 0.03125x -> 1x for 10%\nlinear -> 0.03125x",
        "Howard and Ruder 2018, arXiv 1801.06146: cut_frac 0.1, ratio 32. The total is ours.",
        0.01,
        10_000,
    ),
    Preset(
        "ULMFiT, four layers",
        "linear 0.03125x -> 1x for 10%\nlinear -> 0.03125x\ngroup layer[0..3] base (0.01 / 2.6^(3 - i))",
        "Howard and Ruder 2018, arXiv 1801.06146: each layer learns 2.6 times slower than the one above. "
        "The number of layers and the total are ours.",
        0.01,
        10_000,
    ),
    Preset(
        "Layer-wise decay, twelve layers",
        "linear 0 -> 1x for 10%\n"
        "linear -> 0\n"
        "group layer[0..11] base (2e-5 * 0.9^(12 - i))\n"
        "group head base 2e-5",
        "Zhang et al. 2020, arXiv 2006.05987 and others: b r^(depth). r = 0.9 and the run are ours.",
        2e-5,
        10_000,
    ),
    Preset(
        "ImageNet in one hour",
        "{ linear 0.03125x -> 1x for 5ep; hold } * drop 0.1x at 30ep, 60ep, 80ep",
        "Goyal et al. 2017, arXiv 1706.02677: batches of 8,192, warm-up from 0.1.",
        3.2,
        14_040,
        156,
    ),
    Preset(
        "Warm restarts (SGDR)",
        "repeat forever stretch 2 { cosine 1x -> 0 for 10ep }",
        "Loshchilov and Hutter 2016, arXiv 1608.03983: T0 = 10, Tmult = 2, CIFAR-10 in batches of 128.",
        0.05,
        58_650,
        391,
    ),
    Preset(
        "Super-convergence",
        "linear 0.04x -> 1x for 45%\nlinear -> 0.04x for 45%\nlinear -> 4e-4x",
        "Smith and Topin 2017, arXiv 1708.07120: one cycle, then far below. Rate and lengths are ours.",
        3.0,
        10_000,
    ),
)
