"""Which pending migrations may run now, and which of them new code needs."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.recorder import MigrationRecorder

from core.clock import now
from core.database.upgrades.kinds import contract_version, sort_pending
from core.processes import Process, note_process, seen_processes
from customers.management.commands.migrate import _Executors, _refuse_running
from customers.tests.upgrades.packages import write_package

FILES = {
    "0002_expands": "---\n    operations = []\n",
    "0003_drops": '---\n    contract = "0.1"\n    operations = []\n',
}


def migration(name, **declared):
    made = Migration(name, "conditions")
    vars(made).update(declared)
    return made


def test_what_depends_on_a_migration_that_is_left_waits_for_it():
    plan = [migration("a"), migration("b", contract="1"), migration("c"), migration("d")]
    needs = {"c": ["b", "c"], "d": ["a", "d"]}
    graph = SimpleNamespace(
        forwards_plan=lambda key: [(key[0], one) for one in needs.get(key[1], [])]
    )
    loader = SimpleNamespace(graph=graph)
    found = sort_pending(plan, loader, lambda one: not contract_version(one))
    names = [[one.name for one in some] for some in (found.runnable, found.left, found.blocked)]
    assert names == [["a", "d"], ["b"], ["c"]]


@pytest.mark.django_db
def test_ready_waits_for_expand_alone_and_old_code_for_nothing_newer(
    client, tmp_path, monkeypatch, settings
):
    write_package(tmp_path, FILES, monkeypatch, settings)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["missing"] == {"migrations": "conditions.0002_expands"}

    MigrationRecorder(connection).record_applied("conditions", "0002_expands")
    MigrationRecorder(connection).record_applied("conditions", "0009_of_newer_code")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_contract_waits_until_no_older_process_was_seen_for_five_minutes(monkeypatch):
    monkeypatch.setattr("core.processes.version", lambda: "1.3.9")
    monkeypatch.setattr("customers.management.commands.migrate.version", lambda: "1.4.0")
    note_process("worker")
    drops = migration("drops", contract="1.4")

    def waits(*, contract=True):
        executor = _Executors([], None, contract=contract)(connection)
        return not executor.is_allowed(drops)

    assert waits()
    Process.objects.update(seen_at=now() - timedelta(minutes=4), ended_at=now())
    assert waits()
    _refuse_running(seen_processes())
    Process.objects.update(seen_at=now() - timedelta(minutes=6))
    assert not waits()
    assert waits(contract=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite runs everything")
def test_the_command_names_what_it_leaves(tmp_path, monkeypatch, settings, capsys):
    files = FILES | {"0004_stands_still": '---\n    offline = "why"\n    operations = []\n'}
    write_package(tmp_path, files, monkeypatch, settings)
    with pytest.raises(CommandError) as refused:
        call_command("migrate", verbosity=0)
    shown = capsys.readouterr().out
    assert refused.value.returncode == 4
    assert "conditions.0003_drops" in shown
    assert "conditions.0004_stands_still (why)" in shown
    note_process("worker")
    Process.objects.update(version="0.0.9")
    with pytest.raises(CommandError):
        call_command("migrate", "--contract", verbosity=0)
    assert "conditions.0003_drops waits until" in capsys.readouterr().out
    Process.objects.all().delete()
    call_command("migrate", "--contract", "--offline", verbosity=0)
    applied = MigrationRecorder(connection).applied_migrations()
    assert ("conditions", "0004_stands_still") in applied


@pytest.mark.django_db
def test_processes_of_one_number_on_one_host_have_a_row_each(monkeypatch):
    """Catches containers with the network of the host, each of whose processes is number 1."""
    note_process("web")
    monkeypatch.setattr("core.processes.INSTANCE", "another")
    note_process("web")
    assert [one.role for one in seen_processes()] == ["web", "web"]
