"""A schedule as code of another library: what the command line and the API both offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rheostat.schedule import convert

__all__ = ["WRITERS"]

WRITERS: dict[str, Callable[..., Any]] = {
    "torch": convert.to_torch,
    "torch-classes": convert.to_torch_classes,
    "transformers": convert.to_transformers,
    "optax": convert.to_optax,
    "timm": convert.to_timm,
    "megatron": convert.to_megatron,
}
"""Each takes a text and what the run supplies (``base``, ``total``, ``epoch``); ``str`` of what it gives is
the code. Each raises ScheduleError, BindError or ConversionError."""
