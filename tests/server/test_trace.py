"""Traces are read as they were written, and refused with the place and what was expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.trace import TraceError, decay, read_csv, read_values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_a_csv_reads_back_what_was_written(values: list[float]) -> None:
    rows = "\n".join(f"{3 * at},{value!r}" for at, value in enumerate(values))
    found = read_csv(f"step,val_loss\n{rows}\n")
    assert found.steps.tolist() == [3 * at for at in range(len(values))]
    assert found.of(["val_loss"])["val_loss"].tolist() == values


@pytest.mark.parametrize(
    ("text", "steps", "metric", "values"),
    [
        ("1\n2\n\n3\n", [0, 5, 10], "any", [1, 2, 3]),
        ("loss\n1\n2\n", [0, 5], "loss", [1, 2]),
        ("0,1\n7,2\n", [0, 7], "any", [1, 2]),
        ("\ufeffstep, loss ,acc\r\n4,1,9\r\n8,2,8\r\n", [4, 8], "loss", [1, 2]),
        ("step,loss\n1e1,5\n", [10], "loss", [5]),
    ],
)
def test_shapes_of_csv(text: str, steps: list[int], metric: str, values: list[float]) -> None:
    found = read_csv(text, every=5)
    assert found.steps.tolist() == steps
    assert found.of([metric])[metric].tolist() == values


def test_what_is_no_number_stays_no_number() -> None:
    assert np.isnan(read_csv("step,loss\n0,nan\n1,\n").of(["loss"])["loss"]).all()
    found = read_values([1.0, None], every=2, first=3)
    assert found.steps.tolist() == [3, 5]
    assert np.isnan(found.of(["x"])["x"][1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("loss\n", "no numbers"),
        ("step\n1\n", "no metric"),
        ("step,loss\n0,1\n1,many\n", "row 3 has 'many': expected a number"),
        ("step,loss\n0,1\n1\n", "row 3 has 1 cells: expected 2"),
        ("1,2,3\n", "3 columns without names"),
        ("loss,loss\n1,2\n", "names a column twice"),
        ("step,loss\n0.5,1\n", "step 0.5 is no step"),
        ("step,loss\n-1,1\n", "expected whole numbers from 0"),
        ("step,loss\nnan,1\n", "expected whole numbers from 0"),
        ("step,loss\n5,1\n4,1\n", "step 4 comes after step 5"),
    ],
)
def test_faults_say_where_and_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(TraceError) as fault:
        read_csv(text)
    assert says in str(fault.value)


def test_a_metric_that_is_not_there() -> None:
    with pytest.raises(TraceError, match=r"no values of 'acc': it has loss"):
        read_csv("step,loss\n0,1\n").of(["acc"])
    with pytest.raises(TraceError, match="empty"):
        read_values([], every=1)


def test_a_decay_halves_its_distance_and_is_the_same_every_time() -> None:
    made = decay(1000, every=10, start=3.0, floor=1.0, share=0.1, noise=0.0)
    values = made.of(["loss"])["loss"]
    assert made.steps.tolist() == list(range(0, 1000, 10))
    assert (values[0], values[10], values[20]) == (3.0, 2.0, 1.5)
    noisy = [decay(1000, every=10, start=3.0, floor=1.0, share=0.1, noise=0.1).metrics[""] for _ in range(2)]
    assert (noisy[0] == noisy[1]).all()
    assert 0.1 < np.std(noisy[0] - values) < 0.3
    with pytest.raises(TraceError, match="too many"):
        decay(10**9, every=1, start=1.0, floor=0.0, share=0.1, noise=0.0)
