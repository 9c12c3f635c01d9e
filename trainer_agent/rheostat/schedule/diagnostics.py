"""What can be wrong with a schedule: positions, diagnostics and the errors that carry them.

ScheduleError (ValueError)      the text or tree is no schedule
├── BindError                   a schedule that cannot become a plan with what it was given
└── ConversionError             a torch scheduler that cannot be written as a schedule, or the reverse
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

import msgspec

__all__ = ["BindError", "ConversionError", "Diagnostic", "ScheduleError", "Severity", "Span", "closest"]

Severity = Literal["error", "warning"]


class Span(msgspec.Struct, frozen=True, gc=False):
    """A stretch of text by offset, counted in characters."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the stretch from here to the end of another."""
        return Span(self.start, max(self.end, other.end))


class Diagnostic(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fault or a lint. Lines and columns count from 1; ``replacement`` mends the span."""

    severity: Severity
    line: int
    column: int
    length: int
    code: str
    message: str
    suggestion: str = ""
    replacement: str | None = None

    def mend(self, text: str) -> str:
        """Return the text it was found in with the replacement put in place; as it is where none is known."""
        if self.replacement is None:
            return text
        start = sum(len(line) + 1 for line in text.split("\n")[: self.line - 1]) + self.column - 1
        return text[:start] + self.replacement + text[start + self.length :]

    def __str__(self) -> str:
        """Spell it on one line: ``1:8 unknown shape 'cosin': did you mean 'cosine'?``."""
        tail = f": {self.suggestion}" if self.suggestion else ""
        place = f"{self.line}:{self.column} " if (self.line, self.column, self.length) != (1, 1, 0) else ""
        return f"{place}{self.message}{tail}"


def diagnose(
    text: str,
    span: Span,
    code: str,
    message: str,
    *,
    suggestion: str = "",
    replacement: str | None = None,
    severity: Severity = "error",
) -> Diagnostic:
    """Place a finding in its text."""
    starts = _line_starts(text)
    line = bisect_right(starts, span.start)
    column = span.start - starts[line - 1] + 1
    length = max(span.end - span.start, 0)
    return Diagnostic(severity, line, column, length, code, message, suggestion, replacement)


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    return [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]


class ScheduleError(ValueError):
    """A text or tree that is no schedule; ``diagnostics`` says where and why."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))

    def __reduce__(self) -> tuple[type[ScheduleError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)

    @classmethod
    def single(cls, code: str, message: str, suggestion: str = "") -> ScheduleError:
        """Make an error that has no place in a text."""
        return cls((Diagnostic("error", 1, 1, 0, code, message, suggestion),))


class BindError(ScheduleError):
    """A schedule that cannot become a plan; ``missing`` names what the run or the text has to supply."""

    def __init__(self, diagnostics: Iterable[Diagnostic], missing: Iterable[str] = ()) -> None:
        super().__init__(diagnostics)
        self.missing: tuple[str, ...] = tuple(missing)

    def __reduce__(self) -> tuple[type[BindError], tuple[tuple[Diagnostic, ...], tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.diagnostics, self.missing)


class ConversionError(ScheduleError):
    """A curve that the other side cannot say; the message says which part and why."""

    def __init__(self, message: str | Iterable[Diagnostic]) -> None:
        found = (
            (Diagnostic("error", 1, 1, 0, "conversion", message),) if isinstance(message, str) else message
        )
        super().__init__(found)


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the known word most like this one, if any is near."""
    found = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None
