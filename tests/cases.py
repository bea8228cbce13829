"""Cases of parametrised tests, of which the default tier runs a sample."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from django.db import connection

# Set by bin/test where the default tier or --all runs on both databases, which share the tests.
SHARED = "TESTS_SHARED_BY_BOTH_DATABASES"
_EXHAUSTIVE = pytest.mark.exhaustive


def sample(cases: Iterable[Any], every: int = 3) -> list[Any]:
    """Return all cases, marked so that the default tier runs the first of every `every` of them.

    A case is what `pytest.mark.parametrize` takes: a value, or a tuple of them.
    """
    return [case if number % every == 0 else _exhaustive(case) for number, case in enumerate(cases)]


def half(cases: Sequence[Any]) -> Sequence[Any]:
    """Return every second of `cases`: SQLite runs the first, PostgreSQL the second, and so on.

    All of them where one database runs alone.
    """
    if not os.environ.get(SHARED):
        return cases
    return cases[int(connection.vendor == "postgresql") :: 2]


def seeds(number: int, start: int = 0) -> list[Any]:
    """Return the seeds of a random test; the default tier runs the first alone on each database.

    With --all both databases run a third of them, and each half of the others: both together run
    them all. One database alone runs all of them.
    """
    common = range(0, number, 3)
    rest = [seed for seed in half(range(number)) if seed not in common]
    return first([start + seed for seed in (*common, *rest)])


def first(cases: Sequence[Any]) -> list[Any]:
    """Return all cases, marked so that the default tier runs the first of them alone."""
    return sample(cases, every=len(cases))


def pairs(cases: Iterable[Any], others: Sequence[Any]) -> list[Any]:
    """Return each of `cases` with each of `others`; the default tier runs one other, in turn."""
    return [
        pytest.param(case, other, marks=[] if number % len(others) == place else _EXHAUSTIVE)
        for number, case in enumerate(cases)
        for place, other in enumerate(others)
    ]


def _exhaustive(case: Any) -> Any:
    if hasattr(case, "marks"):
        return case._replace(marks=(*case.marks, _EXHAUSTIVE))
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=_EXHAUSTIVE)
