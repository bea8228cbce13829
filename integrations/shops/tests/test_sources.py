"""Two shops in one database, rows that are stored already, and people who were erased."""

import os
import threading

import pytest
from django.db import connection
from django.utils import translation

from core.clock import now
from customers.imports.plan import ImportPlan
from customers.imports.problems import ImportRefused
from customers.models import Customer, Order
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.imports.importing import CUSTOMERS
from integrations.shops import reader
from integrations.shops.apis.client import ApiFailure
from integrations.shops.following import noted_end
from integrations.shops.models import ShopSource
from integrations.shops.sources import exclusive_run, note_source, prefix_of, refusal
from integrations.shops.tests.bringing import ACCOUNTS, ORDERS, order

WOO = "order_id,order_date,order_total,line_item_1,order_number,status,billing_email,customer_id\n"
WOO_ORDER = (
    "1,2026-01-02 03:04:05,10.00,name:Tee|product_id:4|sku:TEE|quantity:1|total:10|sub_total:10,"
    "#1,completed,ada@example.com,\n"
)
USERS = "ID,user_email,user_registered,roles\n1,b@example.com,2026-01-01 00:00:00,customer\n"
UTC = ("--timezone", "UTC")


def test_second_source_needs_a_prefix_and_keeps_it(bring):
    bring({"o.csv": ORDERS + order("#1", "ada@example.com")})
    files = {"o.csv": WOO + WOO_ORDER, "u.csv": USERS}
    lines = bring.refusal(files, *UTC)
    assert "the database has rows of shopify" in lines[0]
    bring(files, *UTC, "--prefix", "W")
    assert {*Order.objects.values_list("number", flat=True)} == {"#1", "W:#1"}
    numbers = {*Customer.objects.values_list("external_id", flat=True)}
    assert numbers == {"guest-b5fc85e55755f9e0d030", "W:1"}
    again = bring(files, *UTC)
    assert again["tables"]["orders"]["unchanged"] == 1
    assert "are stored with the prefix “W”" in bring.refusal(files, *UTC, "--prefix", "X")[0]
    first = bring({"o.csv": ORDERS + order("#1", "ada@example.com")})
    assert first["tables"]["orders"]["unchanged"] == 1


def test_sources_share_no_prefix(bring):
    bring({"o.csv": ORDERS + order("#1", "ada@example.com")})
    bring({"o.csv": ORDERS + order("#1", "b@example.com")}, "--source", "b", "--prefix", "P")
    files = {"o.csv": ORDERS + order("#1", "c@example.com")}
    lines = bring.refusal(files, "--source", "c", "--prefix", "P")
    assert "the prefix “P” is that of b" in lines[0]
    assert Order.objects.get(number="P:#1").customer.email == "b@example.com"


@pytest.mark.parametrize("options", [(), ("--prefix", "P")])
def test_source_stored_after_the_conversion_is_respected(bring, monkeypatch, options):
    write = reader._write_files

    def write_late(*values):
        write(*values)
        note_source("b", "P")

    monkeypatch.setattr(reader, "_write_files", write_late)
    lines = bring.refusal({"o.csv": ORDERS + order()}, *options)
    assert ("is that of b" if options else "has rows of b") in lines[0]
    assert not Order.objects.exists()


def test_guest_keeps_the_latest_order_of_an_earlier_import(bring):
    header = ORDERS.strip() + ",Billing Address1\n"
    late = order("#2", "g@example.com", created="2026-02-01 00:00:00 +0000", billing="New Name")
    early = order("#1", "G@example.com", created="2026-01-01 00:00:00 +0000", billing="Old Name")
    bring({"o.csv": header + late.strip() + ",New street\n"})
    bring({"o.csv": header + early.strip() + ",Old street\n"})
    guest = Customer.objects.get()
    assert (guest.email, guest.first_name) == ("g@example.com", "New")
    assert guest.addresses.get().street == "New street"
    assert str(guest.registered_at) == "2026-01-01 00:00:00+00:00"
    # The order of the guest is another guest's by now.
    moved = late.replace("g@example.com", "h@example.com")
    bring({"o.csv": header + early.strip() + ",Old street\n" + moved.strip() + ",New street\n"})
    assert Customer.objects.get(pk=guest.pk).first_name == "Old"


def test_rows_of_our_own_files_count_as_a_source(bring):
    folder = bring.write({"customers.csv": CUSTOMERS})
    bring(folder)
    files = {"c.csv": ACCOUNTS + "c1,Ada,King,a@example.com,yes,0,\n"}
    assert "another source" in bring.refusal(files)[0]
    report = bring(files, "--prefix", "")
    assert report["tables"]["customers"]["updated"] == 1


def test_orders_alone_find_stored_accounts(bring):
    bring({"c.csv": ACCOUNTS + "7,Ada,King,a@example.com,yes,0,\n"})
    bring({"o.csv": ORDERS + order("#1", "A@example.com")})
    assert Order.objects.get().customer.external_id == "7"


