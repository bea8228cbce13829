"""Two databases, one a copy of the other, that both know the place of one shop snapshot."""

from dataclasses import replace

import pytest
from django.db import connection

from customers.models import Erasure, Snapshot
from customers.snapshots.databases import knows_erasures
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.manifest import publish, read_manifest
from customers.snapshots.places.stores import open_store
from customers.snapshots.snapshot_deletion import forget_snapshot
from customers.tests.rows import a_customer
from customers.tests.snapshots.conftest import files_with
from customers.tests.snapshots.test_erasing import due_again, erase

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def of_another(customers, place):
    """Have what is at the place be of the database that this one is a copy of."""
    export_snapshot(place)
    publish(replace(read_manifest(place), database="1/2"), open_store(place))


def test_a_copy_takes_nobody_out_of_what_its_original_reads(customers, place, of_another):
    before = open_store(place).sizes()
    erasure = erase(customers[1])
    assert erasure.state == "running"
    assert erasure.remaining == [
        f"the shop snapshot in {place}, which another database has written: export there again, or"
        " give the place up (export_snapshot --forget)"
    ]
    assert open_store(place).sizes() == before
    # A restored one, whose place it is, writes it again.
    export_snapshot(place)
    assert due_again().state == "completed"
    assert files_with(place, "tok1@example.com") == []


def test_what_a_copy_forgets_stays(customers, place, of_another):
    before = open_store(place).sizes()
    assert forget_snapshot(place) == 0
    assert open_store(place).sizes() == before
    assert read_manifest(place).database == "1/2"
    assert not Snapshot.objects.exists()
    assert erase(customers[1]).state == "completed"


def test_a_database_knows_who_was_erased_by_others(customers, place):
    export_snapshot(place)
    a_customer("later")
    assert erase(customers[1]).state == "completed"
    manifest = read_manifest(place)
    assert len(manifest.erased) == 1
    assert knows_erasures(manifest)
    # Another one of the same number, in the copy of a backup.
    (erasure,) = Erasure.objects.all()
    later = erasure.requested_at.replace(year=2027)
    Erasure.objects.update(requested_at=later)
    assert not knows_erasures(manifest)
    Erasure.objects.update(requested_at=erasure.requested_at)
    assert knows_erasures(manifest)
    Erasure.objects.all().delete()
    assert not knows_erasures(manifest)
    assert export_snapshot(place).manifest.erased == ()


def test_who_is_in_no_file_is_not_named(customers, place):
    export_snapshot(place)
    assert erase(a_customer("later")).state == "completed"
    assert read_manifest(place).erased == ()
