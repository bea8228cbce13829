"""The interface of an engine: open a shop snapshot, query ids, interrupt a query.

The engines' libraries are optional: each is imported when its engine is first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from conditions.engines.translation import Dialect, Translated
    from customers.snapshots.manifest import Manifest

# The module that has `ENGINE`, and the extra (optional dependency) that it needs.
MODULES: Mapping[str, tuple[str, str]] = {
    "duckdb": ("conditions.engines.duckdb", "duckdb"),
    "spark": ("conditions.engines.spark", "spark"),
}


class EngineMissing(ValueError):
    """There is no such engine, or one of its libraries is missing; the message names it."""


class EngineFailed(Exception):
    """An engine could not answer: out of memory, a broken file, interrupted."""


class Session(Protocol):
    """An engine over the tables of one shop snapshot."""

    def ids(self, statement: Translated) -> Iterator[Sequence[int]]:
        """Yield the first column of a statement, in batches; raises EngineFailed, EngineCannot."""
        ...

    def rows(self, statement: Translated) -> list[tuple[int, ...]]:
        """Return the (few) rows of a statement of whole numbers; raises as `ids` does."""
        ...

    def interrupt(self) -> None:
        """End the running query, from another thread; the query then raises EngineFailed."""
        ...


def never_over() -> bool:
    """Return False: the answer is wanted, however long it takes."""
    return False


class Opened(Protocol):
    """The function that opens a shop snapshot, by its location, in an engine."""

    def __call__(
        self, location: str, manifest: Manifest, is_over: Callable[[], bool] = never_over
    ) -> AbstractContextManager[Session]:
        """Give a session over the snapshot; raises EngineFailed, also where `is_over` is true."""
        ...


@dataclass(frozen=True)
class Engine:
    """An engine: its name, its dialect, and the function that opens a snapshot."""

    name: str
    dialect: Dialect
    opened: Opened


def require_known(name: str) -> None:
    """Raise ImproperlyConfigured where REFRESH_ENGINE is `name` and no engine has this name."""
    if name and name not in MODULES:
        raise ImproperlyConfigured(f"REFRESH_ENGINE: {', '.join(MODULES)}, or nothing.")


def engine(name: str) -> Engine:
    """Return the engine of this name; raises EngineMissing."""
    if name not in MODULES:
        raise EngineMissing(
            _("“%(name)s” is no engine; there are %(all)s.")
            % {"name": name, "all": ", ".join(MODULES)}
        )
    module, extra = MODULES[name]
    try:
        found: Engine = import_module(module).ENGINE
    except ImportError as error:
        raise EngineMissing(
            _(
                "The engine “%(name)s” needs the extra “%(extra)s”"
                " (bin/prepare %(extra)s): %(error)s"
            )
            % {"name": name, "extra": extra, "error": error}
        ) from error
    return found