def test_what_a_file_has_no_column_for_stays_as_it_is_stored(bring):
    files = {
        "c.csv": ACCOUNTS + "7,Ada,King,a@example.com,yes,0,\n",
        "o.csv": ORDERS + order("#1", "b@example.com", created="2026-02-01 00:00:00 +0000"),
    }
    bring(files)
    Customer.objects.filter(external_id="7").update(registered_at="2020-01-01T00:00:00Z")
    later = {**files, "o.csv": ORDERS + order("#2", "b@example.com")}
    report = bring({**later, "o.csv": later["o.csv"].replace("2026-01", "2026-03")})
    assert str(Customer.objects.get(external_id="7").registered_at) == "2020-01-01 00:00:00+00:00"
    guest = Customer.objects.get(kind="guest")
    assert str(guest.registered_at) == "2026-02-01 00:00:00+00:00"
    assert report["tables"]["customers"]["unchanged"] == 2


def test_what_comes_of_an_erased_email_is_left_out_and_counted(bring):
    files = {
        "c.csv": ACCOUNTS + "7,Ada,King,a@example.com,yes,0,\n8,B,B,b@example.com,no,0,\n",
        "o.csv": ORDERS + order("#1", "a@example.com") + order("#2", "b@example.com"),
    }
    bring(files)
    go_on(request_erasure(Customer.objects.get(external_id="7"), "delete", author=None).pk)
    files["c.csv"] = files["c.csv"].replace("7,Ada", "9,Ada")
    files["o.csv"] += order("#3", "A@example.com")
    report = bring(files)
    assert [*Customer.objects.values_list("external_id", flat=True)] == ["8"]
    assert [*Order.objects.values_list("number", flat=True)] == ["#2"]
    assert {"what": "customers", "why": "erased", "count": 1} in report["left_out"]


def test_dry_run_writes_nothing_and_counts_all(bring):
    files = {"orders.csv": ORDERS + order() + order(created="", sku="MUG")}
    report = bring(files, "--dry-run")
    assert report["tables"]["order_items"]["created"] == 2
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert bring(files)["tables"] == report["tables"]
    # Of an order that is stored, only the line that is new is counted.
    files["orders.csv"] += order(created="", sku="PEN")
    report = bring(files, "--dry-run")
    assert report["tables"]["order_items"]["created"] == 1
    assert bring(files)["tables"] == report["tables"]


def test_second_run_of_a_source_is_refused_while_the_first_is_not_over(bring):
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        try:
            with exclusive_run("shopify"):
                is_held.set()
                is_over.wait(60)
        finally:
            connection.close()

    first = threading.Thread(target=hold)
    first.start()
    try:
        assert is_held.wait(60)
        lines = bring.refusal({"o.csv": ORDERS + order()})
    finally:
        is_over.set()
        first.join()
    assert lines[0] == "import: another import of shopify is running"
    bring({"o.csv": ORDERS + order()})


def test_rows_that_a_killed_import_has_left_are_deleted(bring, settings, tmp_path):
    """Catches rows put where only the end of the block deletes them, as in a temporary folder."""
    settings.DATA_DIR = tmp_path
    left = tmp_path / "engines" / "bring-your-shop-killed" / "customers.csv"
    left.parent.mkdir(parents=True)
    left.write_text("a@example.com")
    os.utime(left.parent, (0, 0))  # A version without the lock's file has made it long ago.
    bring({"o.csv": ORDERS + order()})
    assert [*(tmp_path / "engines").iterdir()] == []


@pytest.mark.django_db
def test_interrupted_sync_is_noted_as_failed():
    at = now()
    source = ShopSource.objects.create(name="shopify", first_import_at=at, last_import_at=at)
    with pytest.raises(KeyboardInterrupt), noted_end(ImportPlan(source=source.name), "shopify"):
        raise KeyboardInterrupt
    source.refresh_from_db()
    assert source.sync_error == "KeyboardInterrupt"


@pytest.mark.django_db
def test_long_reason_of_a_failure_is_cut():
    """Catches a text that PostgreSQL refuses, so that the shops behind it are not read."""
    with pytest.raises(ImportRefused), noted_end(ImportPlan(source="maho"), "maho"):
        raise refusal("x" * 600)
    assert ShopSource.all_sources.get().sync_error == "x" * 500


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "shown"), [("/orders", "/orders: Der Shop"), ("x" * 600, "xxx")])
def test_failure_of_a_sync_is_read_in_the_readers_language(path, shown):
    """Also where the sentence is longer than the column."""
    at = now()
    source = ShopSource.objects.create(name="shopify", first_import_at=at, last_import_at=at)
    with pytest.raises(ApiFailure), noted_end(ImportPlan(source=source.name), "shopify"):
        raise ApiFailure("{path}: the shop answers with HTTP {status}", path=path, status=500)
    with translation.override("de"):
        source.refresh_from_db()
        assert source.sync_error.startswith(shown)


@pytest.mark.django_db
def test_refusal_of_a_sync_is_read_in_the_readers_language():
    """Catches the language of the worker; prefixes and sources keep what people have written."""
    note_source("shopify", "")
    noted = noted_end(ImportPlan(source="maho"), "maho")
    with translation.override("fr"), pytest.raises(ImportRefused), noted:
        prefix_of("maho", None)
    source = ShopSource.all_sources.get(name="maho")
    assert source.sync_error.startswith("the database has rows of shopify: say")
    with translation.override("de"):
        source.refresh_from_db()
        assert "shopify" in source.sync_error and not source.sync_error.startswith("the database")
