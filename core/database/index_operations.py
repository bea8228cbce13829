"""Adds an index to a table that working processes write to."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


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
