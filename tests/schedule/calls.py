"""Work in a measure that no machine changes."""

from __future__ import annotations

import sys
from types import FrameType

__all__ = ["Calls"]


class Calls:
    """Counts the calls of functions, Python's and C's, inside a ``with``."""

    def __enter__(self) -> Calls:
        self.count = 0
        sys.setprofile(self._seen)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _seen(self, _frame: FrameType, event: str, _arg: object) -> None:
        self.count += event in {"call", "c_call"}
