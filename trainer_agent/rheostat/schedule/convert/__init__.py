"""Schedules from torch's schedulers, and code for torch from schedules. Imports no torch."""

from __future__ import annotations

from .from_torch import from_torch
from .to_torch import to_torch

__all__ = ["from_torch", "to_torch"]
