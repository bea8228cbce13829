"""Installs and removes the triggers around migrations, and finds missing or old ones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from core.build import precedes, version
from customers.changes import postgresql, sqlite
from customers.changes.declared import declared
from customers.changes.following import corrections

# The stamp of a function: its version, or unfinished until earlier rows are corrected.
STAMP, UNFINISHED = "Tranche ", "Tranche unfinished"


def install(*, using: str = "default", stamp: str = "") -> None:
    """Install the triggers of all declared models; do nothing where they are right.

    A trigger of a model that is no longer declared is removed. On PostgreSQL each table has a short
    transaction of its own, and its function gets `stamp`, by default that of this version.
    """
    if not faults(using=using):
        return
    connection = connections[using]
    if connection.vendor != "postgresql":
        with transaction.atomic(using=using), connection.cursor() as cursor:
            remove(using=using)
            for statement in _expected(connection).values():
                cursor.execute(statement)
        return
    keep = {
        *_expected(connection),
        *(one.name for one in _installed_triggers(connection) if one.is_apart),
    }
    with transaction.atomic(using=using):
        _remove(connection, keep=keep)
    stamps = {one.table: one.stamp for one in _installed_triggers(connection)}
    wrong = set(faults(using=using))
    for marked in declared():
        expected = set(postgresql.expected_triggers(marked))
        # Where one of its triggers is missing, the function is made again as well.
        if expected & wrong and not _is_newer(stamps.get(marked.model._meta.db_table, "")):
            installed = {one.name for one in _installed_triggers(connection)}
            with transaction.atomic(using=using), connection.cursor() as cursor:
                for statement in postgresql.definitions(marked, installed, stamp or _own_stamp()):
                    cursor.execute(statement)


def stamp_installed(*, using: str = "default") -> None:
    """Stamp the functions with this version, except functions of newer versions."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    stamps = {one.table: one.stamp for one in _installed_triggers(connection)}
    for marked in declared():
        found = stamps.get(marked.model._meta.db_table)
        if found is not None and found != _own_stamp() and not _is_newer(found):
            with connection.cursor() as cursor:
                cursor.execute(postgresql.stamping(marked, _own_stamp()))


def remove_undeclared(*, using: str = "default") -> int:
    """Remove triggers of older versions that this version does not declare; return how many."""
    connection = connections[using]
    keep = set(_expected(connection))
    keep |= {one.name for one in _installed_triggers(connection) if _is_newer(one.stamp)}
    return _remove(connection, keep=keep)


def remove(*, using: str = "default") -> int:
    """Remove all triggers, and return how many there were."""
    return _remove(connections[using], keep=())


def put_right(*, using: str = "default") -> None:
    """Correct all copied columns; call this in the transaction that installed the triggers."""
    connection = connections[using]
    distinct = (postgresql if connection.vendor == "postgresql" else sqlite).DISTINCT
    with connection.cursor() as cursor:
        for _query, statement in corrections(distinct):
            cursor.execute(statement)


def faults(*, using: str = "default") -> list[str]:
    """Return the names of the triggers that are missing, old or superfluous.

    Triggers of a newer version count as right, since that version knows what this one needs.
    Further triggers of an older version stay until none of its processes runs
    (`remove_undeclared`).
    """
    connection = connections[using]
    wanted = _expected(connection)
    found = {one.name: one for one in _installed_triggers(connection)}
    return sorted(
        name
        for name in wanted | found
        if name not in found
        or found[name].stamp == UNFINISHED
        or (
            wanted.get(name) != found[name].does
            and not _is_newer(found[name].stamp)
            and (name in wanted or not found[name].is_apart)
        )
    )


@dataclass(frozen=True)
class _Installed:
    """An installed trigger: its code, and the version that made it, where that is stored."""

    name: str
    does: str
    table: str
    trigger: str
    stamp: str

    @property
    def is_apart(self) -> bool:
        """Whether another version made the trigger, which is then kept although undeclared."""
        return self.stamp not in ("", UNFINISHED, _own_stamp())


def _own_stamp() -> str:
    return STAMP + version()


def _is_newer(stamp: str) -> bool:
    try:
        return precedes(version(), stamp.removeprefix(STAMP))
    except ValueError:
        return False


def _expected(connection: Any) -> dict[str, str]:
    one = (
        postgresql.expected_triggers
        if connection.vendor == "postgresql"
        else sqlite.expected_triggers
    )
    return {name: does for marked in declared() for name, does in one(marked).items()}


def _installed_triggers(connection: Any) -> list[_Installed]:
    database = postgresql if connection.vendor == "postgresql" else sqlite
    with connection.cursor() as cursor:
        cursor.execute(database.INSTALLED)
        return [_Installed(*row) for row in cursor.fetchall()]


def _remove(connection: Any, keep: Collection[str]) -> int:
    database = postgresql if connection.vendor == "postgresql" else sqlite
    gone = [one for one in _installed_triggers(connection) if one.name not in keep]
    with connection.cursor() as cursor:
        for one in gone:
            cursor.execute(database.removal(one.table, one.trigger))
    return len(gone)
