"""Shopify's Admin API: the sample's objects give the answers of its files, whatever happens."""

import io
import json
import logging
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from core.clock import now
from customers.events.receiving.request import receive
from customers.models import (
    Address,
    Customer,
    CustomerAttribute,
    DirtyCustomer,
    Order,
    OrderItem,
    Product,
    Refund,
    RefundItem,
)
from integrations.shopify.api import reader
from integrations.shopify.tests.fake_api import TOKEN, FakeShop, line, money, sample, serving
from integrations.shops import following
from integrations.shops.apis import client, sync
from integrations.shops.apis.blocks import BlockImport
from integrations.shops.models import ShopSource, SourceRow, SyncState
from integrations.shops.sources import note_source
from integrations.shops.tests.databases import counts, expected_counts
from integrations.shops.tests.questions import bring, needs_shops, wrong_answers

OPTIONS = ("--rate", "USD=1.08", "--timezone", "Europe/Berlin")


@pytest.fixture
def pauses(monkeypatch):
    found = []
    monkeypatch.setattr(client, "pause", found.append)
    return found


@pytest.fixture
def synced(db, tmp_path, settings, pauses):
    """Return what synchronizes a shop and returns the report; its output is kept."""
    settings.BASE_CURRENCY, settings.SHOP_RATES = "EUR", []
    settings.SHOPIFY_TOKEN, settings.SHOPIFY_METAFIELDS = TOKEN, ["custom.shoe_size"]

    def sync_now(shop, *options):
        report = tmp_path / "report.json"
        output = io.StringIO()
        shop.requests.clear()
        shop.ranges.clear()
        try:
            with serving(shop):
                settings.SHOPIFY_URL = f"{shop.url}/"
                call_command("sync_shop", "shopify", "--report", report, *options, stdout=output)
        finally:
            sync_now.output += output.getvalue()
        return json.loads(report.read_text())

    sync_now.output = ""
    return sync_now


def asked(shop, kind):
    return [text for one, text in shop.requests if one == kind]


def rows_of_orders():
    columns = ("number", "customer__external_id", "state", "status", "created_at", "updated_at")
    amounts = ("tax_amount", "shipping_amount", "discount_amount", "grand_total", "subtotal")
    texts = ("coupon_code", "payment_method", "shipping_method", "billing_region", "currency")
    lines = ("order__number", "line", "sku", "name", "quantity", "price", "discount_amount")
    return (
        [*Order.objects.order_by("number").values_list(*columns, *amounts, *texts)],
        [*OrderItem.objects.order_by("order__number", "line").values_list(*lines)],
        [*Product.objects.order_by("sku").values_list("sku", "name", "product_type", "price")],
    )


@needs_shops
@pytest.mark.parametrize("children_first", [False, True])
def test_objects_give_the_answers_of_the_files(synced, children_first):
    shop = sample()
    shop.children_first = children_first
    report = synced(shop, *OPTIONS)
    assert counts(report) == expected_counts("shopify")
    assert [*wrong_answers("shopify")] == []
    assert report["recognised"][2]["path"] == "orders"
    assert [one["columns_not_used"] for one in report["recognised"]] == [[], [], []]
    DirtyCustomer.objects.all().delete()
    again = synced(shop, "--full", "--rate", "USD=1.08")
    rows = {name: count for name, count in counts(report).items() if name != "websites"}
    assert counts(again, "unchanged") == rows
    assert not counts(again, "deleted")
    assert not DirtyCustomer.objects.exists()


@pytest.mark.parametrize("has_customers", [True, False])
def test_prefix_taken_since_the_start_is_refused(synced, monkeypatch, has_customers):
    steps = sync._Run._steps

    def steps_late(run):
        note_source("b", "P")
        return steps(run)

    monkeypatch.setattr(sync._Run, "_steps", steps_late)
    shop = FakeShop()
    if has_customers:
        shop.customer(1, "ada@example.com")
    with pytest.raises(CommandError, match="is that of b"):
        synced(shop, "--prefix", "P")
    assert [*ShopSource.objects.values_list("name", flat=True)] == ["b"]
    assert not Customer.objects.exists()


