"""Curves as Plotly figures; plotly is imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .svg import COLOURS, Line

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["figure"]


def figure(
    curves: Sequence[Line], *, title: str = "", metrics: Sequence[Line] = (), log: bool = False
) -> Figure:
    """Make a Plotly figure of curves over the step, and of ``metrics`` in a panel beneath them.

    Raises ImportError, naming what to install, where plotly is missing.
    """
    try:
        import plotly.graph_objects as go  # noqa: PLC0415 - heavy, and not part of the light package
        from plotly.subplots import make_subplots  # noqa: PLC0415
    except ImportError as error:
        raise ImportError("a figure needs plotly: pip install 'rheostat[server]'") from error
    heights = [0.68, 0.32] if metrics else [1.0]
    made = make_subplots(
        rows=len(heights), cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=heights
    )
    coloured = [(curve, COLOURS[n % len(COLOURS)], 1) for n, curve in enumerate(curves)]
    coloured += [(metric, COLOURS[-1 - n % len(COLOURS)], 2) for n, metric in enumerate(metrics)]
    for curve, colour, row in coloured:
        scatter = go.Scatter(
            x=curve.x.tolist(),
            y=curve.y.tolist(),
            name=curve.name,
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate="%{y:.6g}",
        )
        made.add_trace(scatter, row=row, col=1)
    scale = {"type": "log"} if log else {"rangemode": "tozero"}
    made.update_yaxes(title_text="lr", exponentformat="e", row=1, col=1, **scale)
    if metrics:
        made.update_yaxes(title_text=", ".join(metric.name for metric in metrics), row=2, col=1)
    made.update_xaxes(title_text="step", row=len(heights), col=1)
    made.update_layout(
        template="plotly_white",
        title=title or None,
        hovermode="x unified",
        showlegend=len(curves) + len(metrics) > 1,
        margin={"l": 70, "r": 20, "t": 50 if title else 20, "b": 50},
    )
    return made
