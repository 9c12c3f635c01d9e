"""Deferred values: metrics that live on a device, copied there, fetched in batches and never waited for.

A value is copied at once, on the stream that makes it, so that later changes in place cannot leak in and no
graph is kept alive. Only the training thread talks to the device: a query from another thread would break
the capture of a CUDA graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["Deferred"]

SLOTS = 32
FETCH_S = 0.25
MAX_FLYING = 64
OTHER_EVERY = 10

Emit = Callable[[int, dict[str, float]], None]


class _Batch:
    """Copies of the same metrics of up to `SLOTS` steps, on one device and stream."""

    __slots__ = ("begun", "cells", "names", "rows", "stream", "times")

    def __init__(self, names: tuple[str, ...], stream: torch.cuda.Stream) -> None:
        import torch  # noqa: PLC0415

        self.names = names
        self.stream = stream
        self.cells = torch.empty((SLOTS, len(names)), dtype=torch.float32, device=stream.device)
        self.rows = self.cells.unbind()
        self.times: list[tuple[int, float]] = []
        self.begun = 0.0


class Deferred:
    """Takes device values in and gives floats out, some steps later: ``emit`` (step, values)."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._batches: dict[tuple[object, ...], _Batch] = {}
        self._flying: deque[
            tuple[torch.cuda.Event, torch.Tensor, tuple[str, ...], list[tuple[int, float]]]
        ] = deque()
        self._others = 0
        self.lost = 0
        self.oldest: tuple[int, float] | None = None

    def put(self, step: int, now: float, values: Mapping[str, torch.Tensor]) -> None:
        """Take in one-element tensors of ``step``, logged at ``now`` (Unix seconds). Never waits for CUDA.

        Other devices have no such path yet: every tenth call reads the value, which waits.
        """
        cuda = {name: value for name, value in values.items() if value.is_cuda}
        if cuda and _capturing():
            self.lost += len(cuda)
            return
        if len(cuda) < len(values):
            self._read_others(step, {n: v for n, v in values.items() if not v.is_cuda})
        devices = {value.device for value in cuda.values()}
        for device in devices:
            self._copy(step, now, {n: v for n, v in cuda.items() if v.device == device}, device)
        self.harvest(now)

    def harvest(self, now: float) -> None:
        """Give out what has arrived and fetch what has been here long enough. On the training thread only."""
        if _capturing():
            return
        for batch in self._batches.values():
            if batch.times and now - batch.begun >= FETCH_S:
                self._fetch(batch)
        self._give_out()
        self._note()

    def _note(self) -> None:
        waiting = [batch.times[0] for batch in self._batches.values() if batch.times]
        waiting += [times[0] for _, _, _, times in self._flying]
        self.oldest = min(waiting, default=None)

    def _give_out(self) -> None:
        while self._flying and self._flying[0][0].query():  # type: ignore[no-untyped-call]
            _, host, names, times = self._flying.popleft()
            for (step, _), row in zip(times, host.tolist(), strict=True):
                self._emit(step, dict(zip(names, row, strict=True)))

    def finish(self, seconds: float, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        """Fetch and give out the rest, waiting ``seconds`` at most."""
        for batch in self._batches.values():
            self._fetch(batch)
        until = clock() + seconds
        self._give_out()
        while self._flying and clock() < until:
            sleep(0.002)
            self._give_out()

    def _copy(self, step: int, now: float, values: dict[str, torch.Tensor], device: torch.device) -> None:
        import torch  # noqa: PLC0415

        stream = torch.cuda.current_stream(device)
        names = tuple(values)
        batch = self._batches.get((names, stream.cuda_stream, device))
        if batch is None:
            batch = self._batches[names, stream.cuda_stream, device] = _Batch(names, stream)
        if not batch.times:
            batch.begun = now
        # One kernel for all of them: each call into torch costs as much as all the rest of this.
        with torch.no_grad():
            scalars = [value if value.ndim == 0 else value.reshape(()) for value in values.values()]
            torch.stack(scalars, out=batch.rows[len(batch.times)])
        batch.times.append((step, now))
        if len(batch.times) == SLOTS:
            self._fetch(batch)

    def _fetch(self, batch: _Batch) -> None:
        """Start the copy to the host; what the cells get later comes after it, on the same stream."""
        import torch  # noqa: PLC0415

        if not batch.times:
            return
        times, batch.times = batch.times, []
        if len(self._flying) >= MAX_FLYING:
            self.lost += len(times) * len(batch.names)
            return
        with torch.cuda.stream(batch.stream), torch.no_grad():
            host = torch.empty((len(times), len(batch.names)), dtype=torch.float32, pin_memory=True)
            host.copy_(batch.cells[: len(times)], non_blocking=True)
            event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            event.record(batch.stream)
        self._flying.append((event, host, batch.names, times))

    def _read_others(self, step: int, values: dict[str, torch.Tensor]) -> None:
        self._others += 1
        if self._others % OTHER_EVERY == 1:
            self._emit(step, {n: float(v.item()) for n, v in values.items()})


def _capturing() -> bool:
    """Whether a CUDA graph is being captured: nothing may be queried, and the value is not there yet."""
    import torch  # noqa: PLC0415

    return bool(torch.cuda.is_current_stream_capturing())
