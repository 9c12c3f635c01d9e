"""The binary series, read back by hand as the documentation says."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.api.columns import columns_of
from rheostat_server.series import Drawn
from rheostat_server.store.points import Read
from tests.server.running import Server


def parse(body: bytes) -> tuple[dict[str, Any], dict[str, tuple[np.ndarray, np.ndarray]]]:
    assert body[:4] == b"RHE1"
    (size,) = struct.unpack("<I", body[4:8])
    header = json.loads(body[8 : 8 + size])
    at, found = 8 + size, {}
    for one in header["series"]:
        columns = []
        for kind in (one["steps"], one["values"]):
            width, count = int(kind[1]), one["count"]
            planes = np.frombuffer(body, np.uint8, width * count, at).reshape(width, count)
            columns.append(np.ascontiguousarray(planes.T).view(f"<{kind}").reshape(count))
            at += width * count
        steps = one["first"] + np.cumsum(columns[0].astype(np.int64))
        found[one["name"]] = (steps, columns[1])
    assert at == len(body)
    return header, found


@given(
    st.lists(st.sampled_from([1, 200, 70_000, 2**33]), max_size=30),
    st.sampled_from([0, 10**12]),
    st.sampled_from([1.0, 1e300, 1e-200]),
)
def test_steps_and_values_come_back(gaps: list[int], first: int, unit: float) -> None:
    x = first + np.cumsum(np.array(gaps, dtype=np.int64))
    y = unit * np.random.default_rng(1).normal(size=len(x))
    read = Read(7, {"a": Drawn(x, y, ((5, "nan"),), 99), "b": Drawn(x[:0], y[:0], (), 0)})
    header, found = parse(columns_of("r", read))
    assert (header["run"], header["cursor"]) == ("r", 7)
    assert header["series"][0]["marks"] == [{"step": 5, "value": "nan"}]
    assert header["series"][0]["total"] == 99
    assert found["a"][0].tolist() == x.tolist()
    wanted = y.astype(np.float32) if unit == 1.0 or not len(x) else y
    assert found["a"][1].tolist() == wanted.tolist()
    assert len(found["b"][0]) == 0


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_over_http(server: Server, encoding: str) -> None:
    loss = np.random.default_rng(1).normal(size=3000).astype(np.float32).astype(np.float64)
    with server.agent() as agent, server.client() as client:
        for at in range(0, 3000, 1000):
            agent.steps(at, 1000, loss=loss[at : at + 1000].tolist())
        path = "/api/runs/r1/series"
        query: dict[str, str | int] = {"metric": "loss", "width": 2000}
        headers = {"Accept": "application/octet-stream", "Accept-Encoding": encoding}
        accepted = client.get(path, params=query, headers=headers).raise_for_status()
        asked = client.get(path, params={**query, "format": "bin"}).raise_for_status()
        plain = client.get(path, params=query).raise_for_status()
        forced = client.get(path, params={**query, "format": "json"}, headers=headers).raise_for_status()
    assert accepted.headers["Content-Type"] == "application/octet-stream"
    assert (accepted.headers.get("Content-Encoding") == "gzip") == (encoding == "gzip")
    assert accepted.content == asked.content
    assert parse(asked.content)[1]["loss"][1].tolist() == loss.tolist()
    assert plain.json() == forced.json()
    assert plain.json()["series"]["loss"]["y"] == loss.tolist()


def test_an_unknown_format_is_refused(server: Server) -> None:
    with server.agent(), server.client() as client:
        answer = client.get("/api/runs/r1/series", params={"metric": "loss", "format": "xml"})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == "query.format"
