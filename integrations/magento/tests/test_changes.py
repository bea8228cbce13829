"""Incremental runs over a database end as full ones, whatever has changed in the shop."""

import io
import json
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command

from core.clock import now
from customers.models import (
    Address,
    Cart,
    CartItem,
    Customer,
    CustomerAttributeValue,
    DirtyCustomer,
    NewsletterSubscription,
    Order,
    OrderItem,
    Refund,
    WishlistItem,
)
from integrations.shops.databases.changes import FULL
from integrations.shops.models import SyncState
from integrations.shops.tests.databases import counts, made_database
from integrations.shops.tests.questions import needs_shops
from tests.cases import seeds

NAMES = {
    "magento2": {"order": "sales_order", "memo": "sales_creditmemo", "cart": "quote"},
    "maho": {
        "order": "sales_flat_order",
        "memo": "sales_flat_creditmemo",
        "cart": "sales_flat_quote",
    },
}
NOTE = "Only what has changed since"
CHANGES = (
    # Accounts: another address, a guest who registers, twins, another website, deleted ones.
    "UPDATE customer_entity SET email = 'moved-{n}@example.com', updated_at = {now}"
    " WHERE entity_id = {account}",
    "UPDATE customer_entity SET email = '{guest}' WHERE entity_id = {account}",
    "UPDATE customer_entity SET email = '{email}' WHERE entity_id = {account}",
    "UPDATE customer_entity SET website_id = 3 - website_id, store_id = 0, updated_at = {now}"
    " WHERE entity_id = {account}",
    "INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at,"
    " updated_at, is_active) VALUES ({n}, {site}, '{guest}', 1, {site}, {now}, {now}, 1)",
    "INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at,"
    " updated_at, is_active) VALUES ({n}, 1, ' {EMAIL}', 2, 1, '2020-01-01', '2020-01-01', 1)",
    "DELETE FROM customer_entity WHERE entity_id = {account};"
    "DELETE FROM customer_address_entity WHERE parent_id = {account};"
    "UPDATE {order} SET customer_id = NULL WHERE customer_id = {account};"
    "DELETE FROM {cart} WHERE customer_id = {account};"
    "DELETE FROM newsletter_subscriber WHERE customer_id = {account}",
    "DELETE FROM customer_entity WHERE entity_id = {account};"
    "UPDATE {order} SET customer_id = NULL, customer_email = '{guest}'"
    " WHERE customer_id = {account}",
    "UPDATE customer_entity SET group_id = 1 + group_id % 3, is_active = 1 - is_active,"
    " updated_at = {now} WHERE entity_id = {account}",
    # Addresses.
    "DELETE FROM customer_address_entity ORDER BY RAND({n}) LIMIT 2",
    "UPDATE customer_address_entity SET parent_id = {account}, updated_at = {now}"
    " ORDER BY RAND({n}) LIMIT 1",
    # Orders and refunds.
    "UPDATE {order} SET grand_total = grand_total + 1, state = 'closed', updated_at = {now}"
    " ORDER BY RAND({n}) LIMIT 3",
    "UPDATE {order} SET customer_id = NULL, customer_email = '{guest}', updated_at = {now}"
    " ORDER BY RAND({n}) LIMIT 2",
    "UPDATE {order} SET customer_id = NULL, customer_email = 'new-{n}@example.com',"
    " customer_firstname = 'Neu', store_id = {site}, updated_at = {now} ORDER BY RAND({n}) LIMIT 2",
    "UPDATE {order} SET customer_id = {account}, updated_at = {now} ORDER BY RAND({n}) LIMIT 2",
    "UPDATE {order} SET status = 'touched-{n}', updated_at = {now} ORDER BY RAND({n}) LIMIT 2;"
    "UPDATE {order}_item AS i JOIN {order} AS o ON o.entity_id = i.order_id SET"
    " i.row_total = i.row_total + 1, i.sku = CONCAT(i.sku, '-B') WHERE o.status = 'touched-{n}'",
    "INSERT INTO {order} (entity_id, increment_id, state, status, store_id, customer_email,"
    " grand_total, order_currency_code, base_currency_code, base_to_order_rate, created_at,"
    " updated_at) VALUES ({n}, 'N{n}', 'new', 'new', {site}, '{guest}', 7, 'EUR', 'EUR', 1, {now},"
    " {now});INSERT INTO {order}_item (item_id, order_id, product_type, sku, name, qty_ordered,"
    " price, row_total, row_total_incl_tax, discount_amount) VALUES"
    " ({n}, {n}, 'simple', 'NEW-{n}', 'New', 1, 7, 7, 7, 0)",
    "INSERT INTO {memo} (entity_id, store_id, grand_total, order_id, state, increment_id,"
    " created_at, updated_at) SELECT {n}, store_id, 1, entity_id, 2, 'M{n}', {now}, {now}"
    " FROM {order} ORDER BY RAND({n}) LIMIT 1",
    "UPDATE {memo} SET state = 3, updated_at = {now} ORDER BY RAND({n}) LIMIT 1",
    "DELETE FROM {memo} WHERE increment_id REGEXP '^[0-9]+$' ORDER BY RAND({n}) LIMIT 1",
    # Carts.
    "DELETE FROM {cart} ORDER BY RAND({n}) LIMIT 3",
    "DELETE FROM {cart}_item WHERE quote_id = {quote};"
    "UPDATE {cart} SET updated_at = {now} WHERE entity_id = {quote}",
    "UPDATE {cart} SET customer_id = NULL, customer_email = '{guest}', updated_at = {now}"
    " ORDER BY RAND({n}) LIMIT 2",
    "UPDATE {cart} SET customer_id = NULL, customer_email = NULL, updated_at = {now}"
    " ORDER BY RAND({n}) LIMIT 2",
    "UPDATE {cart} SET customer_id = {account}, updated_at = {now} ORDER BY RAND({n}) LIMIT 2",
    # Subscriptions.
    "DELETE FROM newsletter_subscriber ORDER BY RAND({n}) LIMIT 4",
    "UPDATE newsletter_subscriber SET subscriber_status = 1 + subscriber_status % 4,"
    " change_status_at = {now} ORDER BY RAND({n}) LIMIT 3",
    "INSERT INTO newsletter_subscriber VALUES ({n}, {site}, {now}, 0, '{EMAIL}', 3)",
    "INSERT INTO newsletter_subscriber VALUES ({n}, {site}, {now}, 0, '{guest}', 1)",
    "INSERT INTO newsletter_subscriber VALUES ({n}, 2, NULL, 0, '{guest}', 1)",
    "UPDATE newsletter_subscriber SET customer_id = 0, change_status_at = {now}"
    " ORDER BY RAND({n}) LIMIT 3",
    # Wishlists, products, views.
    "DELETE FROM wishlist_item ORDER BY RAND({n}) LIMIT 2",
    "INSERT INTO wishlist (wishlist_id, customer_id, shared) VALUES ({n}, {account}, 0);"
    "INSERT INTO wishlist_item (wishlist_item_id, wishlist_id, product_id, added_at) SELECT"
    " {n}, {n}, entity_id, {now} FROM catalog_product_entity ORDER BY RAND({n}) LIMIT 1",
    "DELETE FROM catalog_category_product ORDER BY RAND({n}) LIMIT 2",
    "INSERT INTO report_event (event_id, logged_at, event_type_id, object_id, subject_id, subtype)"
    " SELECT {n}, {now}, 1, entity_id, {account}, 0 FROM catalog_product_entity"
    " ORDER BY RAND({n}) LIMIT 1",
    "INSERT INTO report_viewed_product_index (index_id, customer_id, product_id, added_at)"
    " SELECT {n}, {account}, entity_id, {now} FROM catalog_product_entity"
    " ORDER BY RAND({n}) LIMIT 1",
    "SELECT 1",
)
RENAMES = "UPDATE catalog_product_entity SET sku = CONCAT(sku, 'X'), updated_at = {now} LIMIT 1"


