"""WooCommerce's REST API: the sample's objects give the answers of its files, whatever happens."""

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from core.clock import now
from customers.models import Customer, DirtyCustomer, Order, Product, Refund, RefundItem
from integrations.shops import following
from integrations.shops.apis import client, http_headers, sync
from integrations.shops.apis.blocks import BlockImport
from integrations.shops.models import ShopSource, SyncState
from integrations.shops.tests.databases import counts, expected_counts
from integrations.shops.tests.questions import bring, needs_shops, wrong_answers
from integrations.woocommerce.api import reader
from integrations.woocommerce.tests import fake_api
from integrations.woocommerce.tests.fake_api import KEY, SECRET, FakeShop, line, sample, serving
from tests.factories.clients import staff_user

OPTIONS = ("--rate", "USD=1.08", "--timezone", "Europe/Berlin")


@pytest.fixture
def pauses(monkeypatch):
    found = []
    monkeypatch.setattr(client, "pause", found.append)
    return found


@pytest.fixture
def synced(db, tmp_path, settings, pauses):
    """Return what synchronizes a shop and returns the report; its output and errors are kept."""
    settings.BASE_CURRENCY, settings.SHOP_RATES = "EUR", []
    settings.WOOCOMMERCE_KEY, settings.WOOCOMMERCE_SECRET = KEY, SECRET

    def sync_now(shop, *options):
        report = tmp_path / "report.json"
        output = io.StringIO()
        shop.requests.clear()
        try:
            with serving(shop):
                settings.WOOCOMMERCE_URL = f"{shop.url}/"
                call_command(
                    "sync_shop", "woocommerce", "--report", report, *options, stdout=output
                )
        finally:
            sync_now.output += output.getvalue()
        return json.loads(report.read_text())

    sync_now.output = ""
    return sync_now


@needs_shops
def test_objects_give_the_answers_of_the_files(synced):
    shop = sample()
    report = synced(shop, *OPTIONS)
    assert counts(report) == expected_counts("woocommerce")
    assert [*wrong_answers("woocommerce")] == []
    assert report["recognised"][2]["path"] == "orders"
    assert report["recognised"][2]["columns_not_used"] == ["fee_lines"]
    DirtyCustomer.objects.all().delete()
    again = synced(shop, "--full", "--rate", "USD=1.08")
    rows = {name: count for name, count in counts(report).items() if name != "websites"}
    assert counts(again, "unchanged") == rows
    assert not counts(again, "deleted")
    assert not DirtyCustomer.objects.exists()


@needs_shops
def test_api_goes_on_where_the_files_of_a_shop_ended(synced, tmp_path):
    bring("woocommerce", tmp_path / "files.json")
    report = synced(sample(), *OPTIONS)
    refunds = expected_counts("woocommerce")["refunds"]
    assert counts(report, "created") == counts(report, "deleted") == {"refunds": refunds}
    assert Refund.objects.count() == refunds
    bring("woocommerce", tmp_path / "files.json")
    assert Refund.objects.count() == refunds


@needs_shops
def test_dry_run_counts_all_and_stores_nothing(synced):
    report = synced(sample(), *OPTIONS, "--dry-run")
    assert counts(report, "created")["orders"] == 117
    assert "This was a dry run" in synced.output
    assert not Order.objects.exists()
    assert not SyncState.objects.exists() and not ShopSource.objects.exists()


class _Killed(BaseException):
    """The process ends here."""


@needs_shops
def test_run_killed_between_blocks_goes_on_there(synced, monkeypatch, pauses):
    monkeypatch.setattr(reader, "MOST", 100)
    store, blocks = BlockImport.store, []

    def die_before_the_second_block_of_orders(self, kind, *rest):
        if [*blocks, kind].count("orders") == 2:
            raise _Killed
        blocks.append(kind)
        store(self, kind, *rest)

    shop = sample()
    troubles = iter([(429, {"Retry-After": "7"}, {}), (503, {}, {}), (200, {}, "cut")])
    shop.answers = lambda path, query: next(troubles, None) if len(shop.requests) % 2 else None
    monkeypatch.setattr(BlockImport, "store", die_before_the_second_block_of_orders)
    with pytest.raises(_Killed):
        synced(shop, *OPTIONS)
    assert 0 < Order.objects.count() < 100
    assert SyncState.objects.get(kind="orders").cursor == "1"
    assert pauses[0] == 7.0 and set(pauses[1:]) == {1}
    monkeypatch.setattr(BlockImport, "store", store)
    synced(shop, "--rate", "USD=1.08")
    pages = [query.get("page") for path, query in shop.requests if path == "orders"]
    # The rest, then what has changed since; then the orders of refunds that were read before.
    assert pages == ["1", "1", None]
    assert Order.objects.count() == 117 and Refund.objects.count() == 17
    assert [*wrong_answers("woocommerce")] == []


