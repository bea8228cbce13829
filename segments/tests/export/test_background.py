"""Exports in the background: one whole file or none, whoever dies, freezes or cancels."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from customers.privacy.holdings import Person
from segments.export import document
from segments.export.background import files
from segments.export.background import requests as background
from segments.export.background.requests import execute_export, request_export, wake_waiting
from segments.export.contents import Contents
from segments.lease import claim_work
from segments.models import Export, ExportAudit
from segments.tasks import exports, purge, write_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(everybody, taker):
    return request_export(everybody, Contents(columns=("id",)), taker)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def again(export):
    """Let the next attempt be due, and make it."""
    Export.objects.filter(pk=export.pk).update(not_before=None, lease_expires_at=None)
    execute_export(export.pk)
    export.refresh_from_db()
    return export


def test_a_killed_worker_leaves_nothing_and_the_next_one_begins_anew(export, folder, monkeypatch):
    # As after kill -9: the lease stands, and what was written lies there.
    assert claim_work(Export, export.pk, phase="writing")
    folder.mkdir()
    (folder / "1-1-dead.csv.partial").write_bytes(b"id\r\na")
    execute_export(export.pk)
    assert Export.objects.get().state == "running"

    export = again(export)

    assert (export.state, export.rows, export.attempts) == ("completed", 3, 2)
    content = files.path_of(export.file).read_bytes()
    assert content == b"id\r\na\r\nb\r\nc\r\n"
    assert hashlib.sha256(content).hexdigest() == export.sha256
    assert ExportAudit.objects.get().rows == 3
    execute_export(export.pk)
    assert Export.objects.get().fencing == export.fencing


def test_who_was_thought_dead_leaves_the_file_of_whoever_took_over_alone(
    export, folder, monkeypatch
):
    chunks = document.Document.chunks

    def slow(self, counts, **options):
        yield from chunks(self, counts, **options)
        monkeypatch.undo()
        files_of_the_other.append(again(Export.objects.get()).file)

    files_of_the_other = []
    monkeypatch.setattr(document.Document, "chunks", slow)

    execute_export(export.pk)

    export.refresh_from_db()
    assert export.state == "completed"
    assert [export.file] == files_of_the_other == names(folder)
    assert ExportAudit.objects.get().rows == 3


def test_cancelling_in_the_middle_leaves_no_file(export, folder, monkeypatch):
    checked = background.Progress.check

    def cancelled(self):
        self.cancelled = True
        checked(self)

    monkeypatch.setattr(background.Progress, "check", cancelled)
    execute_export(export.pk)

    export.refresh_from_db()
    assert (export.state, export.file) == ("cancelled", "")
    assert names(folder) == []
    assert ExportAudit.objects.get().rows is not None


def test_a_failure_is_tried_again_later_each_time_and_said(export, folder, monkeypatch, clock):
    def full(self, chunk):
        raise OSError("No space left on device")

    monkeypatch.setattr(files.Output, "write", full)
    delays = []
    for _attempt in range(background.ATTEMPTS):
        execute_export(export.pk)
        export.refresh_from_db()
        if not export.outcome:
            delays.append(export.not_before - clock())
            clock.advance(seconds=delays[-1].total_seconds())

    assert delays == [timedelta(seconds=10), timedelta(seconds=20)]
    assert (export.state, export.error) == ("failed", "No space left on device")
    assert names(folder) == []


def test_a_job_whose_workers_all_die_ends(export):
    for _attempt in range(background.ATTEMPTS):
        assert claim_work(Export, export.pk, phase="writing")
        Export.objects.update(lease_expires_at=None)
    assert again(export).state == "failed"


def test_the_permission_is_asked_for_again_when_it_is_written(export, taker):
    taker.user_permissions.clear()
    execute_export(export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert export.error


def test_one_is_written_at_a_time_and_the_next_is_woken(everybody, taker, sent, settings):
    first, second = (request_export(everybody, Contents(), taker) for _ in "12")
    assert claim_work(Export, first.pk)
    execute_export(second.pk)
    assert Export.objects.get(pk=second.pk).state == "queued"
    wake_waiting()
    again(first)
    exports()
    assert Export.objects.get(pk=second.pk).woken_at is not None
    write_export(second.pk)
    assert Export.objects.get(pk=second.pk).state == "completed"


def test_files_that_nobody_knows_of_are_deleted_but_not_those_being_written(export, folder, clock):
    execute_export(export.pk)
    (folder / "9-1-x.csv.partial").write_bytes(b"id")
    purge()
    assert len(names(folder)) == 2
    clock.at = clock.at.replace(year=2099)
    Export.objects.update(expires_at=clock.at + timedelta(days=1))
    files.purge_files()
    assert names(folder) == [Export.objects.get().file]


def test_with_its_owner_an_export_goes_and_its_file_with_the_purge(export, folder, clock):
    execute_export(export.pk)
    User.objects.all().delete()
    assert not Export.objects.exists()
    assert ExportAudit.objects.get().username == "merchant"
    clock.at = clock.at.replace(year=2099)
    purge()
    assert names(folder) == []


def test_after_an_erasure_no_file_is_left_and_what_was_being_written_begins_anew(
    everybody, taker, export, folder, monkeypatch
):
    execute_export(export.pk)
    other = request_export(everybody, Contents(), taker)
    chunks = document.Document.chunks

    def erased(self, counts, **options):
        yield from chunks(self, counts, **options)
        monkeypatch.undo()
        assert list(files.forget_person(Person(1, ("a",), ""))) == []

    monkeypatch.setattr(document.Document, "chunks", erased)
    execute_export(other.pk)

    assert names(folder) == []
    other.refresh_from_db()
    assert other.state == "queued"
    assert again(other).state == "completed"