@pytest.fixture
def shop(db, tmp_path, settings):
    settings.BASE_CURRENCY = "EUR"
    settings.SHOP_RATES = []
    for made in made_database("import_maho", tmp_path):
        settings.MAHO_DATABASE_URL = made.url
        yield made


def follow(shop, *options):
    """Run `sync_shop maho` and return its report."""
    path = shop.folder / "followed.json"
    call_command("sync_shop", "maho", "--report", path, *options, stdout=io.StringIO())
    return json.loads(path.read_text())


def is_incremental(report):
    return any(note.startswith(NOTE) for note in report["notes"])


def differences(report):
    """Return the figures of a report that say that anything was changed."""
    return {
        column: found
        for column in ("created", "updated", "deleted")
        if (found := counts(report, column))
    }


def change(shop, sample, chance, number, statements):
    """Run statements with accounts, guests and carts of the moment put in."""
    pick = lambda rows: chance.choice([*rows])  # noqa: E731
    accounts = Customer.objects.filter(kind="registered").order_by("external_id")
    guests = Customer.objects.filter(kind="guest").order_by("external_id")
    carts = Cart.objects.order_by("external_id")
    for offset, statement in enumerate(statements):
        email = pick(accounts.values_list("email", flat=True))
        shop.sql(
            statement.format(
                **NAMES[sample],
                n=number + offset,
                now="UTC_TIMESTAMP()",
                account=pick(accounts.values_list("external_id", flat=True)).removeprefix("m:"),
                email=email,
                EMAIL=email.upper(),
                guest=pick(guests.values_list("email", flat=True)),
                quote=pick(carts.values_list("external_id", flat=True)).removeprefix("m:"),
                site=chance.choice((1, 2)),
            )
        )


