"""The server's own figures, as Prometheus reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from rheostat_server.models import RunState

if TYPE_CHECKING:
    from rheostat_server.dashboard import Dashboard

__all__ = ["exposed"]

_LIVING = ("live", "silent")


def exposed(dashboard: Dashboard, accept: str) -> tuple[bytes, str]:
    """All figures in the format that ``accept`` asks for, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in (_Figures(dashboard), PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(collector)
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


class _Figures(Collector):
    """What the server knows when it is asked; nothing is counted in between."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        dashboard = self._dashboard
        rows = dashboard.book.summaries(dashboard.clock())
        states = Counter(row.state for row in rows)
        found = GaugeMetricFamily("rheostat_runs", "Runs that are not archived, by state.", labels=["state"])
        for state in get_args(RunState):
            found.add_metric([state], states[state])
        yield found
        yield _gauge("rheostat_agents", "Training jobs that are connected.", dashboard.book.connected)
        yield _gauge("rheostat_viewers", "Browsers that are connected.", dashboard.hub.viewers)
        yield _gauge("rheostat_store_ok", "Whether the last write was stored.", not dashboard.writer.problem)
        step = GaugeMetricFamily("rheostat_run_step", "Steps taken by a run that goes on.", labels=["run"])
        heard = GaugeMetricFamily(
            "rheostat_run_heard_timestamp_seconds", "When a run that goes on was last heard.", labels=["run"]
        )
        for row in rows:
            if row.state in _LIVING:
                step.add_metric([row.id], row.step)
                heard.add_metric([row.id], row.heard_at)
        yield step
        yield heard
        yield InfoMetricFamily("rheostat", "The server.", {"version": dashboard.version})


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=float(value))
