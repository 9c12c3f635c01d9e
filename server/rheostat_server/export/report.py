"""A run as one HTML page that needs nothing else: curves, overrides, the log of commands. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rheostat_server.models import CommandRecord, RunDetail, Series

__all__ = ["report"]

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1c2430}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #dde2ea;"
    "text-align:left;vertical-align:top}h2{margin-top:2rem}.chart{height:340px}"
)


def report(
    run: RunDetail, series: Mapping[str, Series], commands: Sequence[CommandRecord], plotly: str
) -> str:
    """The page; ``plotly`` is the source of plotly.js. Series are drawn as given."""
    charts = [("Learning rate", {name: found for name, found in series.items() if _is_lr(name)})]
    charts += [(name, {name: found}) for name, found in series.items() if not _is_lr(name)]
    places = "".join(
        f'<h2>{html.escape(title)}</h2><div class="chart" id="c{at}"></div>'
        for at, (title, _) in enumerate(charts)
    )
    marks = [_mark(record) for record in commands if _applied(record) is not None]
    drawn = "".join(
        f'Plotly.newPlot("c{at}",{_json(_traces(lines))},{_json(_layout(marks))},{{"responsive":true}});'
        for at, (_, lines) in enumerate(charts)
    )
    title = html.escape(f"{run.name}: {run.project}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(run.name)}</h1>{_facts(run)}{places}"
        f"<h2>Commands</h2>{_log(commands)}<script>{plotly}</script><script>{drawn}</script></body></html>"
    )


def _is_lr(name: str) -> bool:
    return name.startswith(("lr:", "plan:"))


def _facts(run: RunDetail) -> str:
    facts = {
        "Project": run.project,
        "State": run.state,
        "Steps": f"{run.step:,}" + ("" if run.total is None else f" of {run.total:,}"),
        "Started": _when(run.started_at),
        "Optimizer": run.optimizer,
        "Scheduler": run.scheduler or "",
        "Plan": run.plan.text or run.plan.why,
        "Tags": ", ".join(run.tags),
        "Notes": run.notes,
        **{f"Config: {key}": value for key, value in run.config.items()},
    }
    return _table([], [[name, value] for name, value in facts.items() if value])


def _log(commands: Sequence[CommandRecord]) -> str:
    if not commands:
        return "<p>None.</p>"
    rows = [
        [
            _when(record.issued_at),
            record.text,
            record.issued_by,
            record.request.reason,
            "; ".join(
                event.state + ("" if event.step is None else f" at step {event.step:,}")
                for event in record.events
            ),
        ]
        for record in commands
    ]
    return _table(["When", "Command", "By", "Reason", "What became of it"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{html.escape(head)}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{f'<tr>{top}</tr>' if heads else ''}{body}</table>"


def _traces(lines: Mapping[str, Series]) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "x": found.x,
            "y": found.y,
            "mode": "lines",
            "line": {"width": 1.5, "dash": "dot" if name.startswith("plan:") else "solid"},
        }
        for name, found in lines.items()
    ]


def _layout(marks: Sequence[tuple[int, str]]) -> dict[str, object]:
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 1, "color": "#8a93a3"}}
    note = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": {"size": 10}}
    return {
        "margin": {"t": 40, "r": 20},
        "xaxis": {"title": {"text": "step"}},
        "showlegend": True,
        "shapes": [{**line, "x0": step, "x1": step} for step, _ in marks],
        "annotations": [{**note, "x": step, "text": html.escape(text)} for step, text in marks],
    }


def _mark(record: CommandRecord) -> tuple[int, str]:
    return _applied(record) or 0, record.text


def _applied(record: CommandRecord) -> int | None:
    steps = (event.step for event in record.events if event.state == "applied")
    return next((step for step in steps if step is not None), None)


def _when(time: float) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return str(time)


def _json(value: object) -> str:
    # In a script element nothing but "</" and "<!--" can end or change it.
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
