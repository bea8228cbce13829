"""A shop snapshot has the rows of the tables, as they are in the database."""

import shutil
import stat
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pyarrow import parquet

from core.clock import now
from customers.models import Customer, Login, OrderItem, ProductView, Snapshot
from customers.snapshots.errors import SnapshotError
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.locks import Lock, lock_location
from customers.snapshots.manifest import NAME, read_manifest
from customers.snapshots.parquet import parts
from customers.snapshots.parquet.column_types import schema_of
from customers.snapshots.parquet.streams import Streams
from customers.snapshots.places.stores import open_store
from customers.snapshots.tables import TABLES
from customers.tests.rows import AT, a_customer, an_order
from customers.tests.snapshots.conftest import files_with, rows_in

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


def stored_rows(exported) -> list[dict]:
    """Return what the database says, by its own driver."""
    columns = ", ".join(f'"{name}"' for name in exported.columns)
    order = ", ".join(f'"{one}"' for one in filter(None, [exported.customer, exported.key]))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{exported.name}" ORDER BY {order}')
        return [dict(zip(exported.columns, row, strict=True)) for row in cursor.fetchall()]


def test_files_have_what_the_tables_have(customers, place):
    last, born = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC), date(1, 1, 1)
    Customer.objects.filter(pk=customers[0].pk).update(date_of_birth=born, registered_at=last)
    for at in (last, last.replace(year=1)):
        Login.objects.create(customer=customers[1], logged_in_at=at)
    before = now()
    written = export_snapshot(place, streams=2)

    found = read_manifest(place)
    assert found == written.manifest
    assert before <= found.as_of <= now()
    assert found.as_of.tzinfo is UTC
    filled = 0
    for exported in TABLES:
        table = found.tables[exported.name]
        rows = rows_in(place, exported.model)
        assert rows == stored_rows(exported), exported.name
        assert table.rows == len(rows)
        filled += bool(rows)
        for name, value in table.sums.items():
            assert value == sum(row[name] or 0 for row in rows), (exported.name, name)
        store = open_store(place)
        for file in table.files:
            assert store.size(file.path) == file.bytes
            with store.reading(file.path) as source:
                assert parquet.read_schema(source) == schema_of(table.columns)
    assert filled > 20
    row = Snapshot.objects.get()
    assert (row.location, row.as_of) == (str(Path(place)), found.as_of)
    assert row.rows == sum(table.rows for table in found.tables.values())
    assert row.began_at <= found.as_of <= row.finished_at
    modes = {stat.S_IMODE(path.stat().st_mode) for path in Path(place).rglob("*.*")}
    assert modes == {0o600}
    assert stat.S_IMODE(Path(place).stat().st_mode) == 0o700


def test_rows_lie_in_the_order_of_customers_in_parts_of_them(customers, place, monkeypatch):
    for name in ("LEAST_ROWS", "ROWS_OF_A_DAY", "MOST_ROWS"):
        monkeypatch.setattr(parts, name, 2)
    views = [
        ProductView(customer=customer, product_id=1, viewed_at=AT, occurrence=n)
        for n in range(10, 15)
        for customer in customers
    ]
    product = ProductView.objects.all()[0].product_id
    for view in views:
        view.product_id = product
    ProductView.objects.bulk_create(views)
    export_snapshot(place, streams=3)

    found = read_manifest(place)
    (view_file,) = found.tables["customers_productview"].files
    assert view_file.day == AT.date()
    rows = rows_in(place, ProductView)
    assert [row["customer_id"] for row in rows] == sorted(row["customer_id"] for row in rows)
    tags = found.tables["customers_customertag"].files
    assert len(tags) > 1
    ends = [file.customers for file in tags]
    assert all(one[1] < then[0] for one, then in pairwise(ends))
    # Lines are cut by the days of their orders.
    orders = {row["id"] for row in rows_in(place, OrderItem)}
    assert orders == set(OrderItem.objects.values_list("pk", flat=True))


def test_without_rows_there_are_columns(transactional_db, place):
    export_snapshot(place)
    found = read_manifest(place)
    assert found.tables["customers_customer"].rows == 0
    assert found.tables["customers_customer"].columns["email_folded"] == "string"
    assert found.tables["customers_customer"].files == ()