def test_only_what_changed_comes_again(synced):
    shop = FakeShop()
    for number in range(1, 4):
        shop.order(number, f"g{number}@example.com")
    synced(shop)
    shop.touch("orders", 2, status="refunded")
    report = synced(shop)
    assert report["tables"]["orders"] | {"rows": 1, "updated": 1} == report["tables"]["orders"]
    assert Order.objects.get(number="2").state == "closed"
    asked = next(query for path, query in shop.requests if path == "orders")
    begun = SyncState.objects.get(kind="orders").since
    assert asked["modified_after"] < f"{begun - sync.OVERLAP:%Y-%m-%dT%H:%M:%S}Z"


@pytest.mark.once
def test_change_of_a_shop_with_a_slow_clock_comes(synced, monkeypatch):
    """Catches a `since` of our clock, behind which the shop's times of later changes lie.

    The second pass is interrupted after a block: its start must not be moved again.
    """
    monkeypatch.setattr(reader, "MOST", 1)
    monkeypatch.setattr(reader, "PER_PAGE", 1)
    shop = FakeShop()
    shop.lag = timedelta(hours=2)
    for number in (1, 2):
        shop.order(number, "")
    synced(shop)
    shop.touch("orders", 1, status="refunded", total="bad")
    shop.touch("orders", 2, status="refunded")
    with pytest.raises(CommandError, match=r"orders\[1\]: total"):
        synced(shop)
    shop.touch("orders", 1, total="1.00")
    synced(shop)
    assert {*Order.objects.values_list("state", flat=True)} == {"closed"}
    begun = SyncState.objects.get(kind="orders").since
    assert timedelta(hours=2) <= now() - begun < timedelta(hours=4)


def test_age_of_a_cached_answer_is_no_lag_of_the_shop(monkeypatch):
    """Catches a cached page whose `Date` makes each run read the changes of an hour again."""
    monkeypatch.setattr(http_headers, "now", lambda: datetime(2026, 1, 1, 12, tzinfo=UTC))
    clock = http_headers.ShopClock()
    clock.note("Thu, 01 Jan 2026 10:59:00 GMT", "3600")
    assert clock.lag == timedelta(minutes=1)
    clock.note("Thu, 01 Jan 2026 11:58:00 GMT", "unknown")
    assert clock.lag == timedelta(minutes=2)


@pytest.mark.once
@pytest.mark.parametrize("said", [1, 40])
def test_rows_that_move_between_pages_are_not_lost(synced, monkeypatch, said):
    monkeypatch.setattr(reader, "PER_PAGE", 10)
    shop = FakeShop()
    for number in range(1, 26):
        shop.order(number, "")
    shop.pages_said = lambda pages: said

    def answers(path, query):
        if path == "orders" and query["page"] == "3" and shop.lists["orders"].get(1):
            # The second row moves behind all others, the first is deleted.
            shop.touch("orders", 2)
            del shop.lists["orders"][1]

    shop.answers = answers
    synced(shop)
    numbers = {*map(str, range(3, 26))}
    assert {*Order.objects.values_list("number", flat=True)} - {"2"} == numbers
    shop.answers = lambda path, query: None
    synced(shop)
    assert {*Order.objects.values_list("number", flat=True)} == numbers | {"2"}


@pytest.mark.once
def test_refused_key_names_setting_and_scope_and_no_secret(synced, settings, caplog):
    caplog.set_level(logging.DEBUG)
    shop = FakeShop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake_api, "AUTHORIZATION", "Basic other")
        with pytest.raises(CommandError) as refused:
            synced(shop)
    text = str(refused.value)
    assert "WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET" in text and "HTTP 401" in text
    assert "“Read”" in text and refused.value.returncode == 1
    assert len(shop.requests) == 1
    said = text + synced.output + caplog.text
    assert not any(secret in said for secret in (KEY, SECRET, fake_api.AUTHORIZATION[6:]))
    source = ShopSource.all_sources.get()
    assert "HTTP 401" in source.sync_error and source.first_import_at is None
    # The next run is the first one.
    synced(shop)
    source.refresh_from_db()
    assert source.sync_error == "" and source.first_import_at is not None


