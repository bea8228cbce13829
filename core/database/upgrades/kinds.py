"""Kinds of migrations, by whether they may run while processes of the previous release work.

A class `Migration` declares `contract = "1.4"`, the first version that no longer uses what the
migration drops, or `offline = "why"`. Without either it expands: old code works on as before.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from core.build import precedes


class Kind(StrEnum):
    """When a migration may run."""

    EXPAND = "expand"
    CONTRACT = "contract"
    OFFLINE = "offline"


def contract_version(migration: Migration) -> str:
    """Return the first version that no longer uses what `migration` drops; "" for other kinds.

    Raises ValueError where the declared one is no version.
    """
    declared = getattr(migration, "contract", "")
    if not declared:
        return ""
    try:
        precedes(str(declared), "0")
    except ValueError as error:
        raise ValueError(
            f'{migration}: contract = "{declared}" is no version like "1.4"'
        ) from error
    return str(declared)


def kind_of(migration: Migration) -> Kind:
    """Return the kind that `migration` declares; offline where it declares both."""
    if getattr(migration, "offline", ""):
        return Kind.OFFLINE
    return Kind.CONTRACT if contract_version(migration) else Kind.EXPAND


@dataclass(frozen=True)
class Pending:
    """Migrations that are not applied, in the order in which they run."""

    # Migrations that may run: they and all that they depend on are of an allowed kind.
    runnable: list[Migration]
    # Migrations of a kind that is not allowed.
    left: list[Migration]
    # Migrations of an allowed kind that depend on one that is left.
    blocked: list[Migration]


def sort_pending(
    plan: Iterable[Migration], loader: MigrationLoader, is_allowed: Callable[[Migration], bool]
) -> Pending:
    """Sort the migrations of `plan`: `is_allowed` decides each alone, dependencies block others."""
    kept: set[tuple[str, str]] = set()
    runnable: list[Migration] = []
    left: list[Migration] = []
    blocked: list[Migration] = []
    for migration in plan:
        key = (migration.app_label, migration.name)
        if not is_allowed(migration):
            left.append(migration)
            kept.add(key)
        elif kept.intersection(loader.graph.forwards_plan(key)):
            blocked.append(migration)
            kept.add(key)
        else:
            runnable.append(migration)
    return Pending(runnable, left, blocked)


def needed_migrations(connection: Any) -> list[Migration]:
    """Return the migrations that this code needs to work: all pending ones except contract.

    Migrations that are applied and that this code does not know are those of newer code.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [one for one, _backwards in plan if kind_of(one) != Kind.CONTRACT]
