"""Days in which nothing has changed are not written again; every change of a past day is seen."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from customers.merging import merge_guest
from customers.models import Login, Order, OrderItem, Orders, ProductView
from customers.privacy.erasing import go_on, request_erasure
from customers.privacy.holdings import person_of
from customers.snapshots.checking import check_contents
from customers.snapshots.erasing import forget_person
from customers.snapshots.exporting import export_snapshot
from customers.snapshots.manifest import publish, read_manifest
from customers.snapshots.parquet import parts
from customers.snapshots.places.stores import open_store
from customers.tests.rows import AT, a_customer, a_line, a_product, an_order
from customers.tests.snapshots.conftest import rows_in

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

DAYS = 6
TABLES = [model._meta.db_table for model in (Login, Order, OrderItem, ProductView)]


@pytest.fixture
def days(transactional_db, monkeypatch):
    """Store two customers and a guest with a row of each table on each of some days."""
    monkeypatch.setattr(parts, "ROWS_OF_A_DAY", 3)
    monkeypatch.setattr(parts, "FEW_ROWS", 0)
    customers = [
        a_customer("C1"),
        a_customer("C2"),
        a_customer("G1", kind="guest"),
    ]
    for number in range(DAYS):
        at = AT + timedelta(days=number)
        for customer in customers:
            a_line(an_order(customer, created_at=at))
            Login.objects.create(customer=customer, logged_in_at=at)
            ProductView.objects.create(customer=customer, product=a_product(), viewed_at=at)
    return customers


def a_view(days, number):
    return ProductView.objects.filter(viewed_at=AT + timedelta(days=number))


def update(days):
    ProductView.objects.filter(pk=a_view(days, 1)[0].pk).update(occurrence=7)


def update_back_and_forth(days):
    for occurrence in (7, 1):
        ProductView.objects.filter(pk=a_view(days, 1)[0].pk).update(occurrence=occurrence)


def insert(days):
    product = a_product("late")
    ProductView.objects.create(
        customer=days[0], product=product, viewed_at=AT + timedelta(days=1, hours=1)
    )


def delete(days):
    a_view(days, 1)[0].delete()


def insert_again(days):
    """Delete a row and have another one of the same number: the count is as before."""
    view = a_view(days, 1)[0]
    pk = view.pk
    view.delete()
    view.pk, view.occurrence = pk, 2
    view.save(force_insert=True)


def move(days):
    view = a_view(days, 1)[0]
    ProductView.objects.filter(pk=view.pk).update(viewed_at=AT + timedelta(days=3, hours=1))


def a_new_day(days):
    at = AT + timedelta(days=DAYS)
    ProductView.objects.create(customer=days[0], product=a_product(), viewed_at=at)


def a_day_less(days):
    a_view(days, 2).delete()


@pytest.mark.parametrize(
    ("change", "written"),
    [
        (update, {1}),
        (update_back_and_forth, {1}),
        (insert, {1}),
        (delete, {1}),
        (insert_again, {1}),
        (move, {1, 3}),
        (a_new_day, {DAYS}),
        (a_day_less, set()),
    ],
)
def test_what_changed_is_written_again_and_nothing_else(days, place, change, written):
    export_snapshot(place, streams=2)
    before = {file.path: file.day for file in read_manifest(place).tables[TABLES[-1]].files}
    assert len(before) == DAYS
    change(days)
    export_snapshot(place, streams=2)

    files = read_manifest(place).tables[TABLES[-1]].files
    again = {(file.day - AT.date()).days for file in files if file.path not in before}
    assert again == written
    stored = sorted(ProductView.objects.values_list("pk", flat=True))
    assert sorted(row["id"] for row in rows_in(place, ProductView)) == stored


@pytest.mark.parametrize("kept", [True, False])
def test_merges_and_erasures_reach_all_days(days, place, kept):
    export_snapshot(place)
    merge_guest("G1", "C1")
    if not kept:
        go_on(request_erasure(days[1], Orders.ANONYMIZE, author=None).pk)
    written = export_snapshot(place)

    # Lines name nobody and are as they were.
    assert written.reused == DAYS
    for model in (Login, Order, ProductView):
        stored = sorted(model.objects.values_list("pk", "customer"), key=str)
        found = [(row["id"], row["customer_id"]) for row in rows_in(place, model)]
        assert sorted(found, key=str) == stored


def test_a_table_that_was_written_anew_is_not_taken_for_the_old_one(days, place):
    export_snapshot(place)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL customers_login")
    reused = {file.origin for file in read_manifest(place).files}
    export_snapshot(place)
    assert not reused & {file.origin for file in read_manifest(place).tables[TABLES[0]].files}
    assert reused >= {file.origin for file in read_manifest(place).tables[TABLES[3]].files}


def test_what_was_taken_out_and_is_there_all_the_same_is_written_again(days, place):
    export_snapshot(place)
    assert list(forget_person(person_of(days[1]))) == []
    assert days[1].pk not in {row["customer_id"] for row in rows_in(place, ProductView)}
    export_snapshot(place)
    assert len(rows_in(place, ProductView)) == ProductView.objects.count()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: os.truncate(path, 10)])
def test_a_file_that_was_lost_or_cut_off_is_written_again(days, place, spoil):
    first = export_snapshot(place)
    files = first.manifest.tables[ProductView._meta.db_table].files
    assert len(files) == DAYS
    spoil(Path(place) / files[2].path)
    second = export_snapshot(place)
    kept = {one.path for one in second.manifest.files} & {one.path for one in files}
    assert kept == {one.path for one in files} - {files[2].path}
    assert check_contents(place) == second.manifest
    assert len(rows_in(place, ProductView)) == ProductView.objects.count()


def test_files_of_another_database_are_not_taken_for_its_own(days, place):
    before = export_snapshot(place).manifest
    publish(replace(before, database="of a backup"), open_store(place))
    assert export_snapshot(place).reused == 0


def test_the_one_before_can_still_be_read_and_no_older_one(days, place):
    first = export_snapshot(place).manifest
    update(days)
    second = export_snapshot(place).manifest
    assert rows_in(place, ProductView, first)
    update(days)
    third = export_snapshot(place).manifest
    assert rows_in(place, ProductView, second)
    assert open_store(place).sizes().keys() == third.named
    with pytest.raises(FileNotFoundError):
        rows_in(place, ProductView, first)


def test_small_files_do_not_become_many(days, place, monkeypatch):
    monkeypatch.setattr(parts, "ROWS_OF_A_DAY", 100)
    monkeypatch.setattr(parts, "FEW_ROWS", 100)
    for _export in range(3):
        export_snapshot(place)
        files = read_manifest(place).tables[TABLES[-1]].files
        assert [file.rows for file in files] == [ProductView.objects.count()]
        last = ProductView.objects.latest("viewed_at").viewed_at
        at = last + timedelta(days=1)
        ProductView.objects.create(customer=days[0], product=a_product(), viewed_at=at)