@pytest.mark.once
def test_server_that_stays_busy_ends_the_run_after_eight_tries(synced, pauses):
    shop = FakeShop()
    shop.answers = lambda path, query: (429, {"Retry-After": "9999"}, {})
    with pytest.raises(CommandError, match="8 tries have failed, the last with: HTTP 429"):
        synced(shop)
    assert pauses == [300.0] * 7
    pauses.clear()
    shop.answers = lambda path, query: (502, {}, {})
    with pytest.raises(CommandError, match="HTTP 502"):
        synced(shop)
    assert pauses == [1, 2, 4, 8, 16, 32, 60]


@pytest.mark.once
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example.com", "must begin with https://"),
        ("https://127.0.0.1", "not a public one"),
        ("https://10.1.2.3", "not a public one"),
        ("https://key:secret@shop.example.com", "no user name or password"),
    ],
)
def test_address_of_another_machine_is_checked_as_webhooks_are(synced, settings, url, reason):
    settings.WOOCOMMERCE_URL = url
    with pytest.raises(CommandError, match=reason) as refused:
        call_command("sync_shop", "woocommerce", stdout=io.StringIO())
    assert "WOOCOMMERCE_URL" in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.once
def test_redirect_to_another_host_gets_no_key(synced):
    shop, other = FakeShop(), FakeShop()
    with serving(other):
        shop.answers = lambda path, query: (302, {"Location": f"{other.url}/x"}, {})
        with pytest.raises(CommandError, match="redirects elsewhere"):
            synced(shop)
    assert not other.requests and len(shop.requests) == 1


def test_guest_is_that_of_the_latest_order_whatever_comes_last(synced):
    shop = FakeShop()
    ada = {"email": "ada@example.com", "first_name": "Ada", "city": "Paris"}
    shop.order(1, date_created_gmt="2026-01-01T00:00:00", billing={**ada, "first_name": "A."})
    shop.order(2, date_created_gmt="2026-03-01T00:00:00", billing=ada)
    shop.order(3, "bob@example.com")
    synced(shop)
    shop.touch("orders", 1, billing={**ada, "first_name": "Old", "city": "Rome"})
    shop.touch("orders", 3, billing={"email": "carl@example.com"})
    report = synced(shop)
    guest = Customer.objects.get(email="ada@example.com")
    assert guest.first_name == "Ada" and guest.registered_at.month == 1
    assert guest.addresses.get().city == "Paris"
    # Nothing names the guest of the third order's former address any more.
    assert report["tables"]["customers"]["deleted"] == 1
    assert sorted(Customer.objects.values_list("email", flat=True)) == [
        "ada@example.com",
        "carl@example.com",
    ]
    shop.customer(9, "Ada@example.com")
    assert synced(shop)["derived"]["guests_merged"] == 1
    assert {*Order.objects.filter(customer__external_id="9").values_list("number", flat=True)} == {
        "1",
        "2",
    }


def test_full_run_deletes_customers_who_are_gone(synced):
    shop = FakeShop()
    for number in (1, 2):
        shop.customer(number, f"c{number}@example.com")
        shop.order(number, f"c{number}@example.com", customer_id=number)
    synced(shop)
    del shop.lists["customers"][2]
    synced(shop)
    assert Customer.objects.filter(external_id="2").exists()
    report = synced(shop, "--full")
    assert report["tables"]["customers"]["deleted"] == 1
    assert Order.objects.get(number="1").customer.external_id == "1"
    assert Order.objects.get(number="2").customer.kind == "guest"


def test_refund_finds_an_order_that_the_run_has_not_read(synced):
    shop = FakeShop()
    shop.order(1, number="A-1", line_items=[line(), line(2, sku=None, variation_id=70)])
    shop.order(2, status="checkout-draft")
    synced(shop)
    refunded = [line(quantity=-1, total="-4.00"), line(2, quantity=0)]
    at = f"{now() + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}"
    shop.put("refunds", id=5, parent_id=1, amount="4.00", date_created_gmt=at, line_items=refunded)
    shop.put("refunds", id=6, parent_id=2, amount="4.00", date_created_gmt=at, line_items=[])
    shop.put("refunds", id=7, parent_id=3, amount="4.00", date_created_gmt=at, line_items=[])
    report = synced(shop)
    # Those of a draft and of an order that is in the trash.
    assert [(one["what"], one["count"]) for one in report["left_out"]] == [("refunds", 2)]
    (refund,) = Refund.objects.all()
    assert (refund.number, refund.order.number, refund.amount) == ("5", "A-1", 4)
    (item,) = RefundItem.objects.all()
    assert (item.sku, item.quantity, item.row_total) == ("TEE", 1, 4)
    assert {*refund.order.items.values_list("sku", flat=True)} == {"TEE", "product-70"}