@needs_shops
def test_api_continues_where_the_files_of_a_shop_ended(synced, tmp_path):
    bring("shopify", tmp_path / "files.json")
    stored = rows_of_orders()
    report = synced(sample(), *OPTIONS)
    refunds = expected_counts("shopify")["refunds"]
    assert counts(report, "created") == counts(report, "deleted") == {"refunds": refunds}
    assert rows_of_orders() == stored
    assert Refund.objects.count() == refunds
    assert not Refund.objects.filter(number__endswith="-R").exists()
    assert CustomerAttribute.objects.get(code="custom_shoe_size").label == "Shoe size"
    bring("shopify", tmp_path / "files.json")
    assert rows_of_orders() == stored
    assert Refund.objects.count() == refunds


@needs_shops
def test_dry_run_counts_all_and_stores_nothing(synced):
    report = synced(sample(), *OPTIONS, "--dry-run")
    assert counts(report, "created")["orders"] == 120
    assert not Order.objects.exists() and not SyncState.objects.exists()
    assert not ShopSource.objects.exists()


@pytest.mark.once
def test_first_of_products_with_one_sku_counts_in_all_blocks(synced, monkeypatch, tmp_path):
    """Catches a second product that replaces the first because another block brings it."""
    monkeypatch.setattr(reader, "MOST", 1)
    shop = FakeShop()
    for number, price in ((1, "9.50"), (2, "7.00")):
        variant = {"id": f"gid://shopify/ProductVariant/{number}", "sku": "TEE", "price": price}
        shop.put("products", number, title=f"Tee {number}", variants=[variant])
    report = synced(shop)
    assert Product.objects.get().price == Decimal("9.5")
    assert [(one["code"], one["count"]) for one in report["warnings"]] == [("shared_skus", 1)]
    Product.objects.all().delete()
    variant = {"id": "gid://shopify/ProductVariant/1", "sku": "TEE", "price": "12,5"}
    shop.put("products", 1, title="Tee 1", variants=[variant])
    # A product that is left out takes its SKU from nobody.
    refused = ("--refused", str(tmp_path / "refused.csv"))
    assert not synced(shop, "--full", "--skip-bad-rows", *refused)["warnings"]
    assert Product.objects.get().price == 7


class _Killed(BaseException):
    """The process ends here."""


@needs_shops
def test_run_killed_between_blocks_continues_there(synced, monkeypatch):
    monkeypatch.setattr(reader, "MOST", 50)
    store, blocks = BlockImport.store, []

    def die_before_the_second_block_of_orders(self, kind, *rest):
        if [*blocks, kind].count("orders") == 2:
            raise _Killed
        blocks.append(kind)
        store(self, kind, *rest)

    shop = sample()
    monkeypatch.setattr(BlockImport, "store", die_before_the_second_block_of_orders)
    with pytest.raises(_Killed):
        synced(shop, *OPTIONS)
    assert Order.objects.count() == 50
    state = SyncState.objects.get(kind="orders")
    assert state.cursor == "gid://shopify/BulkOperation/3 51" and state.since is None
    monkeypatch.setattr(BlockImport, "store", store)
    report = synced(shop, "--rate", "USD=1.08")
    # The rest of the same file, then what has changed since, without another whole reading.
    assert "gid://shopify/BulkOperation/3" in asked(shop, "poll")[-2]
    assert counts(report, "created")["orders"] == 70
    assert all("updated_at:>=" in text for text in asked(shop, "bulk"))
    assert Order.objects.count() == 120
    assert [*wrong_answers("shopify")] == []