@pytest.mark.parametrize(
    ("table", "written", "said"),
    [
        ("customer", "date_of_birth = 'infinity'", "date_of_birth of row"),
        ("customer", "registered_at = '-infinity'", "registered_at of row"),
        ("customer", "date_of_birth = '0044-03-15 BC'", "date_of_birth of row"),
        ("login", "logged_in_at = 'infinity'", "logged_in_at has a date"),
        ("login", "logged_in_at = '10000-01-01'", "logged_in_at has a date"),
    ],
)
def test_dates_that_engines_cannot_read_are_refused(customers, place, table, written, said):
    export_snapshot(place)
    before = read_manifest(place)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE customers_{table} SET {written}")
    with pytest.raises(CommandError, match=f"customers_{table}.{said}"):
        call_command("export_snapshot", place)
    assert read_manifest(place) == before
    assert rows_in(place, Customer)


def test_what_failed_first_is_said_and_not_what_followed():
    """A stream goes on to the next table before it is stopped, on a connection of no use."""

    class Failing(Streams):
        def _count_source(self, exported):
            raise SnapshotError(exported)

    streams = Failing({}, "moment", None, "token")
    for table in ("first", "second"):
        with pytest.raises(SnapshotError, match="first"):
            streams.source_of(table)


def test_another_export_is_refused_and_the_first_one_stays(customers, place):
    other = connections.create_connection("default")
    with other.cursor() as cursor, lock_location(cursor, Lock.EXPORT, str(Path(place))):
        with pytest.raises(CommandError, match="Another export writes to"):
            call_command("export_snapshot", place)
        with pytest.raises(CommandError, match="has written no shop snapshot to"):
            call_command("export_snapshot", place, forget=True)
    other.close()
    assert not Snapshot.objects.exists()


def test_a_place_to_which_nothing_was_written_is_not_remembered(customers, tmp_path):
    file, foreign = tmp_path / "file", tmp_path / "foreign"
    file.write_text("mine")
    foreign.mkdir()
    (foreign / "manifest.json").write_text('{"format": 9}')
    said = {
        file: "file is a file: a shop snapshot needs a directory",
        file / "sub": "Not a directory",
        foreign: "is of format 9",
        "": "Say where shop snapshots lie",
        " ": "Say where shop snapshots lie",
    }
    for place, why in said.items():
        with pytest.raises(CommandError, match=why):
            call_command("export_snapshot", str(place))
    assert not Snapshot.objects.exists()
    assert file.read_text() == "mine"


def test_a_place_that_has_become_a_file_can_be_forgotten(customers, place):
    export_snapshot(place)
    shutil.rmtree(place)
    Path(place).write_text("mine")
    call_command("export_snapshot", place, forget=True)
    assert not Snapshot.objects.exists()
    assert Path(place).read_text() == "mine"


def test_a_store_of_fsspec(customers):
    place = "memory://snapshots/shop"
    export_snapshot(place)
    before = read_manifest(place)
    Customer.objects.filter(pk=customers[0].pk).update(gender="x")
    export_snapshot(place)
    assert next(row["gender"] for row in rows_in(place, Customer)) == "x"
    assert rows_in(place, Customer, before)
    assert files_with(place, "tok1@example.com")
    call_command("export_snapshot", place, forget=True)
    assert open_store(place).sizes() == {}
    with pytest.raises(SnapshotError, match="There is no shop snapshot in memory://"):
        read_manifest(place)


def test_forget_deletes_the_files_and_nothing_else(customers, place):
    export_snapshot(place)
    beside = Path(place, "customers_customer", "notes.txt")
    beside.write_text("mine")
    call_command("export_snapshot", place, forget=True)
    assert [path.name for path in Path(place).rglob("*.*")] == ["notes.txt"]
    assert not Snapshot.objects.exists()


def test_a_full_disk_leaves_what_was_there(customers, place, monkeypatch):
    export_snapshot(place)
    before = read_manifest(place)
    an_order(a_customer("Tok-9"))

    def full(self, path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("customers.snapshots.places.local.LocalStore.replace", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("export_snapshot", place)
    monkeypatch.undo()
    assert read_manifest(place) == before
    assert {file.path for file in before.files} == open_store(place).sizes().keys()
    assert Path(place, NAME).exists()
