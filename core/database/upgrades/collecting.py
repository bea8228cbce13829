"""The SQL that a migration has on PostgreSQL, made without a server and whatever is configured."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.utils import ConnectionHandler

# The oldest that is supported: an SQL that a newer one would get is not better.
POSTGRESQL = 14_00_00


class AsksServer(Exception):
    """An operation asks the database before it decides on its SQL."""


class _Editor(DatabaseSchemaEditor):
    """Collects statements; constraints, whose names only a server knows, have made-up ones."""

    def execute(self, sql: Any, params: Any = ()) -> None:
        # PostgreSQL's own would have a connection write the parameters into the statement.
        BaseDatabaseSchemaEditor.execute(self, sql, params)

    def _constraint_names(self, model: Any, *args: Any, **wanted: Any) -> list[str]:
        return [f"constraint_of_{model._meta.db_table}"]

    def _get_sequence_name(self, table: str, column: str) -> str:
        return f"{table}_{column}_seq"

    def _is_collation_deterministic(self, collation_name: str) -> bool:
        return True


def postgresql_without_server() -> BaseDatabaseWrapper:
    """Return a PostgreSQL connection that raises AsksServer instead of connecting to a server."""
    settings = {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}
    connection: Any = ConnectionHandler({DEFAULT_DB_ALIAS: settings})[DEFAULT_DB_ALIAS]
    connection.pg_version = POSTGRESQL

    def refuse(*args: Any, **more: Any) -> None:
        raise AsksServer

    connection.connect = connection.cursor = refuse
    found: BaseDatabaseWrapper = connection
    return found


def collect_sql(
    operation: Operation,
    app_label: str,
    before: ProjectState,
    after: ProjectState,
    connection: BaseDatabaseWrapper,
) -> list[str]:
    """Return the statements of `operation` between two states; raises AsksServer."""
    editor: Any = _Editor(connection, collect_sql=True, atomic=False)
    with editor:
        operation.database_forwards(app_label, editor, before, after)
    return list(editor.collected_sql)
