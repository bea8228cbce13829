"""What stands in a manifest is read as it was written, and what is none is refused in words."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow
import pytest

from customers.models import Customer, Order, OrderItem, Refund
from customers.snapshots import extra
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import NAME, File, Manifest, Table, publish, read_manifest
from customers.snapshots.parquet.column_types import arrow_type
from customers.snapshots.parquet.files import exact_sum
from customers.snapshots.places.stores import open_store
from customers.snapshots.tables import Exported

FILE = File(
    path="customers_login/0123456789abcdef-00001.parquet",
    rows=3,
    bytes=700,
    origin="customers_login/0123456789abcdef-00001.parquet",
    sums={"id": 2**70},
    first_day=date(1, 1, 1),
    last_day=date(9999, 12, 31),
    customers=(4, 7),
)
MANIFEST = Manifest(
    as_of=datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC),
    wal_position="0/16B3748",
    database="1/2",
    tables={
        "customers_login": Table(
            {"id": "int64", "customer_id": "int64"},
            (FILE, replace(FILE, path="b", first_day=date(2026, 1, 1), last_day=date(2026, 1, 1))),
            "customer_id",
            "1/2",
            {date(2026, 1, 1): (3, "-17")},
        ),
        "customers_store": Table({"id": "int64"}, ()),
    },
    superseded=("c",),
)


@pytest.mark.parametrize("scheme", ["", "file://", "memory:/"])
def test_it_is_read_as_it_was_written(tmp_path, scheme):
    url = f"{scheme}{tmp_path}"
    publish(MANIFEST, open_store(url))
    found = read_manifest(url)
    assert found == MANIFEST
    assert found.tables["customers_login"].sums == {"id": 2**71}
    assert found.tables["customers_login"].rows == 6
    assert [file.day for file in found.files] == [None, date(2026, 1, 1)]


def test_the_schema_version_follows_columns_types_and_their_order():
    def version(**columns):
        table = replace(MANIFEST.tables["customers_store"], columns=columns)
        return replace(MANIFEST, tables={"customers_store": table}).schema_version

    assert version(id="int64", code="string") == version(id="int64", code="string")
    others = [version(id="int64"), version(id="int32"), version(id="int64", code="string")]
    assert len({*others, version(code="string", id="int64")}) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "", "is broken"),
        (lambda text: text[:-9], "is broken"),
        (lambda text: "[]", "is broken"),
        (lambda text: text.replace('"as_of"', '"at"'), "is broken"),
        (lambda text: text.replace("+00:00", ""), "is broken"),
        (
            lambda text: re.sub('"as_of":"[^"]+', '"as_of":"9999-12-31T23:59:59-14:00', text),
            "broken",
        ),
        (lambda text: text[:-1] + ',"more":' + "[" * 200_000, "is broken"),
        (lambda text: text.replace('"customer_id":"int64"', '"customer_id":"int32"'), "is broken"),
        (lambda text: text.replace('"format":1', '"format":2'), "of format 2, not 1"),
    ],
)
def test_a_broken_one_is_refused(tmp_path, change, said):
    publish(MANIFEST, open_store(str(tmp_path)))
    file = tmp_path / NAME
    assert json.loads(file.read_text())["format"] == 1
    file.write_text(change(file.read_text()))
    with pytest.raises(SnapshotError, match=said):
        read_manifest(str(tmp_path))


def test_none_is_refused(tmp_path):
    with pytest.raises(SnapshotError, match="There is no shop snapshot in"):
        read_manifest(str(tmp_path / "nowhere"))
    (tmp_path / NAME).mkdir()
    with pytest.raises(SnapshotError, match="Is a directory"):
        read_manifest(str(tmp_path))


def test_a_password_in_the_address_is_refused_without_saying_it():
    with pytest.raises(SnapshotError, match="Leave the password out") as refused:
        open_store("ftp://user:S3CRET@127.0.0.1:1/shop")
    assert "S3CRET" not in str(refused.value)


def test_a_store_that_needs_more_packages_says_so():
    with pytest.raises(SnapshotError, match="s3:// needs the extra “snapshots”.*s3fs"):
        open_store("s3://bucket/shop")
    with pytest.raises(SnapshotError, match="The store nosuch://somewhere failed"):
        open_store("nosuch://somewhere")


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setattr(extra, "find_spec", lambda package: None)
    with pytest.raises(SnapshotError, match="bin/prepare snapshots"):
        extra.require_extra()


@pytest.mark.parametrize(
    "values",
    [[], [None], [1, None, -3], [2**63 - 1] * 3, [-(2**63)] * 2 + [5], [2**62, -(2**62), 7]],
)
def test_sums_are_exact(values):
    assert exact_sum(pyarrow.array(values, pyarrow.int64())) == sum(one or 0 for one in values)


def test_sums_of_small_numbers_are_exact_too():
    assert exact_sum(pyarrow.array([32_767] * 70_000, pyarrow.int16())) == 32_767 * 70_000


def test_types_that_no_condition_has_are_refused_by_their_place():
    with pytest.raises(SnapshotError, match="customers_cart.price is of the type numeric"):
        arrow_type("customers_cart", "price", "numeric(10,2)")
    assert arrow_type("customers_cart", "code", "character varying(64)") == "string"


def test_days_are_timestamps_that_every_row_has():
    assert [field.name for field in Exported(OrderItem, day="order__created_at").to_day] == [
        "order",
        "created_at",
    ]
    with pytest.raises(ValueError, match="rows without registered_at would be in no file"):
        Exported(Customer, day="registered_at")
    with pytest.raises(ValueError, match="rows without order__created_at"):
        Exported(Refund, day="order__created_at")
    assert Exported(Order).columns == ("id", "customer_id")
