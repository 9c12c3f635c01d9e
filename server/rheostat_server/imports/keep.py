"""Runs read from a file, written to the store in one transaction."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import msgspec
import numpy as np
from sqlalchemy import Connection, update

from rheostat.control.command import Limits
from rheostat.wire import PROTOCOL, Bye, Column, Flush, Group, Hello, Plan
from rheostat_server.imports.found import Floats, Found, Steps
from rheostat_server.store import attempts, runs
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.schema import runs as table

__all__ = ["FENCE", "hello_of", "keep"]

FENCE = 1 << 30
"""Restart count of what was imported: above any job's, so that none can take the run over."""
_ROWS = 8192


def hello_of(found: Found, *, tool: str, file: str, project: str, name: str, now: float) -> Hello:
    """What a job would have said of this run."""
    groups = list(dict.fromkeys((*found.effective, *found.planned))) or ["lr"]
    stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "imported"
    times = found.times
    why = f"the run was imported from a file of {tool}"
    return Hello(
        protocol=PROTOCOL,
        run=f"{stem}-{secrets.token_hex(4)}",
        project=project,
        name=name,
        writer=secrets.token_hex(16),
        attempt=secrets.token_hex(16),
        restart=FENCE,
        clock=now,
        started_at=now if times is None else float(times[0]),
        step=int(found.steps[-1]) + 1,
        groups=tuple(Group(name=group, parameters=0, lr=None) for group in groups),
        optimizer="",
        scheduler=None,
        plan=Plan(origin="none", total=found.total, why=why),
        control=False,
        limits=Limits(kinds=()),
        report=found.notes,
        config=found.config,
        environment={"imported from": tool, "file": file},
    )


def keep(connection: Connection, ledger: Ledger, hello: Hello, found: Found, now: float) -> runs.RunRow:
    """Store a run as finished; how it stands then."""
    (admission,) = attempts.admit(connection, ledger, attempts.meet(connection, ledger, [hello], now))
    connection.execute(update(table).where(table.c.id == hello.run).values(origin="import"))
    times = np.full(len(found.steps), now) if found.times is None else found.times
    for seq, low in enumerate(range(0, len(found.steps), _ROWS), 1):
        rows = slice(low, low + _ROWS)
        flush = _flush(seq, found, times, rows)
        runs.add_flush(
            connection, ledger, flush, run=hello.run, attempt=admission.ordinal, writer=hello.writer, now=now
        )
    # A log without planned lrs has taken its steps all the same.
    progress = msgspec.structs.replace(ledger.progress(connection, hello.run), step=hello.step)
    ledger.put(hello.run, progress)
    bye = Bye(state="finished", step=hello.step, last_seq=seq)
    runs.end(connection, hello.run, admission.ordinal, bye, float(times[-1]))
    return replace(runs.row_of(connection, hello.run), progress=progress)


def _flush(seq: int, found: Found, times: Floats, rows: slice) -> Flush:
    steps = found.steps[rows]

    def columns(series: dict[str, tuple[Steps, Floats]]) -> dict[str, Column]:
        made = {}
        for name, (at, values) in series.items():
            inside = (at >= rows.start) & (at < rows.stop)
            if inside.any():
                own = (at[inside] - rows.start).astype(np.uint32)
                made[name] = Column.of(values[inside], None if len(own) == len(steps) else own)
        return made

    return Flush(
        seq=seq,
        steps=steps.astype("<i8").tobytes(),
        times=times[rows].astype("<f8").tobytes(),
        planned=columns(found.planned),
        effective=columns(found.effective),
        metrics=columns(found.metrics),
    )
