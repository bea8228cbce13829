"""Whoever is erased is in no file of a shop snapshot any more; all others are as they were."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections

from customers.merging import merge_guest
from customers.models import Customer, Erasure, Login, Orders
from customers.privacy.erasing import erase_due, go_on, request_erasure
from customers.snapshots import exporting
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.locks import Lock, lock_location
from customers.snapshots.manifest import NAME, read_manifest
from customers.snapshots.parquet.streams import Streams
from customers.snapshots.places.stores import open_store
from customers.tests.rows import a_customer
from customers.tests.snapshots.conftest import files_with, rows_in

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


def erase(customer):
    erasure = request_erasure(customer, Orders.ANONYMIZE, author=None)
    go_on(erasure.pk)
    erasure.refresh_from_db()
    return erasure


def due_again():
    Erasure.objects.update(next_at=Erasure.objects.latest("pk").requested_at)
    erase_due()
    return Erasure.objects.latest("pk")


def of_others(place, manifest, key):
    """Return all rows, by table, but those of the customer with this key."""
    found = {}
    for name, table in manifest.tables.items():
        model = next(one.model for one in exporting.TABLES if one.name == name)
        rows = rows_in(place, model, manifest)
        found[name] = [row for row in rows if not table.customer or row[table.customer] != key]
    return found


def test_nothing_is_left_of_them_and_everything_of_others(customers, place):
    export_snapshot(place)
    Customer.objects.filter(pk=customers[2].pk).update(gender="x")
    export_snapshot(place)
    before, key = read_manifest(place), customers[1].pk
    others = of_others(place, before, key)
    assert before.superseded
    assert files_with(place, "tok1@example.com")
    assert erase(customers[1]).state == "completed"

    assert files_with(place, "tok1@example.com") == files_with(place, "tok-1") == []
    after = read_manifest(place)
    assert after.as_of == before.as_of
    assert of_others(place, after, key) == others
    assert open_store(place).sizes().keys() == after.named == {file.path for file in after.files}
    for name, table in after.tables.items():
        rows = others[name]
        assert table.rows == len(rows)
        assert table.sums == {
            column: sum(row[column] or 0 for row in rows) for column in table.sums
        }


def test_guests_whom_they_were_when_it_was_written_go_too(transactional_db, place):
    guest, customer = a_customer("G-9", kind="guest", email="g9@example.com"), a_customer("C-9")
    other = a_customer("g-9", email="other@example.com")
    export_snapshot(place)
    key = guest.pk
    assert key in {row["id"] for row in rows_in(place, Customer)}
    assert erase(merge_guest(guest, customer)).state == "completed"
    assert files_with(place, "g9@example.com") == []
    # Whose number is another one that folds to the same.
    assert [row["id"] for row in rows_in(place, Customer)] == [other.pk]


@pytest.mark.parametrize("soon", [0, 600])
def test_an_export_that_saw_them_takes_them_out_itself(customers, place, monkeypatch, soon):
    """They are erased after the moment that is read, while the files are written."""
    export_snapshot(place)
    write, states = Streams.write, []

    def write_and_erase(self, part):
        found = write(self, part)
        if part.source.exported.model is Customer:
            states.append(erase(customers[1]))
            connection.close()
        return found

    put, left = exporting.publish, []

    def look_and_put(manifest, store):
        left.append(files_with(place, "tok1@example.com"))
        put(manifest, store)

    monkeypatch.setattr(Streams, "write", write_and_erase)
    monkeypatch.setattr(exporting, "publish", look_and_put)
    monkeypatch.setattr(exporting, "SOON", soon)
    export_snapshot(place, streams=1)
    monkeypatch.undo()

    # Looked at while it goes on, their files are gone by then already.
    assert [bool(files) for files in left] == [soon > 0]
    (erasure,) = states
    assert "being written" in erasure.remaining[0]
    assert files_with(place, "tok1@example.com") == []
    assert due_again().state == "completed"
    assert read_manifest(place).tables["customers_customer"].rows == 2


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: os.truncate(path, 10)])
def test_where_a_file_is_gone_or_broken_the_next_export_mends_it(customers, place, spoil, caplog):
    export_snapshot(place)
    (file,) = read_manifest(place).tables[Login._meta.db_table].files
    spoil(Path(place) / file.path)
    erasure = erase(customers[1])
    assert erasure.remaining == [f"the shop snapshot in {place}"]
    assert "not erased" in caplog.text
    export_snapshot(place)
    assert due_again().state == "completed"
    assert files_with(place, "tok1@example.com") == []


def test_files_of_a_dead_export_go_with_them(customers, place):
    export_snapshot(place)
    store = open_store(place)
    (source,) = (file.path for file in read_manifest(place).tables["customers_customer"].files)
    with store.writing("customers_customer/0123456789abcdef-00001.parquet") as sink:
        sink.write(Path(place, source).read_bytes())
    erase(customers[1])
    assert files_with(place, "tok1@example.com") == []
    assert store.sizes().keys() == read_manifest(place).named


def test_a_place_that_cannot_be_reached_is_told_and_tried_again(customers, place):
    export_snapshot(place)
    away = Path(place).rename(Path(place).with_name("away"))
    erasure = erase(customers[1])
    assert (erasure.state, erasure.remaining) == ("running", [f"the shop snapshot in {place}"])
    away.rename(place)
    assert due_again().state == "completed"
    assert files_with(place, "tok1@example.com") == []


def test_a_broken_manifest_is_told_too_until_the_snapshot_is_given_up(customers, place):
    export_snapshot(place)
    Path(place, NAME).write_text("{")
    assert erase(customers[1]).state == "running"
    call_command("export_snapshot", place, forget=True)
    assert due_again().state == "completed"
    assert open_store(place).sizes() == {}


def test_it_waits_for_whoever_changes_the_manifest(customers, place):
    export_snapshot(place)
    other = connections.create_connection("default")
    with other.cursor() as cursor, lock_location(cursor, Lock.MANIFEST, place):
        assert erase(customers[1]).remaining == [f"the shop snapshot in {place}"]
    other.close()
    assert due_again().state == "completed"


def test_one_that_dies_midway_is_followed_by_another(customers, place, monkeypatch):
    export_snapshot(place)

    def dies(manifest, store):
        raise OSError("no route to host")

    monkeypatch.setattr("customers.snapshots.erasing.publish", dies)
    assert erase(customers[1]).state == "running"
    assert rows_in(place, Login)
    monkeypatch.undo()
    assert due_again().state == "completed"
    assert files_with(place, "tok1@example.com") == []
    assert open_store(place).sizes().keys() == read_manifest(place).named
    assert json.loads(Path(place, NAME).read_text())["superseded"] == []
