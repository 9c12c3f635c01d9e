"""Smoothing of a whole series before it is thinned, as the page does it to the points it has. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["MOST", "smoothed"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

MOST = 0.99
"""More is a flat line."""
_NATS = 300.0
"""How far a mean may fade within one stretch: beyond it, its weights would leave float64."""


def smoothed(x: Steps, y: Floats, weight: float, total: int) -> Floats:
    """The exponential mean of finite ``y`` at ascending ``x``, shapes (n,), corrected for its start.

    ``weight`` (0 to `MOST`) is how much of the mean stays from one logged value to the next, of which there
    are ``total`` over the range; what lies between two values counts by distance in steps. With the weight
    s = weight ** (gap / spacing) that stays, mean = s * mean + (1 - s) * y and mass = s * mass + (1 - s);
    the result is mean / mass. Here in closed form over stretches: mean / fade is a cumulative sum.
    """
    count = len(x)
    spacing = (int(x[-1]) - int(x[0])) / max(1, max(total, count) - 1) if count > 1 else 0.0
    if weight <= 0.0 or spacing == 0.0:
        return y
    gaps = np.diff(x, prepend=0).astype(np.float64)
    gaps[0] = spacing
    nats = -np.log(min(MOST, weight)) * gaps / spacing
    fresh = -np.expm1(-nats)
    faded = np.cumsum(nats)
    result = np.empty(count)
    mean = mass = 0.0
    start, before = 0, 0.0
    while start < count:
        stop = int(np.searchsorted(faded, before + _NATS))
        if stop <= start:
            # So wide a gap leaves nothing of what came before.
            stop = start + 1
            means, masses = y[start:stop], np.ones(1)
        else:
            fade = np.exp(before - faded[start:stop])
            means = fade * (mean + np.cumsum(fresh[start:stop] * y[start:stop] / fade))
            masses = fade * (mass + np.cumsum(fresh[start:stop] / fade))
        result[start:stop] = means / masses
        mean, mass = float(means[-1]), float(masses[-1])
        before, start = float(faded[stop - 1]), stop
    return result
