"""An import that is killed: the shop is as before or as after, and the next run goes on."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from customers.models import Customer, DirtyCustomer, Order, OrderItem
from integrations.shopify.tests.fake_api import TOKEN, sample, serving
from integrations.shops.models import ImportState, ShopImport, ShopSource, SyncState
from integrations.shops.runs import lifecycle
from integrations.shops.runs.execution import execute_import
from integrations.shops.tests.bringing import ORDERS, order
from integrations.shops.tests.databases import counts, made_database
from integrations.shops.tests.questions import SHOPS, needs_shops, wrong_answers
from segmentation_site.tests.kills.conftest import (
    Killable,
    Send,
    Start,
    cut_at,
    kill_at,
)
from segments.tests.engine.harness import eventually

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.exhaustive,
]


def kill_when_it_writes_lines(begin: Callable[[], Killable]) -> None:
    """Kill the process that `begin` starts when orders are written and lines are not."""
    # Reading goes on: each block of an API asks for the largest key of every table.
    kill_at(OrderItem._meta.db_table, "SHARE", begin)


def test_import_of_a_page_is_undone_and_begun_again(
    worker: Start, send: Send, settings: Any, tmp_path: Path
) -> None:
    settings.SHOP_UPLOAD_DIR = tmp_path / "uploads"
    user = User.objects.create_superuser("boss")
    run = lifecycle.upload([SimpleUploadedFile("o.csv", (ORDERS + order()).encode())], user)
    execute_import(run.pk)
    lifecycle.start(ShopImport.objects.get(pk=run.pk), user)

    def begin() -> Killable:
        begun = worker(SHOP_UPLOAD_DIR=str(settings.SHOP_UPLOAD_DIR))
        send(lifecycle.TASK, run.pk)
        return begun

    kill_when_it_writes_lines(begin)
    assert not Order.objects.exists() and not Customer.objects.exists()
    assert not ShopSource.objects.exists()
    # The page says that the worker died, and the next one begins again.
    eventually(lambda: ShopImport.objects.get(pk=run.pk).has_lost_worker)
    execute_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (ImportState.DONE, 2)
    assert Order.objects.count() == OrderItem.objects.count() == 1


# While the files are read, before customers are written, when their orders are staged, before the
# lines are written, at the marks of the customers, and when the source is noted.
MOMENTS = (
    (Customer, "ACCESS EXCLUSIVE"),
    (Customer, "SHARE"),
    (Order, "SHARE"),
    (OrderItem, "SHARE"),
    (DirtyCustomer, "SHARE"),
    (ShopSource, "SHARE"),
)


@needs_shops
@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "cut"])
def test_import_of_a_platforms_files_is_undone_and_begun_again(
    start: Start, settings: Any, is_killed: bool
) -> None:
    settings.BASE_CURRENCY = "EUR"
    options = ("--rate", "USD=1.08", "--timezone", "Europe/Berlin", "--yes")
    accounts = SHOPS / "shopify" / "customers_export.csv"
    call_command("import_shop", accounts, *options, stdout=io.StringIO())
    before = stored_rows()
    command = ("manage", "import_shop", str(SHOPS / "shopify"), *options)
    # A process that loses the connection ends by itself: every other moment is enough.
    for model, mode in MOMENTS if is_killed else MOMENTS[::2]:
        table = model._meta.db_table
        begin = partial(start, *command, BASE_CURRENCY="EUR")
        if is_killed:
            kill_at(table, mode, begin)
        else:
            assert cut_at(table, mode, begin) == 1
        assert stored_rows() == before, table
    call_command("import_shop", SHOPS / "shopify", *options, stdout=io.StringIO())
    assert [*wrong_answers("shopify")] == []


@needs_shops
def test_sync_of_an_api_goes_on_behind_the_last_block(
    start: Start, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_CURRENCY, settings.SHOP_RATES = "EUR", ["USD=1.08"]
    settings.SHOPIFY_TOKEN, settings.SHOPIFY_METAFIELDS = TOKEN, ["custom.shoe_size"]
    with serving(sample()) as shop:
        settings.SHOPIFY_URL = shop.url
        environment = {
            "BASE_CURRENCY": "EUR",
            "SHOP_RATES": "USD=1.08",
            "SHOPIFY_URL": shop.url,
            "SHOPIFY_TOKEN": TOKEN,
            "SHOPIFY_METAFIELDS": "custom.shoe_size",
        }
        command = ("manage", "sync_shop", "shopify", "--timezone", "Europe/Berlin", "--yes")
        kill_when_it_writes_lines(lambda: start(*command, **environment))
        # The block of customers stays with its checkpoint; of the block of orders there is nothing.
        accounts = Customer.objects.filter(kind="registered").count()
        assert accounts and not Order.objects.exists()
        states = dict(SyncState.objects.values_list("kind", "since"))
        assert states["customers"] is not None and states.get("orders") is None
        call_command("sync_shop", "shopify", stdout=io.StringIO())
    assert Customer.objects.filter(kind="registered").count() == accounts
    assert [*wrong_answers("shopify")] == []


@needs_shops
@pytest.mark.parametrize("is_first", [True, False], ids=["full", "incremental"])
def test_sync_of_a_database_is_undone_and_begun_again(
    start: Start, settings: Any, tmp_path: Path, is_first: bool
) -> None:
    for shop in made_database("import_maho", tmp_path):
        shop.load("maho")
        settings.MAHO_DATABASE_URL = shop.url
        if not is_first:
            call_command("sync_shop", "maho", stdout=io.StringIO())
            shop.sql(
                "UPDATE sales_flat_order SET grand_total = 7777, updated_at = UTC_TIMESTAMP()"
                " ORDER BY entity_id LIMIT 1; UPDATE sales_flat_order_item SET price = 7777"
                " WHERE order_id = (SELECT MIN(entity_id) FROM sales_flat_order);"
                "UPDATE customer_entity SET email = 'moved@example.com',"
                " updated_at = UTC_TIMESTAMP() ORDER BY entity_id LIMIT 1"
            )
        before = stored_rows()
        command = ("manage", "sync_shop", "maho", "--yes")
        kill_when_it_writes_lines(lambda: start(*command, MAHO_DATABASE_URL=shop.url))  # noqa: B023
        assert stored_rows() == before
        report = tmp_path / "report.json"
        call_command("sync_shop", "maho", "--report", report, stdout=io.StringIO())
        notes = json.loads(report.read_text())["notes"]
        assert any("has changed since" in note for note in notes) is not is_first
        if is_first:
            assert [*wrong_answers("maho")] == []
        else:
            assert Customer.objects.filter(email="moved@example.com").exists()
            assert Order.objects.filter(grand_total=7777).exists()
        # Neither run left anything for a full one to mend.
        full = shop.bring("--dry-run")
        assert counts(full, "unchanged") == counts(full)


def stored_rows() -> list[Any]:
    """Return what a run stores of customers, orders, lines and its own checkpoint."""
    return [
        [*model.objects.order_by("pk").values()]
        for model in (Customer, DirtyCustomer, Order, OrderItem, ShopSource, SyncState)
    ]