@pytest.mark.once
@pytest.mark.parametrize("gone", ["operation", "url", "file"])
def test_run_whose_file_is_gone_reads_all_since_then(synced, monkeypatch, gone):
    monkeypatch.setattr(reader, "MOST", 1)
    shop = FakeShop()
    for number in (1, 2, 3):
        shop.order(number, f"g{number}@example.com")
    shop.order(2, displayFinancialStatus="PAID", totalPriceSet={"shopMoney": {"amount": "12,5"}})
    with pytest.raises(CommandError, match=r"orders\[gid://shopify/Order/2\]: total"):
        synced(shop)
    assert Order.objects.count() == 1
    shop.order(2)
    if gone == "operation":
        del shop.files[3]
    elif gone == "url":
        shop.files[3] = b""
    else:
        shop.answers = lambda kind, text: (403, {}, {}) if "files/3" in text else None
    synced(shop)
    assert Order.objects.count() == 3


def test_only_what_changed_comes_again(synced):
    shop = FakeShop()
    for number in (1, 2, 3):
        shop.order(number, f"g{number}@example.com")
    synced(shop)
    since = SyncState.objects.get(kind="orders").since
    assert since is not None
    shop.touch("orders", 2, displayFinancialStatus="REFUNDED")
    report = synced(shop)
    assert report["tables"]["orders"] | {"rows": 1, "updated": 1} == report["tables"]["orders"]
    assert Order.objects.get(number="#2").state == "closed"
    first = since - sync.OVERLAP
    query = next(text for text in asked(shop, "bulk") if "{ orders(" in text)
    assert f"updated_at:>='{first.astimezone(UTC):%Y-%m-%dT%H:%M}" in query


@pytest.mark.parametrize("has_ranges", [True, False])
@pytest.mark.parametrize("cuts", [[200], [200, 350, 300], [1]])
@pytest.mark.once
def test_cut_file_is_resumed_or_read_again(synced, pauses, cuts, has_ranges):
    shop = FakeShop()
    shop.has_ranges = has_ranges
    for number in range(1, 6):
        shop.order(number, "")
    shop.cuts = [*cuts]
    synced(shop)
    assert Order.objects.count() == OrderItem.objects.count() == 5
    assert len(shop.ranges) == len(cuts) + 1 and shop.ranges[:2] == ["", f"bytes={cuts[0]}-"]
    assert len(pauses) == len(cuts)


@pytest.mark.once
def test_incomplete_last_line_is_never_taken_for_an_object(synced, pauses):
    shop = FakeShop()
    shop.order(1, "")
    shop.order(2, "")
    respond = shop.respond

    def cut(body):
        found = respond(body)
        shop.files = {number: content[:-40] for number, content in shop.files.items()}
        return found

    shop.respond = cut
    with pytest.raises(CommandError, match="the file ends too early"):
        synced(shop)
    assert not Order.objects.exists()


@pytest.mark.once
def test_throttled_query_waits_for_its_cost(synced, pauses):
    shop = FakeShop()
    shop.order(1, "")
    cost = {
        "requestedQueryCost": 302,
        "throttleStatus": {"currentlyAvailable": 102, "restoreRate": 50.0},
    }
    throttled = {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": cost},
    }
    troubles = iter([(200, {}, throttled), (429, {"Retry-After": "7"}, {}), (503, {}, {})])
    shop.answers = lambda kind, text: next(troubles, None)
    synced(shop)
    assert pauses == [4.0, 7.0, 4]
    assert Order.objects.count() == 1


@pytest.mark.once
def test_running_operation_is_polled_with_longer_pauses(synced, pauses):
    shop = FakeShop()
    shop.order(1, "")
    shop.polls = 7
    synced(shop)
    assert pauses[:7] == [1, 2, 4, 8, 16, 30, 30] and Order.objects.count() == 1


