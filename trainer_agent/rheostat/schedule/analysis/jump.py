"""A discontinuity of a plan."""

from __future__ import annotations

import msgspec

__all__ = ["Jump"]


class Jump(msgspec.Struct, frozen=True):
    """A discontinuity: the lr at the step before, and at the step where it shows."""

    step: int
    before: float
    after: float
