"""Schedules from other libraries' schedulers, and code for them from schedules. Imports none of them."""

from __future__ import annotations

from .code import to_torch
from .live import from_torch
from .optax import from_optax
from .timm import from_timm

__all__ = ["from_optax", "from_timm", "from_torch", "to_torch"]
