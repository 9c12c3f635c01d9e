"""Schedules from torch's schedulers, and code for torch from schedules. Imports no torch."""

from __future__ import annotations

from .code import to_torch
from .live import from_torch

__all__ = ["from_torch", "to_torch"]
