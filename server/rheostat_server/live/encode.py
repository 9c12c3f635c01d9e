"""Series and live messages in the API's shape, each encoded once. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rheostat.wire import Column, Flush
from rheostat_server.models import LivePoints, Mark, Series
from rheostat_server.series import Drawn, Window, draw
from rheostat_server.store.chunk import series_name

__all__ = ["flush_points", "points_message", "series_answer"]

_WIDTH = 500


def series_answer(drawn: Drawn) -> Series:
    """The points of one series as the API gives them."""
    return Series.model_construct(
        x=drawn.x.tolist(),
        y=drawn.y.tolist(),
        marks=[Mark.model_construct(step=step, value=value) for step, value in drawn.marks],
        total=drawn.total,
    )


def points_message(run: str, after: int, cursor: int, series: Mapping[str, Drawn]) -> bytes:
    """A `LivePoints` as JSON."""
    answers = {name: series_answer(drawn) for name, drawn in series.items()}
    message = LivePoints.model_construct(type="points", run=run, after=after, cursor=cursor, series=answers)
    return message.model_dump_json().encode()


def flush_points(flush: Flush) -> dict[str, Drawn]:
    """The series of a flush; of a long one (a job that was away) each of 500 columns' extremes."""
    steps = flush.step_array()
    window = Window(int(steps[0]), int(steps[-1]) + 1, _WIDTH)
    series: dict[str, Drawn] = {}

    def add(name: str, column: Column) -> None:
        x = steps[column.row_numbers(len(steps))] if column.rows else steps
        series[name] = draw(x, column.array(), window)

    for group, column in flush.planned.items():
        add(series_name("planned", group), column)
    for group, column in flush.effective.items():
        add(series_name("effective", group), column)
    for metric, column in flush.metrics.items():
        add(series_name("metrics", metric), column)
    return series
