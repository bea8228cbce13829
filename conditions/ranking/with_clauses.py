"""Statements placed before the outermost rank (WITH), each under a name.

SQLite parses few levels of sub-selects, and a population may depend on anything, ranks of other
segments too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from conditions.sql.statement import Statement

Make = Callable[[Any], Statement]


@dataclass
class Before:
    """The statements before a rank; `names` has the names of statements used more than once."""

    statements: list[Statement] = field(default_factory=list)
    names: dict[Make, str] = field(default_factory=dict)

    def add(self, statement: Statement) -> str:
        """Add a statement unless it is there, and return its name."""
        if statement not in self.statements:
            self.statements.append(statement)
        return _name(self.statements.index(statement) + 1)


# The statements before the rank being compiled; None outside of a rank.
_before: ContextVar[Before | None] = ContextVar("statements before a rank", default=None)


def is_within_rank() -> bool:
    """Return whether the expression being compiled stands within a rank."""
    return _before.get() is not None


@contextmanager
def before_rank() -> Iterator[Before]:
    """Collect the statements set aside in the block, which compiles the outermost rank."""
    before = Before()
    token = _before.set(before)
    try:
        yield before
    finally:
        _before.reset(token)


def set_aside(statement: Statement) -> Statement:
    """Return what to select from in place of `statement`: a name; outside a rank, itself."""
    before = _before.get()
    sql, params = statement
    return (f"({sql})", params) if before is None else (before.add(statement), ())


def set_aside_once(make: Make, compiler: Any) -> str:
    """Return the name of the statement that `make` returns, made once; only within a rank."""
    before = _before.get()
    assert before is not None
    if make not in before.names:
        before.names[make] = before.add(make(compiler))
    return before.names[make]


def with_before(before: Before, statement: Statement) -> Statement:
    """Return `statement` with the statements that stand `before` it."""
    sql, params = statement
    if not before.statements:
        return statement
    all_before = enumerate(before.statements, 1)
    named = ", ".join(f"{_name(number)} AS ({one})" for number, (one, _its) in all_before)
    its = (param for _one, params in before.statements for param in params)
    return f"WITH {named} {sql}", (*its, *params)


def _name(number: int) -> str:
    return f"rank_{number}"
