"""Adds and drops indexes of tables that working processes write to."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.migrations import AddIndex, AlterField
from django.db.migrations.operations.base import Operation


class AddIndexBesideWriters(AddIndexConcurrently):
    """Adds an index without blocking writers on PostgreSQL, and as Django does on SQLite.

    The migration has `atomic = False`. On SQLite, where nothing records how far a killed migration
    got, an index that is there already is passed over; on PostgreSQL `migrate` skips it.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        states = from_state, to_state
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)
        elif not self._exists(app_label, schema_editor, to_state):
            AddIndex.database_forwards(self, app_label, schema_editor, *states)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        states = from_state, to_state
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, *states)
        elif self._exists(app_label, schema_editor, from_state):
            AddIndex.database_backwards(self, app_label, schema_editor, *states)

    def _exists(self, app_label: str, schema_editor: Any, state: Any) -> bool:
        connection = schema_editor.connection
        table = state.apps.get_model(app_label, self.model_name)._meta.db_table
        with connection.cursor() as cursor:
            return self.index.name in connection.introspection.get_constraints(cursor, table)


class DropFieldIndexBesideWriters(NotInTransactionMixin, AlterField):
    """Drops the index of a foreign key that gets `db_index=False`, and alters nothing else.

    On PostgreSQL it blocks no writers, on SQLite it does not copy the table, as Django's own
    operation would. The migration has `atomic = False`. ValueError where the field differs from
    the one of before in anything else, which would change the state but not the table.
    """

    def state_forwards(self, app_label: str, state: Any) -> None:
        before = state.models[app_label, self.model_name_lower].get_field(self.name)
        if _apart_from_index(before) != _apart_from_index(self.field):
            raise ValueError(f"{self.model_name}.{self.name} changes by more than db_index")
        super().state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            self._ensure_not_in_transaction(schema_editor)
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


class DropPrefixIndexesBesideWriters(NotInTransactionMixin, Operation):
    """Drops the indexes for `LIKE 'x%'` that Django gives unique texts on PostgreSQL.

    Each write to the table has to maintain such an index, which no query for equality uses. The
    operation blocks no writers; the migration has `atomic = False`. SQLite has no such indexes.
    """

    atomic = False

    def __init__(self, model_name: str, *fields: str) -> None:
        self.model_name, self.fields = model_name, fields

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, *self.fields], {}

    def describe(self) -> str:
        return f"Drop the indexes for prefixes of {self.model_name}: {', '.join(self.fields)}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: models do not declare these indexes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for index in self._indexes(app_label, schema_editor, to_state):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index.parts['name']}")

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for index in self._indexes(app_label, schema_editor, to_state):
            index.template = schema_editor.sql_create_index_concurrently
            schema_editor.execute(index, params=None)

    def _indexes(self, app_label: str, schema_editor: Any, state: Any) -> list[Any]:
        """Return Django's statements that create the indexes; none on SQLite."""
        connection = schema_editor.connection
        model = state.apps.get_model(app_label, self.model_name)
        if connection.vendor != "postgresql" or not self.allow_migrate_model(
            connection.alias, model
        ):
            return []
        self._ensure_not_in_transaction(schema_editor)
        fields = map(model._meta.get_field, self.fields)
        return [schema_editor._create_like_index_sql(model, field) for field in fields]


def _apart_from_index(field: Any) -> tuple[Any, ...]:
    _name, path, arguments, options = field.deconstruct()
    return path, arguments, {**options, "db_index": None}


def _beside(schema_editor: Any) -> str:
    return "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
