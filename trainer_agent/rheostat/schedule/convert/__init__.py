"""Schedules from other libraries' schedulers, and code for them from schedules. Imports none of them."""

from __future__ import annotations

from .code import to_torch
from .fit import Fit, fit
from .for_megatron import to_megatron
from .for_optax import to_optax
from .for_timm import to_timm
from .for_transformers import TransformersArguments, to_transformers
from .live import from_torch
from .native import to_torch_classes
from .optax import from_optax
from .timm import from_timm

__all__ = [
    "Fit",
    "TransformersArguments",
    "fit",
    "from_optax",
    "from_timm",
    "from_torch",
    "to_megatron",
    "to_optax",
    "to_timm",
    "to_torch",
    "to_torch_classes",
    "to_transformers",
]