def stored():
    """Return what is stored of the shop, without our own numbers, log-ins and views.

    A refusal of mail stays when its subscription goes, so it depends on what was before.
    """
    owner = "customer__external_id"
    values = {
        "customers": Customer.objects.values_list(
            *("external_id", "kind", "email", "first_name", "last_name", "registered_at"),
            *("group__code", "website__code", "store__code", "is_active"),
        ),
        "attributes": CustomerAttributeValue.objects.values_list(owner, "attribute__code", "text"),
        "orders": Order.objects.values_list("number", owner, "grand_total", "state", "subtotal"),
        "lines": OrderItem.objects.values_list("order__number", "line", "sku", "row_total"),
        "refunds": Refund.objects.values_list("number", owner, "amount"),
        "carts": Cart.objects.values_list("external_id", owner, "subtotal", "is_active"),
        "cart lines": CartItem.objects.values_list("cart__external_id", "line", "sku"),
        "addresses": Address.objects.values_list(
            owner, "street", "city", "is_default_billing", "is_default_shipping"
        ),
        "subscriptions": NewsletterSubscription.objects.values_list(owner, "store__code"),
        "wished": WishlistItem.objects.values_list(
            "wishlist__customer__external_id", "product__sku"
        ),
    }
    return Counter((name, str(row)) for name, rows in values.items() for row in rows)


def check_rounds(shop, sample, seed, rounds, most, *options):
    """Check each of some incremental runs by a full one; return what they and a first one store."""
    chance = random.Random(seed)
    shop.load(sample)
    assert not is_incremental(follow(shop, *options))
    for number in range(rounds):
        statements = chance.sample(CHANGES, chance.randint(1, most))
        change(shop, sample, chance, 9_000_000 + number * 1_000, statements)
        report = follow(shop, "--allow-deletions")
        assert is_incremental(report)
        full = shop.bring("--dry-run", "--allow-deletions")
        assert not differences(full), statements
    # A refusal of mail that a run has stored is a fact for the customer's row in the next one.
    follow(shop)
    DirtyCustomer.objects.all().delete()
    assert not differences(follow(shop))
    assert not DirtyCustomer.objects.exists()
    followed = stored()
    for model in (Order, Cart, Customer):
        model.objects.all().delete()
    shop.bring(*options)
    return followed, stored()


@needs_shops
@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", seeds(3))
@pytest.mark.parametrize("sample", [*NAMES])
def test_generated_changes_end_as_in_an_empty_database(shop, sample, seed):
    options = ("--prefix", "m") if seed == 0 else ()
    followed, expected = check_rounds(shop, sample, seed, 6, 6, *options)
    assert (followed - expected, expected - followed) == (Counter(), Counter())


@needs_shops
@pytest.mark.once
def test_deleted_credit_memo_goes_in_the_next_run(shop):
    """Catches refunds of memos that the shop has deleted: no time of their orders shows it.

    A refund of another program stays, whatever its number looks like.
    """
    shop.load("maho")
    follow(shop)
    day = now() - timedelta(days=1)
    for number, order in zip(("5001", "5001#2"), Order.objects.all(), strict=False):
        Refund.objects.create(number=number, order=order, created_at=day, amount=1)
    before = Refund.objects.count()
    shop.sql("DELETE FROM sales_flat_creditmemo ORDER BY entity_id LIMIT 1")
    report = follow(shop)
    assert is_incremental(report) and counts(report, "deleted") == {"refunds": 1}
    assert Refund.objects.count() == before - 1
    assert not differences(follow(shop))
    shop.sql("DELETE FROM sales_flat_creditmemo ORDER BY entity_id LIMIT 1")
    assert counts(follow(shop, "--full"), "deleted") == {"refunds": 1}
    assert Refund.objects.filter(number__startswith="5001").count() == 2


@needs_shops
@pytest.mark.once
def test_what_times_do_not_show_is_read_by_full_runs(shop, settings):
    """An order without a new `updated_at` waits; the interval and settings make a run full."""
    shop.load("maho")
    follow(shop)
    shop.sql("UPDATE sales_flat_order SET grand_total = 4711 ORDER BY entity_id LIMIT 1")
    report = follow(shop)
    assert is_incremental(report) and not differences(report)
    # Nothing of what does not change is read.
    assert "orders" not in report["tables"] and "customers" not in report["tables"]
    yesterday = now() - timedelta(seconds=settings.SHOP_FULL_SYNC_SECONDS)
    SyncState.objects.filter(kind=FULL).update(since=yesterday)
    report = follow(shop)
    assert not is_incremental(report)
    assert counts(report, "updated") == {"orders": 1}
    settings.SHOP_FULL_SYNC_SECONDS = 0
    SyncState.objects.filter(kind=FULL).update(since=yesterday)
    assert is_incremental(follow(shop))
    assert not is_incremental(follow(shop, "--full"))
    shop.sql("UPDATE customer_group SET customer_group_code = 'Trade' WHERE customer_group_id = 2")
    report = follow(shop)
    assert not is_incremental(report)
    assert counts(report, "created") == {"customer_groups": 1}
    assert is_incremental(follow(shop))
    shop.sql(RENAMES.format(now="UTC_TIMESTAMP()"))
    assert not is_incremental(follow(shop))
    # A file under the same name may have older rows.
    folder = shop.folder / "files"
    folder.mkdir()
    rows = "email,_website,_store,group_id\nnew@example.com,base,default,1\n"
    (folder / "customers.csv").write_text(rows)
    call_command("import_shop", folder, "--source", "maho", stdout=io.StringIO())
    report = follow(shop)
    assert not is_incremental(report)
    assert counts(report, "deleted") == {}
