"""Puts the triggers in place after a migration, takes them away before one, and looks for them."""

from typing import Any

from django.db import connections, transaction

from customers.changes import postgresql, sqlite
from customers.changes.declared import declared
from customers.changes.following import corrections


def install(*, using: str = "default") -> None:
    """Make the triggers of all declared models as they should be; does nothing where they are.

    One that was made for a model that is declared no longer is removed.
    """
    if not faults(using=using):
        return
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _remove(connection, keep=_expected(connection))
            for marked in declared():
                for statement in postgresql.definitions(marked):
                    cursor.execute(statement)
        else:
            remove(using=using)
            for statement in _expected(connection).values():
                cursor.execute(statement)


def remove(*, using: str = "default") -> int:
    """Remove all triggers, and return how many there were."""
    return _remove(connections[using], keep={})


def put_right(*, using: str = "default") -> None:
    """Make the same what the triggers keep so; to be called in the transaction that made them."""
    connection = connections[using]
    distinct = (postgresql if connection.vendor == "postgresql" else sqlite).DISTINCT
    with connection.cursor() as cursor:
        for _query, statement in corrections(distinct):
            cursor.execute(statement)


def faults(*, using: str = "default") -> list[str]:
    """Return the names of the triggers that are missing, are old or should not be there."""
    connection = connections[using]
    wanted = _expected(connection)
    found = {name: does for name, does, _table, _trigger in _installed(connection)}
    return sorted(name for name in wanted | found if wanted.get(name) != found.get(name))


def _expected(connection: Any) -> dict[str, str]:
    one = postgresql.expected if connection.vendor == "postgresql" else sqlite.expected
    return {name: does for marked in declared() for name, does in one(marked).items()}


def _installed(connection: Any) -> list[tuple[str, str, str, str]]:
    database = postgresql if connection.vendor == "postgresql" else sqlite
    with connection.cursor() as cursor:
        cursor.execute(database.INSTALLED)
        return list(cursor.fetchall())


def _remove(connection: Any, keep: dict[str, str]) -> int:
    database = postgresql if connection.vendor == "postgresql" else sqlite
    gone = [row for row in _installed(connection) if row[0] not in keep]
    with connection.cursor() as cursor:
        for _name, _does, table, trigger in gone:
            cursor.execute(database.removal(table, trigger))
    return len(gone)
