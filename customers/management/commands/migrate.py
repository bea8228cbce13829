"""Django's `migrate`, made to run while processes of the release before still work."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate as of_django
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.build import precedes, version
from core.database.upgrades.executor import PatientExecutor
from core.database.upgrades.kinds import Kind, contract_version, kind_of
from core.database.upgrades.lock_timeouts import exclusive_migration, short_locks, try_patiently
from core.processes import OLD_AFTER, Process, seen_processes
from customers.changes.triggers import remove_undeclared

# Exit status where a migration waits for everything to be stopped.
OFFLINE_PENDING = 4
# Django's options that change nothing, or that only experts use: Django's command handles them.
AS_EVER = ("plan", "check_unapplied", "fake", "fake_initial", "prune")


class Command(of_django.Command):
    help = (
        "Updates the database. On PostgreSQL, expand migrations only, which old code endures: each "
        "waits MIGRATE_LOCK_SECONDS for a lock, up to 30 times. Names what is left: exit 0 where "
        "that is for --contract, 4 for --offline."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--contract",
            action="store_true",
            help=_("also drop what no running process uses any longer"),
        )
        parser.add_argument(
            "--offline",
            action="store_true",
            help=_("also run what needs every other process to be stopped"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate as Django does, on an empty database or SQLite; otherwise beside old code."""
        database = options["database"] or DEFAULT_DB_ALIAS
        connection = connections[database]
        if connection.vendor != "postgresql" or any(options[name] for name in AS_EVER):
            super().handle(*args, **options)
            return
        with exclusive_migration(connection, self._say_waiting):
            if not MigrationRecorder(connection).applied_migrations():
                super().handle(*args, **options)
                return
            executors = self._executors(options)
            with short_locks(connection), _executing_by(executors):
                try_patiently(
                    lambda: super(Command, self).handle(*args, **options), self._say_locked
                )
                if options["contract"] and not _older_processes():
                    try_patiently(lambda: remove_undeclared(using=database), self._say_locked)
        self._end(executors.last)

    def _executors(self, options: Any) -> "_Executors":
        kinds = [Kind.EXPAND]
        if options["offline"] or options["contract"]:
            _refuse_without_signs(connections[options["database"]])
        if options["offline"]:
            _refuse_running(seen_processes())
            kinds.append(Kind.OFFLINE)
        return _Executors(kinds, self._say_locked, contract=options["contract"])

    def _say_waiting(self) -> None:
        self.stderr.write(_("Another process migrates this database: waiting for it."))

    def _say_locked(self, what: str) -> None:
        self.stderr.write(_("A lock could not be had in time, trying again: %s") % what)

    def _end(self, executor: PatientExecutor | None) -> None:
        """Name what is left, and end with the status that says what it waits for."""
        if executor is None:
            return
        left = executor.pending.left
        offline = [one for one in left if kind_of(one) == Kind.OFFLINE]
        contract = [one for one in left if kind_of(one) == Kind.CONTRACT]
        waits: Iterable[str] = getattr(executor, "waits", ())
        for one in contract:
            self.stdout.write(_("Left for --contract: %s") % one)
        for one in offline:
            self.stdout.write(
                _("Left for --offline: %(migration)s (%(why)s)")
                % {"migration": one, "why": getattr(one, "offline", "")}
            )
        for one in executor.pending.blocked:
            self.stdout.write(_("Waits for one of these: %s") % one)
        if offline:
            for text in waits:  # Asked for, too: what it waits for is named as well.
                self.stdout.write(text)
            raise CommandError(
                _("Stop every process, then run “manage.py migrate --offline”."),
                returncode=OFFLINE_PENDING,
            )
        if waits:
            raise CommandError("\n".join(waits))
        if executor.pending.blocked:
            raise CommandError(_("Run “manage.py migrate --contract” first."))


class _Executors:
    """Makes the executor of each try, with the kinds that may run."""

    def __init__(self, kinds: list[Kind], tell: Any, *, contract: bool) -> None:
        self._kinds, self._tell, self._contract = kinds, tell, contract
        self.last: PatientExecutor | None = None

    def __call__(self, connection: BaseDatabaseWrapper, callback: Any = None) -> PatientExecutor:
        executor = _Executor(connection, callback)
        executor.kinds, executor.tell = self._kinds, self._tell
        if self._contract:
            executor.seen = seen_processes(within=OLD_AFTER)
        self.last = executor
        return executor


class _Executor(PatientExecutor):
    """Also allows a contract migration when no process of an older version was seen."""

    # None: contract migrations are not asked for.
    seen: list[Process] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.waits: list[str] = []

    def is_allowed(self, migration: Migration) -> bool:
        if self.seen is None or kind_of(migration) != Kind.CONTRACT:
            return super().is_allowed(migration)
        wanted = contract_version(migration)
        old = [one for one in self.seen if one.is_older_than(wanted)]
        reasons = [str(one) for one in old]
        if precedes(version(), wanted):
            reasons.append(_("this command (%s)") % version())
        if reasons:
            self.waits.append(
                _("%(migration)s waits until nothing is older than %(version)s: %(processes)s")
                % {"migration": migration, "version": wanted, "processes": ", ".join(reasons)}
            )
        return not reasons


def _older_processes() -> list[Process]:
    """Return the processes of versions before this one that may still run."""
    return [one for one in seen_processes(within=OLD_AFTER) if one.is_older_than(version())]


def _refuse_without_signs(connection: BaseDatabaseWrapper) -> None:
    """Raise CommandError where processes cannot have noted their signs of life yet."""
    if Process._meta.db_table not in connection.introspection.table_names():
        raise CommandError(_("Run “manage.py migrate” without these options first."))


def _refuse_running(processes: list[Process]) -> None:
    """Raise CommandError where a process runs: --offline is for when everything is stopped."""
    running = [str(one) for one in processes if one.is_running]
    if running:
        raise CommandError(
            ngettext(
                "A process still runs; stop it first: %s",
                "Processes still run; stop them first: %s",
                len(running),
            )
            % ", ".join(running)
        )


@contextmanager
def _executing_by(executors: _Executors) -> Iterator[None]:
    """Have Django's command make its executor by `executors`; it has no place to name one."""
    command: Any = of_django
    usual = command.MigrationExecutor
    command.MigrationExecutor = executors
    try:
        yield
    finally:
        command.MigrationExecutor = usual
