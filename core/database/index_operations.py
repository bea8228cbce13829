"""Adds and drops indexes of tables that working processes write to."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.migrations import AddIndex, AlterField


class AddIndexBesideWriters(AddIndexConcurrently):
    """Adds an index without blocking writers on PostgreSQL, and as Django does on SQLite.

    The migration has `atomic = False`.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        self._operation(schema_editor).database_forwards(self, app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        self._operation(schema_editor).database_backwards(self, app_label, schema_editor, *states)

    def _operation(self, schema_editor: Any) -> type[AddIndex]:
        is_postgresql = schema_editor.connection.vendor == "postgresql"
        return AddIndexConcurrently if is_postgresql else AddIndex


class DropFieldIndexBesideWriters(NotInTransactionMixin, AlterField):
    """Drops the index of a foreign key that gets `db_index=False`, and alters nothing else.

    On PostgreSQL it blocks no writers, on SQLite it does not copy the table, as Django's own
    operation would. The migration has `atomic = False`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            name = schema_editor.quote_name(self._index_name(schema_editor, model))
            schema_editor.execute(f"DROP INDEX {_beside(schema_editor)}IF EXISTS {name}")

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            quote = schema_editor.quote_name
            schema_editor.execute(
                f"CREATE INDEX {_beside(schema_editor)}IF NOT EXISTS "
                f"{quote(self._index_name(schema_editor, model))} ON {quote(model._meta.db_table)} "
                f"({quote(model._meta.get_field(self.name).column)})"
            )

    def _index_name(self, schema_editor: Any, model: Any) -> str:
        """Return the name that Django gave the index."""
        column = model._meta.get_field(self.name).column
        name: str = schema_editor._create_index_name(model._meta.db_table, [column])
        return name


def _beside(schema_editor: Any) -> str:
    return "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
