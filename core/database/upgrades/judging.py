"""Judges the migrations of a release: each is of the kind that it declares, or is refused."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.migrations import AlterField, Migration, RunPython, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from core.database.index_operations import (
    DropFieldIndexBesideWriters,
    DropPrefixIndexesBesideWriters,
)
from core.database.upgrades.batches import is_in_batches, models_of
from core.database.upgrades.collecting import AsksServer, collect_sql, postgresql_without_server
from core.database.upgrades.kinds import kind_of
from core.database.upgrades.refusals import Code, Finding, Refusal
from core.database.upgrades.statements import read_statement, split_statements
from core.database.upgrades.tables import Tables


class Judge:
    """Reads all migrations in order; released ones only supply the state of the tables."""

    def __init__(self, released: Iterable[str]) -> None:
        self._released = frozenset(released)
        self._connection = postgresql_without_server()
        self._tables = Tables()
        # Migrations that were judged, by `app.name`.
        self.judged: list[str] = []

    def refusals(self) -> Iterator[Refusal]:
        """Yield what is refused, in the order in which migrations run."""
        loader = MigrationLoader(None)
        state = ProjectState(real_apps=loader.unmigrated_apps)
        migrations = [loader.graph.nodes[key] for key in _in_order(loader)]
        # Released migrations first: models rendered for a new one would be rendered again for each.
        for migration in migrations:
            if str(migration) in self._released:
                migration.mutate_state(state, preserve=False)
        for migration in migrations:
            if str(migration) not in self._released:
                self.judged.append(str(migration))
                yield from self._judge(migration, state)

    def _judge(self, migration: Migration, state: ProjectState) -> Iterator[Refusal]:
        self._tables.begin(is_atomic=migration.atomic)
        declared = kind_of(migration)
        for number, operation in enumerate(migration.operations, start=1):
            for finding in self._findings(operation, migration, state):
                if declared not in finding.kinds:
                    yield Refusal(str(migration), number, declared, finding)

    def _findings(
        self, operation: Operation, migration: Migration, state: ProjectState
    ) -> Iterator[Finding]:
        """Yield what `operation` does, and take `state` through it."""
        app_label = migration.app_label
        if isinstance(operation, SeparateDatabaseAndState):
            apart = state.clone()
            for one in operation.database_operations:
                yield from self._findings(one, migration, apart)
            operation.state_forwards(app_label, state)
            return
        before = state.clone()
        operation.state_forwards(app_label, state)
        if isinstance(operation, DropFieldIndexBesideWriters | DropPrefixIndexesBesideWriters):
            return  # Old code works without an index that is not unique.
        if isinstance(operation, RunPython):
            yield from self._read_python(operation, before)
            return
        self._tables.defaulted.clear()
        self._tables.type_of = lambda table, column: self._type_of(before, table, column)
        self._tables.is_required = lambda table, column: not _is_null(before, table, column)
        self._tables.never_null |= set(_checked_columns(before, self._tables))
        if isinstance(operation, AlterField):
            yield from _removed_choices(operation, app_label, before)
        try:
            statements = collect_sql(operation, app_label, before, state, self._connection)
        except AsksServer:
            what = f"{type(operation).__name__} asks the database: declare contract or offline"
            yield Finding(Code.UNKNOWN_SQL, what)
            return
        for statement in split_statements("\n".join(statements)):
            yield from read_statement(statement, self._tables)

    def _read_python(self, operation: RunPython, before: ProjectState) -> Iterator[Finding]:
        function = operation.code
        if function == RunPython.noop:
            return
        wanted = models_of(function)
        tables = {_table_of(before, *model) for model in wanted}
        if wanted and tables <= self._tables.created:
            return
        if self._tables.is_atomic or operation.atomic or not is_in_batches(function):
            name = getattr(function, "__name__", "a function")
            what = f"RunPython {name} in one transaction, or not in batches of at most 10,000"
            yield Finding(Code.DATA_IN_TRANSACTION, what)

    def _type_of(self, state: ProjectState, table: str, column: str) -> str:
        field = _field_of(state, table, column)
        found = field.db_parameters(connection=self._connection) if field else {}
        collation = found.get("collation")
        return str(found.get("type") or "") + (f" COLLATE {collation}" if collation else "")


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return all migrations, each after those that it depends on."""
    order: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        order |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(order)


def _models_in(state: ProjectState) -> Iterator[type[models.Model]]:
    yield from state.apps.get_models(include_auto_created=True)


def _field_of(state: ProjectState, table: str, column: str) -> Any:
    for model in _models_in(state):
        if model._meta.db_table == table:
            for field in model._meta.local_concrete_fields:
                if field.column == column:
                    return field
    return None


def _is_null(state: ProjectState, table: str, column: str) -> bool:
    field = _field_of(state, table, column)
    return field is None or bool(field.null)


def _table_of(state: ProjectState, app_label: str, name: str) -> str:
    try:
        return str(state.apps.get_model(app_label, name)._meta.db_table)
    except LookupError:
        return ""


def _checked_columns(state: ProjectState, tables: Tables) -> Iterator[tuple[str, str]]:
    """Yield the columns that a validated check of a model keeps from being null."""
    for model in _models_in(state):
        for constraint in model._meta.constraints:
            if not isinstance(constraint, models.CheckConstraint):
                continue
            table = model._meta.db_table
            if (table, constraint.name) in tables.not_valid:
                continue
            condition: Any = constraint.condition
            if not isinstance(condition, models.Q) or condition.negated:
                continue
            if condition.connector != models.Q.AND:
                continue
            for child in condition.children:
                if isinstance(child, tuple) and child[1] is False:
                    name, _sep, lookup = str(child[0]).rpartition("__")
                    if lookup == "isnull":
                        field: Any = model._meta.get_field(name)
                        yield table, field.column


def _removed_choices(
    operation: AlterField, app_label: str, before: ProjectState
) -> Iterator[Finding]:
    """Yield that a choice is gone, which old code still writes."""
    old = before.models[app_label, operation.model_name_lower].fields[operation.name]
    was, now = _choices(old), _choices(operation.field)
    gone = sorted(map(str, was - now))
    if was and now and gone:
        place = f"{app_label}.{operation.model_name}.{operation.name}"
        what = f"a choice of {place} is removed: {', '.join(gone)} (old code may write it)"
        yield Finding(Code.DROPS, what)


def _choices(field: Any) -> set[Any]:
    return {value for value, _label in field.flatchoices or ()}
