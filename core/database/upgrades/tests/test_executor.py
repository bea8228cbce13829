"""Migrations beside working processes: short locks, taken up again, one at a time."""

from threading import Event, Thread

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import IntegrityError, connection, connections, models, transaction
from django.db.migrations import AddField, CreateModel, Migration, RunPython, RunSQL
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from core.database.index_operations import DropFieldIndexBesideWriters
from core.database.upgrades import lock_timeouts
from core.database.upgrades.executor import STEPS, PatientExecutor
from core.database.upgrades.lock_timeouts import exclusive_migration, short_locks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer"),
]
MODEL = CreateModel(
    "Thing", [("id", models.BigAutoField(primary_key=True)), ("a", models.IntegerField())]
)


@pytest.fixture
def executor(monkeypatch):
    """An executor, and the table conditions_thing."""
    monkeypatch.setattr(lock_timeouts, "PAUSE", 0.01)
    made = PatientExecutor(connection)
    made.state = ProjectState()
    made.apply_migration(made.state, migration("made", MODEL))
    MODEL.state_forwards("conditions", made.state)
    yield made
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS conditions_thing, {STEPS}")
    MigrationRecorder.Migration.objects.filter(app="conditions", name__startswith="test_").delete()


def migration(name, *operations, atomic=True):
    made = Migration(f"test_{name}", "conditions")
    made.operations, made.atomic = list(operations), atomic
    return made


def is_recorded(name):
    applied = MigrationRecorder.Migration.objects.filter(app="conditions")
    return applied.filter(name=f"test_{name}").exists()


def in_thread(work):
    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread


def test_a_held_lock_is_waited_for_shortly_and_asked_for_again(executor, settings):
    settings.MIGRATE_LOCK_SECONDS = 0.1
    is_held, may_end, tries = Event(), Event(), []

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE conditions_thing IN ACCESS SHARE MODE")
            is_held.set()
            may_end.wait(30)

    def tell(what):
        tries.append(what)
        if len(tries) == 3:
            may_end.set()

    thread = in_thread(hold)
    assert is_held.wait(30)
    executor.tell = tell
    added = AddField("thing", "b", models.IntegerField(null=True))
    with short_locks(connection):
        executor.apply_migration(executor.state, migration("added", added))
    thread.join()
    assert len(tries) >= 3
    assert is_recorded("added")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(b) FROM conditions_thing")
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_what_was_broken_off_goes_on_where_it_was(executor):
    calls = []

    def fill(apps, editor):
        calls.append("fill")
        editor.execute("INSERT INTO conditions_thing (a) VALUES (1), (1)")

    operations = [
        AddField("thing", "b", models.IntegerField(null=True)),
        RunPython(fill),
        AddIndexConcurrently("thing", models.Index(fields=["b"], name="thing_b")),
        RunSQL("CREATE UNIQUE INDEX CONCURRENTLY thing_a ON conditions_thing (a)"),
    ]
    wanted = migration("broken", *operations, atomic=False)
    with pytest.raises(IntegrityError):
        executor.apply_migration(executor.state.clone(), wanted)
    assert not is_recorded("broken")
    with connection.cursor() as cursor:
        # A process killed between an index and its note leaves no note; the other is half built.
        cursor.execute(f"DELETE FROM {STEPS} WHERE operation = 3")
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'thing_a'::regclass")
        assert cursor.fetchone() == (False,)
        cursor.execute("DELETE FROM conditions_thing WHERE id = 1")

    executor.apply_migration(executor.state.clone(), wanted)

    assert calls == ["fill"]
    assert is_recorded("broken")
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'thing_a'::regclass")
        assert cursor.fetchone() == (True,)
        cursor.execute(f"SELECT count(*) FROM {STEPS}")
        assert cursor.fetchone() == (0,)


def test_one_migrates_while_another_waits(executor, monkeypatch):
    monkeypatch.setattr(lock_timeouts, "LOOK", 0.01)
    waits, order = Event(), []

    def second():
        with exclusive_migration(connection, waits.set):
            order.append("second")

    with exclusive_migration(connection, lambda: None):
        thread = in_thread(second)
        assert waits.wait(30)
        # What the other waits for keeps no snapshot, which this would wait for.
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX CONCURRENTLY thing_a ON conditions_thing (a)")
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_index_of_a_foreign_key_is_dropped_and_made_again(executor):
    """PostgreSQL refuses both in a transaction, and a repeated attempt finds no index any more."""

    def key(**more):
        return models.ForeignKey("self", models.CASCADE, null=True, **more)

    def indexes():
        with connection.cursor() as cursor:
            return sorted(connection.introspection.get_constraints(cursor, "conditions_thing"))

    add, drop = (
        AddField("Thing", "of", key()),
        DropFieldIndexBesideWriters("Thing", "of", key(db_index=False)),
    )
    executor.apply_migration(executor.state, migration("key", add))
    before = executor.state.clone()
    add.state_forwards("conditions", before)
    after = before.clone()
    drop.state_forwards("conditions", after)
    with_index = indexes()
    for name in ("dropped", "dropped_again"):
        executor.apply_migration(before.clone(), migration(name, drop, atomic=False))
    assert len(indexes()) == len(with_index) - 1
    with connection.schema_editor(atomic=False) as editor:
        drop.database_backwards("conditions", editor, after, before)
    assert indexes() == with_index