@pytest.mark.once
def test_other_operation_of_the_shop_is_waited_for(synced, pauses):
    shop = FakeShop()
    shop.order(1, "")
    errors = [{"field": None, "message": "A bulk query operation is already in progress"}]
    busy = {"data": {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": errors}}}
    troubles = iter([(200, {}, busy)])
    shop.answers = lambda kind, text: next(troubles, None)
    synced(shop)
    assert pauses == [30] and Order.objects.count() == 1


@pytest.mark.once
@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_names_setting_and_scope_and_no_secret(synced, settings, caplog, status):
    caplog.set_level(logging.DEBUG)
    shop = FakeShop()
    shop.answers = lambda kind, text: (status, {}, {"errors": "no"})
    with pytest.raises(CommandError) as refused:
        synced(shop)
    text = str(refused.value)
    assert "SHOPIFY_TOKEN" in text and f"HTTP {status}" in text and "read_customers" in text
    assert refused.value.returncode == 1 and len(shop.requests) == 1
    assert TOKEN not in text + synced.output + caplog.text


@pytest.mark.once
def test_token_with_a_line_break_is_refused_unquoted(synced, settings):
    settings.SHOPIFY_TOKEN = f"{TOKEN}\n"
    with pytest.raises(CommandError, match="SHOPIFY_TOKEN: contains a character") as refused:
        synced(FakeShop())
    assert TOKEN not in str(refused.value)


@pytest.mark.once
def test_missing_scope_of_orders_is_named(synced):
    shop = FakeShop()
    denied = {"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}
    shop.answers = lambda kind, text: (
        (200, {}, {"data": None, "errors": [denied]}) if "{ orders" in text else None
    )
    with pytest.raises(CommandError, match="SHOPIFY_TOKEN.*read_orders"):
        synced(shop)


@pytest.mark.once
def test_missing_token_is_named(synced, settings):
    settings.SHOPIFY_URL, settings.SHOPIFY_TOKEN = "https://shop.example.com", ""
    with pytest.raises(CommandError, match="Set SHOPIFY_TOKEN") as refused:
        call_command("sync_shop", "shopify")
    assert refused.value.returncode == 2


@pytest.mark.once
def test_metafield_without_a_namespace_is_refused(synced, settings):
    settings.SHOPIFY_METAFIELDS = ['size"]) {']
    with pytest.raises(CommandError, match="SHOPIFY_METAFIELDS"):
        synced(FakeShop())


def test_refunds_come_with_all_of_their_lines(synced):
    shop = FakeShop()
    items = [line(10), line(11, name="Gift wrap", sku=None), line(12, "Mug", "MUG", 3)]
    shop.order(1, lineItems=items, displayFinancialStatus="PARTIALLY_REFUNDED")
    shop.order(2)
    shop.refund(1, 7, "4.00", *((one, 1) for one in items))
    shop.refund(1, 8, "1.50", (items[0], 0))
    synced(shop)
    refunds = Refund.objects.order_by("number").values_list("number", "order__number", "amount")
    assert [*refunds] == [("7", "#1", 4), ("8", "#1", 1.5)]
    lines = RefundItem.objects.order_by("line").values_list("refund__number", "sku", "row_total")
    assert [*lines] == [("7", "TEE", 4), ("7", "name-gift-wrap", 4), ("7", "MUG", 4)]
    assert len(asked(shop, "refunds")) == 2


@pytest.mark.once
@pytest.mark.parametrize("options", [(), ("--prefix", "P")])
def test_refund_that_the_shop_no_longer_lists_goes(synced, options):
    """Catches a refund that counts for ever, and one of an event that came after the answer."""
    shop = FakeShop()
    for number in range(1, 6):
        shop.order(number, displayFinancialStatus="PARTIALLY_REFUNDED")
        shop.refund(number, number * 10, "4.00")
        shop.refund(number, number * 10 + 1, "5.00")
    start = "P:" if options else ""
    synced(shop, *options)
    order = Order.objects.get(number=f"{start}#1")
    Refund.objects.create(number="RMA-7", order=order, created_at=now(), amount=1)
    shop.touch("orders", 1, refunds=[{"id": "gid://shopify/Refund/11"}])
    shop.touch("orders", 2, refunds=[], displayFinancialStatus="PAID")
    # The third order was read before an event brought a refund, the fifth before a change of it.
    shop.touch("orders", 3, refunds=[])
    shop.lists["orders"][3]["updatedAt"] = "2026-03-01T00:00:00Z"
    shop.lists["orders"][5].update(refunds=[], updatedAt="2026-03-01T00:00:00Z")
    Order.objects.filter(number=f"{start}#5").update(updated_at=now())
    refund = {"number": f"{start}32", "order": f"{start}#3", "amount": "1"}
    at = "2026-03-01T00:00:01Z"
    made = {"id": "1", "type": "refund.saved", "occurred_at": at}
    assert receive(made | {"data": refund | {"created_at": at}}).problems == []
    shop.touch("orders", 4, refunds=None, displayFinancialStatus="PAID")
    for mode in (["--full", "--dry-run"], ["--full"]):
        report = synced(shop, *mode)
        assert report["tables"]["refunds"]["deleted"] == 5
    left = {*Refund.objects.values_list("number", flat=True)}
    assert left == {"RMA-7", *(f"{start}{number}" for number in (11, 32, 40, 41, 50, 51))}


@pytest.mark.both
def test_refund_of_a_file_goes_when_the_api_knows_better(synced, tmp_path):
    """Catches refunds of other programs, whose numbers begin alike, and of a silent API."""
    shop = FakeShop()
    shop.order(1)
    shop.order(2, displayFinancialStatus="REFUNDED")
    shop.order(3, displayFinancialStatus="REFUNDED")
    shop.refund(3, 7, "5.00")
    shop.order(4)
    synced(shop)
    Refund.objects.all().delete()
    for order in Order.objects.all():
        for ending in ("-R", "-RMA7", "-r1"):
            number = f"{order.number}{ending}"
            Refund.objects.create(number=number, order=order, created_at=now(), amount=5)
    for number in range(1, 5):
        shop.touch("orders", number, **({"totalPriceSet": money("bad")} if number == 4 else {}))
    report = synced(shop, "--skip-bad-rows", "--refused", str(tmp_path / "refused.csv"))
    assert report["tables"]["refunds"]["deleted"] == 1
    left = {*Refund.objects.filter(number__endswith="R").values_list("number", flat=True)}
    # An order of the block is left out: nothing goes of those without refunds.
    assert left == {"#1-R", "#2-R", "#4-R"}
    for number in (1, 2, 3, 4):
        shop.touch("orders", number, **({"totalPriceSet": money("5.00")} if number == 4 else {}))
    synced(shop)
    left = {*Refund.objects.values_list("number", flat=True)}
    others = {f"#{number}{ending}" for number in range(1, 5) for ending in ("-RMA7", "-r1")}
    assert left == {"#2-R", "7"} | others


def test_customers_have_their_addresses_and_collections_their_products(synced):
    shop = FakeShop()
    home = {"id": "gid://shopify/MailingAddress/1", "address1": "1 Mill Street", "city": "Bonn"}
    work = {"id": "gid://shopify/MailingAddress/2", "address1": "2 Lake Road", "phone": "+49 1"}
    shop.customer(
        1,
        "ada@example.com",
        phone="+49 30 123",
        addresses=[work, home],
        defaultAddress={"id": home["id"]},
        emailMarketingConsent={"marketingState": "SUBSCRIBED"},
        tags=["vip", "a|b"],
    )
    variant = {"id": "gid://shopify/ProductVariant/1", "sku": None, "price": "9.50"}
    collection = {"id": "gid://shopify/Collection/1", "title": "Summer", "handle": "summer"}
    category = {"fullName": "Apparel > Hoodies & Sweat"}
    values = {"variants": [variant], "collections": [collection], "category": category}
    values["createdAt"] = "2026-01-02T03:04:05Z"
    shop.put("products", 1, title="Hoodie", vendor="House", productType="Top", **values)
    synced(shop)
    customer = Customer.objects.get()
    assert customer.registered_at.year == 2026 and customer.accepts_marketing is True
    columns = ("street", "telephone", "is_default_billing", "is_default_shipping")
    assert [*Address.objects.order_by("pk").values_list(*columns)] == [
        ("1 Mill Street", "+49 30 123", True, True),
        ("2 Lake Road", "+49 1", False, False),
    ]
    shop.customer(1, "ada@example.com", phone="+49 30 123", addresses=[], defaultAddress=None)
    shop.touch("customers", 1)
    synced(shop)
    assert "deleted: 2 addresses" in synced.output
    assert not Address.objects.exists()
    shop.customer(1, "ada@example.com", phone="+49 30 123", addresses=[home])
    shop.touch("customers", 1)
    synced(shop)
    # What another source brought stays, and so does all of a customer whose row is left out.
    other = ShopSource.objects.create(name="other", first_import_at=now(), last_import_at=now())
    SourceRow.objects.create(source=other, kind=SourceRow.Kind.CUSTOMER, row=customer.pk)
    shop.customer(1, "ada@example.com", phone="+49 30 123", addresses=[])
    shop.touch("customers", 1)
    synced(shop)
    assert Address.objects.count() == 1
    product = Product.objects.get()
    assert product.sku == "name-hoodie"
    assert product.created_at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert {*product.categories.values_list("code", flat=True)} == {
        "apparel/hoodies-sweat",
        "top",
        "collection-summer",
    }
    # An order over the counter belongs to the only account with its phone number.
    shop.order(1, None, phone="(+49) 30-123")
    shop.order(2, None, phone="+49 9")
    shop.touch("orders", 1)
    shop.touch("orders", 2)
    synced(shop)
    owners = Order.objects.order_by("number").values_list("customer__external_id", flat=True)
    assert [*owners] == ["1", None]


def test_guest_is_that_of_the_latest_order(synced):
    shop = FakeShop()
    ada = {"firstName": "Ada", "lastName": "King", "city": "Paris", "provinceCode": "IDF"}
    old = {"createdAt": "2026-01-01T00:00:00Z", "customerAcceptsMarketing": False}
    shop.order(1, billingAddress=ada | {"firstName": "A."}, **old)
    shop.order(2, billingAddress=ada, customerAcceptsMarketing=True)
    synced(shop)
    shop.touch("orders", 1, billingAddress=ada | {"firstName": "Old", "city": "Rome"})
    synced(shop)
    guest = Customer.objects.get()
    assert guest.first_name == "Ada" and guest.accepts_marketing is True
    assert [*guest.addresses.values_list("city", "region_code")] == [("Paris", "IDF")]
    shop.customer(9, "Ada@example.com")
    shop.touch("customers", 9)
    assert synced(shop)["derived"]["guests_merged"] == 1
    assert {*Order.objects.values_list("customer__external_id", flat=True)} == {"9"}


def test_full_run_deletes_customers_who_are_gone(synced):
    shop = FakeShop()
    for number in (1, 2):
        account = {"id": f"gid://shopify/Customer/{number}"}
        shop.customer(number, f"c{number}@example.com")
        shop.order(number, f"c{number}@example.com", customer=account)
    synced(shop)
    del shop.lists["customers"][2]
    synced(shop)
    assert Customer.objects.filter(external_id="2").exists()
    report = synced(shop, "--full")
    assert report["tables"]["customers"]["deleted"] == 1
    assert Order.objects.get(number="#1").customer.external_id == "1"
    assert Order.objects.get(number="#2").customer.kind == "guest"


@pytest.mark.once
def test_beat_reads_a_configured_shop(synced, settings):
    shop = FakeShop()
    shop.order(1)
    with serving(shop):
        settings.SHOPIFY_URL = shop.url
        following.sync_configured_shops()
    source = ShopSource.objects.get()
    assert Order.objects.count() == 1 and source.sync_error == ""
    settings.SHOP_SYNC_SECONDS = 900
    assert following.next_sync_at(source) == source.last_sync_at + timedelta(seconds=900)
