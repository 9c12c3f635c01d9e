"""A run as one HTML page that needs nothing else: curves, overrides, annotations, audit. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rheostat_server.models import ActualSchedule, Annotation, CommandEvent, CommandRecord, RunDetail, Series

__all__ = ["Content", "report"]

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1c2430}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #dde2ea;"
    "text-align:left;vertical-align:top}h2{margin-top:2rem}.chart{height:340px}"
)


@dataclass(frozen=True, slots=True)
class Content:
    """What the page tells: series are drawn as given."""

    run: RunDetail
    series: Mapping[str, Series]
    commands: Sequence[CommandRecord]
    annotations: Sequence[Annotation]
    schedule: ActualSchedule


def report(content: Content, plotly: str) -> str:
    """The page; ``plotly`` is the source of plotly.js."""
    run, series, commands = content.run, content.series, content.commands
    charts = [("Learning rate", {name: found for name, found in series.items() if _is_lr(name)})]
    charts += [(name, {name: found}) for name, found in series.items() if not _is_lr(name)]
    places = "".join(
        f'<h2>{html.escape(title)}</h2><div class="chart" id="c{at}"></div>'
        for at, (title, _) in enumerate(charts)
    )
    marks = [_mark(record) for record in commands if _applied(record) is not None]
    marks += [(note.step, note.text) for note in content.annotations]
    drawn = "".join(
        f'Plotly.newPlot("c{at}",{_json(_traces(lines))},{_json(_layout(marks))},{{"responsive":true}});'
        for at, (_, lines) in enumerate(charts)
    )
    title = html.escape(f"{run.name}: {run.project}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(run.name)}</h1>{_facts(run)}{places}"
        f"<h2>Overrides</h2>{_overrides(commands)}<h2>Annotations</h2>{_notes(content.annotations)}"
        f"<h2>The lr as a schedule</h2>{_schedule(content.schedule)}<h2>Audit</h2>{_audit(commands)}"
        f"<script>{plotly}</script><script>{drawn}</script></body></html>"
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
        **{f"Environment: {key}": value for key, value in run.environment.items()},
        **{f"Config: {key}": value for key, value in run.config.items()},
    }
    return _table([], [[name, value] for name, value in facts.items() if value])


def _overrides(commands: Sequence[CommandRecord]) -> str:
    rows = []
    for record in commands:
        first = _applied(record)
        if first is not None:
            last = next((e.step for e in record.events if e.state in ("ended", "superseded")), None)
            reach = f"from step {first:,}" + ("" if last is None else f" to step {last:,}")
            rows.append([record.text, reach, record.issued_by, record.request.reason])
    return _table(["Override", "Acted", "By", "Reason"], rows) if rows else "<p>None.</p>"


def _notes(annotations: Sequence[Annotation]) -> str:
    rows = [[f"{note.step:,}", note.text, note.written_by, _when(note.written_at)] for note in annotations]
    return _table(["Step", "Text", "By", "When"], rows) if rows else "<p>None.</p>"


def _schedule(found: ActualSchedule) -> str:
    if not found.text:
        return f"<p>None: {html.escape(found.why)}.</p>"
    quality = "Equal to the recorded lr at every step."
    if found.kind != "exact":
        quality = f"Off by at most {found.error:.2g} of the peak: {found.why}."
    return f"<p>{html.escape(quality)}</p><pre>{html.escape(found.text)}</pre>"


def _audit(commands: Sequence[CommandRecord]) -> str:
    events = [(record, event) for record in commands for event in record.events]
    rows = [
        [_when(event.at), record.text, record.issued_by, event.state, _lrs(event), event.message]
        for record, event in sorted(events, key=lambda pair: pair[1].at)
    ]
    heads = ["When", "Command", "By", "State", "Planned and effective lr", "Message"]
    return _table(heads, rows) if rows else "<p>No commands.</p>"


def _lrs(event: CommandEvent) -> str:
    at = "" if event.step is None else f"at step {event.step:,}"
    lrs = [f"{group}: {event.planned.get(group, 0):g} to {lr:g}" for group, lr in event.effective.items()]
    return "; ".join([at, *lrs] if at else lrs)


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
