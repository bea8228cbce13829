"""Statements that stand before the outermost rank, under a name each.

SQLite parses few levels of sub-selects, and a population may depend on anything, ranks of other
segments too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from conditions.sql.statement import Statement

# Those of the rank that is compiled just now; None: it is no rank.
_before: ContextVar[list[Statement] | None] = ContextVar("statements before a rank", default=None)


def is_within_rank() -> bool:
    """Return whether something is compiled that stands in a rank."""
    return _before.get() is not None


@contextmanager
def before_rank() -> Iterator[list[Statement]]:
    """Collect what is set aside in the block, which compiles the outermost rank."""
    before: list[Statement] = []
    token = _before.set(before)
    try:
        yield before
    finally:
        _before.reset(token)


def set_aside(statement: Statement) -> Statement:
    """Return what to select from instead of `statement`: a name, or itself outside of a rank."""
    before = _before.get()
    sql, params = statement
    if before is None:
        return f"({sql})", params
    before.append(statement)
    return _name(len(before)), ()


def with_before(before: list[Statement], statement: Statement) -> Statement:
    """Return `statement` with those that stand `before` it."""
    sql, params = statement
    if not before:
        return statement
    named = ", ".join(f"{_name(number)} AS ({one})" for number, (one, _its) in enumerate(before, 1))
    return f"WITH {named} {sql}", (*(param for _one, its in before for param in its), *params)


def _name(number: int) -> str:
    return f"rank_{number}"
