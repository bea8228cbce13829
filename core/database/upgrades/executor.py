"""Runs migrations beside working processes; one that was killed half-way is taken up again."""

import re
from collections.abc import Callable, Collection
from typing import Any

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import transaction
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from core.database.upgrades.kinds import Kind, Pending, kind_of, sort_pending
from core.database.upgrades.lock_timeouts import try_patiently

# The finished operations of migrations without a transaction of their own; like Django's own table
# of migrations, this table belongs to no model.
STEPS = "tranche_migration_steps"
CREATE_STEPS = (
    f"CREATE TABLE IF NOT EXISTS {STEPS} (app text, name text, operation integer,"
    " PRIMARY KEY (app, name, operation))"
)
INDEX = re.compile(
    r"\s*(?P<verb>CREATE|DROP)\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(IF\s+(NOT\s+)?EXISTS\s+)?"
    r'"?(?P<name>[^\s"(;]+)"?',
    re.IGNORECASE,
)
# Statements that PostgreSQL refuses in a transaction, and procedures that end it themselves.
OUTSIDE = re.compile(
    r"\b(CONCURRENTLY|VACUUM|COMMIT|ADD\s+VALUE|CALL|DATABASE|SYSTEM)\b", re.IGNORECASE
)
IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class PatientExecutor(MigrationExecutor):
    """Runs migrations of allowed kinds: each as a whole, or operation by operation.

    A migration in a transaction is recorded in it. The operations of others are recorded one by
    one, those that can be in one transaction with the record.
    """

    kinds: Collection[Kind] = (Kind.EXPAND,)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pending = Pending([], [], [])
        self.tell: Callable[[str], None] = lambda text: None

    def migration_plan(self, targets: Any, clean_start: bool = False) -> Any:
        """Return the plan; forwards without what is not allowed to run now."""
        plan = super().migration_plan(targets, clean_start)
        if clean_start or any(backwards for _migration, backwards in plan):
            return plan
        self.pending = sort_pending([one for one, _no in plan], self.loader, self.is_allowed)
        return [(one, False) for one in self.pending.runnable]

    def is_allowed(self, migration: Migration) -> bool:
        """Return whether `migration` may run now, if all that it depends on has run."""
        return kind_of(migration) in self.kinds

    def apply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> ProjectState:
        """Apply `migration`, patiently, and record it."""
        if fake or fake_initial:
            return super().apply_migration(state, migration, fake, fake_initial)
        if not migration.atomic:
            return self._apply_steps(state, migration)

        def apply() -> ProjectState:
            # With the record, which Django otherwise writes after the deferred statements.
            with transaction.atomic(using=self.connection.alias):
                return super(PatientExecutor, self).apply_migration(state.clone(), migration)

        return try_patiently(apply, self._teller(migration))

    def _apply_steps(self, state: ProjectState, migration: Migration) -> ProjectState:
        if self.progress_callback:
            self.progress_callback("apply_start", migration, False)
        done = self._done(migration)
        for number, operation in enumerate(migration.operations, start=1):
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            if number not in done:
                step = _Step(self, migration, number, operation, before, state)
                try_patiently(step.run, self._teller(migration))
        with transaction.atomic(using=self.connection.alias):
            recorder: Any = self  # Its stubs are of an older Django.
            recorder.record_migration(migration)
            self._execute(f"DELETE FROM {STEPS} WHERE app = %s AND name = %s", _key(migration))
        if self.progress_callback:
            self.progress_callback("apply_success", migration, False)
        return state

    def _done(self, migration: Migration) -> set[int]:
        self._execute(CREATE_STEPS)
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT operation FROM {STEPS} WHERE app = %s AND name = %s", _key(migration)
            )
            return {number for (number,) in cursor.fetchall()}

    def note_done(self, migration: Migration, number: int) -> None:
        """Record that operation `number` of `migration` is done."""
        self._execute(f"INSERT INTO {STEPS} VALUES (%s, %s, %s)", [*_key(migration), number])

    def _execute(self, sql: str, params: list[Any] | None = None) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)

    def _teller(self, migration: Migration) -> Callable[[str], None]:
        return lambda attempt: self.tell(f"{migration} ({attempt})")


class _Step:
    """One operation of a migration that has no transaction of its own."""

    def __init__(
        self,
        executor: PatientExecutor,
        migration: Migration,
        number: int,
        operation: Operation,
        before: ProjectState,
        after: ProjectState,
    ) -> None:
        self._executor, self._migration, self._number = executor, migration, number
        self._operation, self._before, self._after = operation, before, after.clone()

    def run(self) -> None:
        """Do the operation and record it; an index of an earlier attempt does not hinder it."""
        alias = self._executor.connection.alias
        if _may_be_in_transaction(self._operation):
            with transaction.atomic(using=alias):
                self._do()
                self._note()
            return
        with self._executor.connection.execute_wrapper(self._skip_indexes_that_are_done):
            self._do()
        self._note()

    def _do(self) -> None:
        with self._executor.connection.schema_editor(atomic=False) as editor:
            self._operation.database_forwards(
                self._migration.app_label, editor, self._before, self._after
            )

    def _note(self) -> None:
        self._executor.note_done(self._migration, self._number)

    def _skip_indexes_that_are_done(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Pass over an index that is built, or dropped, already; drop one that is half built."""
        found = INDEX.match(str(sql))
        if not found:
            return execute(sql, params, many, context)
        name = f'"{found["name"]}"'
        with self._executor.connection.cursor() as cursor:
            cursor.execute(IS_VALID, [name])
            row = cursor.fetchone()
            if found["verb"].upper() == "DROP":
                return execute(sql, params, many, context) if row else None
            if row and row[0]:
                return None
            if row:
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        return execute(sql, params, many, context)


def _may_be_in_transaction(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(_may_be_in_transaction, operation.database_operations))
    if isinstance(operation, RunPython):
        return bool(operation.atomic)
    if isinstance(operation, RunSQL):
        return not OUTSIDE.search(str(operation.sql))
    return not isinstance(operation, NotInTransactionMixin)


def _key(migration: Migration) -> list[str]:
    return [migration.app_label, migration.name]