@pytest.mark.once
def test_refund_that_its_order_no_longer_lists_goes(synced):
    shop = FakeShop()
    at = "2026-01-02T03:04:05"
    for order in (1, 2, 3):
        numbers = (order * 10, order * 10 + 1)
        shop.order(order, refunds=[{"id": one, "total": "-4.00"} for one in numbers])
        for one in numbers:
            shop.put("refunds", id=one, parent_id=order, amount="4.00", date_created_gmt=at)
    synced(shop)
    for gone in (11, 20, 21, 30):
        del shop.lists["refunds"][gone]
    shop.touch("orders", 1, refunds=[{"id": 10, "total": "-4.00"}])
    shop.touch("orders", 2, refunds=[])
    # Deleting a refund does not touch its order: only a full run reads this one again.
    shop.lists["orders"][3]["refunds"] = [{"id": 31, "total": "-4.00"}]
    for options, left in (((), {"10", "30", "31"}), (("--full",), {"10", "31"})):
        synced(shop, *options)
        assert {*Refund.objects.values_list("number", flat=True)} == left


def test_refund_of_a_file_goes_when_the_order_has_none(synced):
    """Catches a refund that was taken back; of orders without the field nothing is known."""
    shop = FakeShop()
    shop.order(1, refunds=[])
    shop.order(2)
    synced(shop)
    for order in Order.objects.all():
        number = f"{order.number}-R1"
        Refund.objects.create(number=number, order=order, created_at=now(), amount=5)
    for number in (1, 2):
        shop.touch("orders", number)
    synced(shop)
    assert Refund.objects.get().number == "2-R1"


@pytest.mark.once
def test_variation_without_a_number_of_its_own_has_that_of_its_id(synced):
    shop = FakeShop()
    option = {"name": "Size", "option": "S"}
    shop.put(
        "products", id=1, name="Tee", type="variable", sku="TEE", date_modified_gmt="2026-01-01T"
    )
    shop.put("products/1/variations", id=2, sku="TEE", regular_price="9.5", attributes=[option])
    created = {"date_created_gmt": "2026-01-02T03:04:05"}
    shop.put("products/1/variations", id=3, sku="TEE-M", sale_price="8", attributes=[], **created)
    synced(shop)
    dated = Product.objects.exclude(created_at=None)
    assert [one.created_at.isoformat() for one in dated] == ["2026-01-02T03:04:05+00:00"]
    products = Product.objects.order_by("sku").values_list("sku", "name", "product_type", "price")
    assert [*products] == [
        ("TEE", "Tee", "variable", None),
        ("TEE-M", "Tee", "variation", 8),
        ("product-2", "Tee - S", "variation", Decimal("9.5")),
    ]


def test_bad_object_refuses_its_block_and_is_named(synced, tmp_path):
    shop = FakeShop()
    shop.customer(4, "c4@example.com")
    shop.order(5, total="12,5")
    shop.order(6)
    with pytest.raises(CommandError) as refused:
        synced(shop)
    assert str(refused.value).startswith('orders[5]: total: "12,5" is not a number')
    assert "stored" in str(refused.value)
    assert Customer.objects.count() == 1 and not Order.objects.exists()
    source = ShopSource.objects.get()
    assert source.sync_error == "Problems: 1, the first in orders[5]: total."
    at = following.next_sync_at(source)
    assert at == source.last_sync_at + timedelta(seconds=900)
    visitor = Client()
    visitor.force_login(staff_user("boss", "customers.import_shop"))
    page = visitor.get(reverse("admin:shops_shopimport_changelist")).content.decode()
    assert source.sync_error in page
    rows = tmp_path / "bad.csv"
    synced(shop, "--skip-bad-rows", "--refused", rows)
    assert Order.objects.get().number == "6"
    assert "orders,5" in rows.read_text()


@pytest.mark.once
def test_beat_logs_what_does_not_work_and_skips_shops_without_a_key(synced, settings, caplog):
    settings.WOOCOMMERCE_URL = "https://10.0.0.1"
    following.sync_configured_shops()
    assert "sync_shop woocommerce: WOOCOMMERCE_URL: " in caplog.text
    caplog.clear()
    settings.WOOCOMMERCE_SECRET = ""
    following.sync_configured_shops()
    assert not caplog.records
    with pytest.raises(CommandError, match="Set WOOCOMMERCE_SECRET") as refused:
        call_command("sync_shop", "woocommerce")
    assert refused.value.returncode == 2
