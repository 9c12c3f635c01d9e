"""``rheostat convert``: a schedule as code of another library."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from rheostat.schedule import BindError, ConversionError, ScheduleError, convert

__all__ = ["run"]

_WRITERS: dict[str, Callable[..., Any]] = {
    "torch": convert.to_torch,
    "torch-classes": convert.to_torch_classes,
    "transformers": convert.to_transformers,
    "optax": convert.to_optax,
    "timm": convert.to_timm,
    "megatron": convert.to_megatron,
}


def run(options: argparse.Namespace) -> int:
    """Print the code; 1 where the text has faults or no such code."""
    text = sys.stdin.read() if options.text == "-" else options.text
    try:
        print(_WRITERS[options.to](text, base=options.base, total=options.total))
    except (ScheduleError, BindError, ConversionError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return 1
    return 0
