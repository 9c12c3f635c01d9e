"""A schedule bound to a run: a pure function from the step to the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Protocol, overload

import numpy as np
import numpy.typing as npt

from .binding.bound import Leaf, Places, Watch
from .curve.arith import Array
from .curve.curves import Curve
from .diagnostics import Diagnostic, Span
from .events import Tape

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from .analysis.analyse import Analysis
    from .analysis.handles import Handle

__all__ = ["Plan", "Steps"]

Steps = npt.NDArray[np.integer]
Metrics = Mapping[str, npt.ArrayLike]
At = npt.ArrayLike | None

NO_EVENTS = Tape()

# Intermediate results of this many steps stay in the processor's cache.
_BLOCK = 4096


class Source(Protocol):
    """What a plan was bound from; binds it again with other events."""

    def replay(self, tape: Tape) -> Plan:
        """Bind with a tape."""
        ...

    def places(self, tape: Tape) -> Places:
        """Return where each part stands, those inside others too, and what their numbers come to."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """The learning rate of one param group at every step.

    ``base`` is the group's base lr, ``total`` the length of the run, each None where neither text nor run
    said it and the curve does not need it. ``cues`` are those that parts wait for, ``tape`` what happened so
    far: without events no cue has come and no plateau has dropped. After the last part its end value holds.
    ``warnings`` says where text and run differ and what does not fit, ``size`` how many parts were bound, the
    measure of what a plan costs to evaluate. Equal inputs give equal bits on every machine.
    """

    text: str
    group: str | None
    base: float | None
    total: int | None
    warnings: tuple[Diagnostic, ...]
    curve: Curve = field(repr=False)
    leaves: tuple[tuple[Leaf, Span], ...] = field(repr=False)
    watches: tuple[Watch, ...] = field(default=(), repr=False)
    cues: tuple[str, ...] = ()
    tape: Tape = NO_EVENTS
    source: Source | None = field(default=None, repr=False, compare=False)
    size: int = field(default=1, repr=False, compare=False)

    @overload
    def __call__(self, step: int) -> float: ...

    @overload
    def __call__(self, step: Steps) -> Array: ...

    def __call__(self, step: int | Steps) -> float | Array:
        """Return the planned lr at a step, or at an array of steps of any order and shape.

        Raises ValueError for a step below 0, TypeError for one that is not whole.
        """
        if isinstance(step, np.ndarray):
            return self._array(step)
        whole = index(step)
        if whole < 0:
            raise ValueError(f"steps count from 0, got {whole}")
        return self.curve.at(float(whole))

    def _array(self, steps: Steps) -> Array:
        if steps.dtype.kind not in "iu":
            raise TypeError(f"steps are whole numbers, got an array of {steps.dtype}")
        flat = steps.ravel()
        order = None
        if flat.size > 1 and bool((flat[1:] < flat[:-1]).any()):
            order = np.argsort(flat, kind="stable")
            flat = flat[order]
        if flat.size and flat[0] < 0:
            raise ValueError(f"steps count from 0, got {flat[0]}")
        out = np.empty(flat.size)
        for low in range(0, flat.size, _BLOCK):
            block = slice(low, low + _BLOCK)
            self.curve.fill(flat[block].astype(np.float64), out[block])
        if order is not None:
            ordered, out = out, np.empty_like(out)
            out[order] = ordered
        return out.reshape(steps.shape)

    @property
    def horizon(self) -> int:
        """Steps worth drawing: the total, else to the end of the last part of known length, at least 1000."""
        if self.total is not None:
            return self.total
        known = [leaf.start if leaf.end is None else leaf.end for leaf, _ in self.leaves]
        last = max(known, default=0)
        # An open part gets as much room again as all before it.
        room = 2 if any(leaf.end is None for leaf, _ in self.leaves) else 1
        return min(max(1000 if room == 2 else 1, -int(-last * room // 1)), 2**53)

    def replay(self, tape: Tape) -> Plan:
        """Return the same plan with these events: what they leave in the past stays to the bit.

        Raises BindError where the events leave no room for a part, as a bind would.
        """
        if self.source is None:
            raise ValueError("this plan was not bound from a schedule")
        return self.source.replay(tape)

    def record(self, metrics: Metrics, steps: At = None, cues: Mapping[str, int] | None = None) -> Tape:
        """Return the events that a trace of metrics and cues would cause, beside those there are.

        ``metrics`` has an array for each plateau's metric, ``steps`` the step at which each value was known
        (0, 1, 2, … if left out): the lr of that very step is the first to follow. ``cues`` says at which step
        each was given. Raises ValueError for a metric without values or steps that do not ascend.
        """
        from .analysis.simulate import record  # noqa: PLC0415 - simulation is built on plans

        return record(self, metrics, steps, cues)

    def simulate(self, metrics: Metrics, steps: At = None, cues: Mapping[str, int] | None = None) -> Array:
        """Return the lr at each of ``steps`` after `record` has seen the trace: a float64 array."""
        from .analysis.simulate import simulate  # noqa: PLC0415

        return simulate(self, metrics, steps, cues)

    def sample(self, first: int, last: int, width: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Return steps and values that draw [first, last) on ``width`` columns.

        At most about 2 * width points, whatever the length; all steps where there are no more. Every column
        has its exact least and greatest value, and the steps before and after each break, as long as parts
        are smooth and cycles are longer than a column; of denser cycles one in each column is taken, and of
        products the turning points between breaks are met to within half a column.
        """
        from .analysis.sample import sample  # noqa: PLC0415 - analysis and sampling are built on plans

        return sample(self, first, last, width)

    def analyse(self) -> Analysis:
        """Describe the curve: extremes, breakpoints, jumps, area, parts and lints."""
        from .analysis.analyse import analyse  # noqa: PLC0415

        return analyse(self)

    def handles(self) -> tuple[Handle, ...]:
        """Return the points of the curve that a number of the text moves, and where that number stands."""
        from .analysis.handles import handles  # noqa: PLC0415 - as above

        return handles(self)

    def figure(self, width: int = 2000) -> Figure:
        """Draw the plan as a Plotly figure of ``width`` columns.

        Raises ImportError, naming what to install, where plotly is missing.
        """
        from .drawing.figure import figure  # noqa: PLC0415
        from .drawing.svg import lines  # noqa: PLC0415 - nobody draws in a training job

        return figure(lines((self,), width))

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """Show the curve in a notebook: what Jupyter asks an object for."""
        from .drawing.notebook import bundle  # noqa: PLC0415 - as above

        return bundle(repr(self), (self,), self.text)

    def _repr_html_(self) -> str:
        """Show the same where a front end asks for HTML alone."""
        return str(self._repr_mimebundle_()["text/html"])
