"""The mark of queries that are compiled for an engine other than the two databases.

Where PostgreSQL needs tables of offsets or days in the statement, or an aggregate of its own, the
portable form is a call of one of our functions by name, as on SQLite. The translation for each
engine (`conditions.engines`) replaces these calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_portable = ContextVar("portable", default=False)


@contextmanager
def portable() -> Iterator[None]:
    """Compile PostgreSQL's statements in the block with our own functions called by name."""
    token = _portable.set(True)
    try:
        yield
    finally:
        _portable.reset(token)


def is_portable() -> bool:
    """Return whether the statement being compiled is for another engine."""
    return _portable.get()
