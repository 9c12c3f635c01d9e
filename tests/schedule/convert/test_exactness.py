"""Whole curves of the real libraries, past their ends: within 1e-11 of the peak and 1e-9 of the value."""

from __future__ import annotations

from collections import Counter

from tests.schedule.convert.families import OPTAX, TORCH, TRANSFORMERS, all_cases


def test_curves_are_those_of_the_libraries() -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for case in all_cases():
        counted[case.family] += 1
        errors = case.errors
        if (errors > case.allowed).any():
            step = int((errors - case.allowed).argmax())
            wrong.append(f"{case.family} at {step}: {errors[step]:.3g}\n{case.text}")
    assert wrong == []
    assert sum(counted.values()) >= 300
    known = [f"torch {n}" for n in TORCH] + [f"transformers {n}" for n in TRANSFORMERS]
    known += [f"optax {n}" for n in OPTAX]
    assert set(known) < set(counted)
    assert {name.split()[0] for name in counted} == {"torch", "transformers", "optax", "timm"}
