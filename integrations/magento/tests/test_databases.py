"""Databases of Magento 2 and of Maho: the samples' counts and questions, again, and changed."""

import sys
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from customers.guests import guest_number
from customers.models import (
    Address,
    Cart,
    Customer,
    CustomerAttributeValue,
    DirtyCustomer,
    NewsletterSubscription,
    Order,
    WishlistItem,
)
from integrations.magento.database import platform, sales
from integrations.shops import following
from integrations.shops.databases import reader
from integrations.shops.models import ShopSource
from integrations.shops.sources import note_source
from integrations.shops.tests.databases import (
    SERVER,
    connect,
    counts,
    expected_counts,
    made_database,
)
from integrations.shops.tests.questions import expected_of, needs_shops, wrong_answers
from segments.models import Segment

NAMES = {
    "magento2": {"orders": "sales_order", "carts": "quote"},
    "maho": {"orders": "sales_flat_order", "carts": "sales_flat_quote"},
}
both = pytest.mark.parametrize("sample", [*NAMES])


@pytest.fixture
def shop(db, tmp_path, settings):
    settings.BASE_CURRENCY = "EUR"
    settings.SHOP_RATES = []
    yield from made_database("import_maho", tmp_path)


@pytest.fixture
def other(tmp_path):
    yield from made_database("import_maho", tmp_path)


@needs_shops
@both
def test_sample_has_its_counts_and_answers(shop, sample, monkeypatch):
    shop.load(sample)
    with monkeypatch.context() as terminal:
        # Asks first, so that the end of the import runs twice and counts nothing twice.
        terminal.setattr("sys.stdin.isatty", lambda: True, raising=False)
        terminal.setattr("builtins.input", lambda question: "y")
        report = shop.bring()
    assert counts(report) == expected_counts(sample)
    assert [*wrong_answers(sample)] == []
    assert report["source"] == sample
    assert report["segments"] == expected_of(sample).get("segments", {})
    refused = [one for one in report["warnings"] if one["code"].startswith("segment_refused")]
    assert len(refused) == [*report["segments"].values()].count("refused")
    assert all(one["count"] == 1 for one in refused)
    assert "password_hash" not in str(report)
    segments = Segment.objects.count()
    DirtyCustomer.objects.all().delete()
    again = shop.bring()
    assert counts(again, "unchanged") == counts(report)
    assert not counts(again, "deleted")
    assert again["segments"] == report["segments"]
    assert Segment.objects.count() == segments
    assert not DirtyCustomer.objects.exists()


def stored():
    """Return what is stored of customers and what hangs on them, without our own numbers."""
    values = {
        "customers": Customer.objects.values_list("external_id", "kind", "email", "registered_at"),
        "orders": Order.objects.values_list("number", "customer__external_id", "grand_total"),
        "carts": Cart.objects.values_list("external_id", "customer__external_id"),
        "addresses": Address.objects.values_list("customer__external_id", "street", "city"),
        "subscriptions": NewsletterSubscription.objects.values_list(
            "customer__external_id", "store__code", "status", "status_changed_at"
        ),
        "wished": WishlistItem.objects.values_list(
            "wishlist__customer__external_id", "product__sku"
        ),
    }
    return {(name, str(row)) for name, rows in values.items() for row in rows}


@needs_shops
@both
def test_changed_shop_ends_as_one_imported_into_an_empty_database(shop, sample, make_customer):
    names = NAMES[sample]
    shop.load(sample)
    shop.bring()
    other = make_customer(external_id="from-elsewhere", email="else@example.com")
    shop.sql(
        # A guest registers; an account goes, and its orders stay and become a guest's.
        "INSERT INTO customer_entity (entity_id, website_id, email, group_id, store_id, created_at,"
        " updated_at, is_active) SELECT 5000, 1, customer_email, 1, 1, '2026-04-01 00:00:00',"
        f" '2026-04-01 00:00:00', 1 FROM {names['orders']} WHERE customer_id IS NULL"
        " AND customer_email <> '' AND store_id IN (1, 2) ORDER BY entity_id DESC LIMIT 1;"
        "DELETE FROM customer_address_entity WHERE parent_id IN (13, 31);"
        "DELETE FROM customer_entity WHERE entity_id = 31;"
        f"UPDATE {names['orders']} SET customer_id = NULL WHERE customer_id = 31;"
        f"DELETE FROM {names['carts']} WHERE customer_id IN (33, 37);"
        "DELETE FROM newsletter_subscriber ORDER BY subscriber_id LIMIT 5;"
        "DELETE FROM wishlist_item ORDER BY wishlist_item_id LIMIT 3"
    )
    report = shop.bring()
    assert counts(report, "deleted")["customers"] >= 1
    assert "5000" in set(Order.objects.values_list("customer__external_id", flat=True))
    assert Customer.objects.filter(pk=other.pk).exists()
    other.delete()
    changed = stored()
    Customer.objects.all().delete()
    Order.objects.all().delete()
    Cart.objects.all().delete()
    shop.bring()
    assert changed ^ stored() == set()


@needs_shops
@pytest.mark.once
def test_many_deletions_are_refused_until_they_are_allowed(shop, monkeypatch):
    monkeypatch.setattr("integrations.shops.databases.deletions.MANY", 2)
    shop.load("magento2")
    shop.bring()
    before = stored()
    shop.sql("DELETE FROM customer_entity WHERE entity_id > 40")
    with pytest.raises(CommandError, match="--allow-deletions"):
        shop.bring()
    assert stored() == before
    assert counts(shop.bring("--allow-deletions"), "deleted")["customers"] > 2


@needs_shops
@pytest.mark.once
def test_dry_run_writes_nothing_and_a_reader_of_few_rights_is_enough(shop):
    shop.load("magento2")
    name = f"r{shop.name[-8:]}"
    shop.sql(
        f"CREATE USER '{name}'@'%' IDENTIFIED BY 'sesame%2F/ö';"
        f"GRANT SELECT ON {shop.name}.* TO '{name}'@'%'"
    )
    try:
        host = SERVER.rpartition("@")[2]
        url = f"mysql://{name}:sesame%252F%2F%C3%B6@{host}/{shop.name}"
        call_command("import_maho", url, "--dry-run")
        assert not Customer.objects.exists()
        wrong = url.replace("%C3%B6", "wrong")
        with pytest.raises(CommandError) as refused:
            call_command("import_maho", wrong)
        assert refused.value.returncode == 1
        assert "sesame" not in str(refused.value)
    finally:
        with connect() as server, server.cursor() as cursor:
            cursor.execute(f"DROP USER '{name}'@'%'")


@needs_shops
@pytest.mark.once
def test_prefix_of_tables_is_found_and_asked_for(shop):
    shop.load("magento2")
    with connect(shop.name) as server, server.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"RENAME TABLE {table} TO m_{table}")
    assert counts(shop.bring()) == expected_counts("magento2")
    shop.sql("CREATE TABLE old_customer_entity (entity_id int)")
    with pytest.raises(CommandError, match="m_customer_entity, old_customer_entity"):
        shop.bring()
    assert counts(shop.bring("--table-prefix", "m_"), "unchanged") == expected_counts("magento2")


@needs_shops
@pytest.mark.once
def test_problems_name_the_row_of_the_shop_and_nothing_is_written(shop):
    shop.load("magento2")
    shop.sql("UPDATE sales_order_item SET item_id = 1234567, qty_ordered = NULL LIMIT 1")
    with pytest.raises(CommandError, match="sales_order_item:1234567: qty_ordered: is missing"):
        shop.bring()
    assert not Customer.objects.exists()


@needs_shops
@pytest.mark.once
def test_base_currency_of_a_website_needs_its_rate(shop):
    shop.load("magento2")
    shop.sql(
        "UPDATE sales_order SET base_currency_code = 'USD', order_currency_code = 'CAD',"
        " base_to_order_rate = 1.3 WHERE entity_id = 2001;"
        "UPDATE quote SET base_currency_code = 'USD', base_subtotal = 54 WHERE entity_id ="
        " (SELECT quote_id FROM quote_item JOIN (SELECT entity_id FROM quote WHERE customer_id"
        " IS NOT NULL) AS q ON q.entity_id = quote_id ORDER BY item_id LIMIT 1)"
    )
    with pytest.raises(CommandError, match=r"USD \(1\)"):
        shop.bring()
    shop.bring("--rate", "USD=1.08")
    assert Order.objects.get(number="200000001").base_to_order_rate == Decimal("1.404")
    assert Cart.objects.filter(subtotal=50).exists()


@pytest.mark.once
@needs_shops
def test_groups_attributes_and_subscriptions_become_what_they_say(shop):
    shop.load("magento2")
    shop.sql(
        "INSERT INTO customer_group VALUES (9, 'VIP-Club', 3);"
        "UPDATE customer_entity SET group_id = 9 WHERE entity_id = 11;"
        "INSERT INTO eav_attribute VALUES"
        " (100, 1, 'hobbies', 'varchar', 'multiselect', 'Hobbies', 1),"
        " (101, 1, 'since', 'datetime', 'date', 'Since', 1),"
        " (102, 1, 'score', 'decimal', 'text', 'Score', 1);"
        "INSERT INTO eav_attribute_option VALUES (201, 100, 0), (202, 100, 1);"
        "INSERT INTO eav_attribute_option_value VALUES"
        " (301, 201, 0, 'A|B'), (302, 202, 0, 'C'), (303, 202, 2, 'CFR');"
        "ALTER TABLE customer_entity_decimal MODIFY value decimal(20,6);"
        "INSERT INTO customer_entity_varchar VALUES (1001, 100, 11, '201,202');"
        "INSERT INTO customer_entity_datetime VALUES (1001, 101, 11, '2020-02-03 00:00:00');"
        "INSERT INTO customer_entity_decimal VALUES (1001, 102, 11, 1.234567);"
        "DELETE FROM newsletter_subscriber WHERE customer_id = 11;"
        "INSERT INTO newsletter_subscriber VALUES"
        " (9001, 2, '0000-00-00 00:00:00', 11, 'jweber1@shop.example.com', 3),"
        " (9002, 2, NULL, 0, 'nobody-else@example.com', 1)"
    )
    shop.bring()
    customer = Customer.objects.select_related("group").get(external_id="11")
    assert customer.group.code == "vip-club-2"
    values = {
        one.attribute.code: (one.text, one.number, one.date)
        for one in CustomerAttributeValue.objects.filter(customer=customer)
    }
    assert values["hobbies"][0] == "A/B, C"
    assert values["since"][2] == date(2020, 2, 3)
    assert values["score"][1] == Decimal("1.2346")
    # Without a time the registration counts; of a guest without orders nothing does.
    (subscription,) = customer.subscriptions.all()
    assert subscription.status_changed_at == customer.registered_at
    assert customer.accepts_marketing is False
    assert not Customer.objects.filter(email="nobody-else@example.com").exists()


@needs_shops
@pytest.mark.parametrize(("scope", "owner"), [("1", None), ("0", "15")])
def test_guests_orders_belong_to_accounts_of_their_website(shop, scope, owner):
    shop.load("magento2")
    # 11 and 15 are of the first website, 13 of the second, to which store 3 belongs.
    shop.sql(
        f"UPDATE core_config_data SET value = '{scope}'"
        " WHERE path = 'customer/account_share/scope';"
        "UPDATE sales_order SET customer_id = NULL WHERE entity_id IN (2001, 2006, 2007);"
        "UPDATE sales_order SET customer_email = (SELECT email FROM customer_entity WHERE"
        " entity_id = 15) WHERE entity_id = 2007"
    )
    if scope == "1":
        shop.sql(
            "UPDATE customer_entity SET email = 'twin@example.com' WHERE entity_id IN (11, 13);"
            "UPDATE sales_order SET customer_email = ' TWIN@example.com'"
            " WHERE entity_id IN (2001, 2006)"
        )
    shop.bring()
    owners = dict(Order.objects.values_list("number", "customer__external_id"))
    assert owners["300000007"] == (
        owner or guest_number(Customer.objects.get(external_id="15").email)
    )
    if scope == "1":
        assert (owners["200000001"], owners["300000006"]) == ("11", "13")


@needs_shops
@pytest.mark.once
def test_stores_that_count_alike_lose_no_order(shop):
    """Another store's order with the same number was refused, or took the place of the stored."""
    shop.load("magento2")
    shop.sql(
        "UPDATE sales_order SET increment_id = '200000001' WHERE entity_id = 2035;"
        "UPDATE sales_creditmemo SET increment_id = '190003001' WHERE entity_id = 3002"
    )
    report = shop.bring()
    assert counts(report) == expected_counts("magento2")
    assert [one["count"] for one in report["warnings"] if one["code"] == "shared_numbers"] == [2]
    order = Order.objects.get(number="200000001#2035")
    assert order.items.exists()
    assert order.refunds.get().number == "190003001#3002"
    assert not order.refunds.get().items.exclude(refund__order=order).exists()
    shop.sql(
        "UPDATE sales_order SET grand_total = 1, updated_at = UTC_TIMESTAMP()"
        " WHERE entity_id = 2035"
    )
    assert counts(shop.bring(), "updated")["orders"] == 1
    assert Order.objects.get(number="200000001#2035").grand_total == 1
    assert not counts(shop.bring("--full"), "updated")


@needs_shops
@pytest.mark.once
def test_staged_products_count_by_the_row_valid_now(shop):
    shop.load("magento2")
    shop.sql(
        "ALTER TABLE catalog_product_entity DROP PRIMARY KEY, ADD row_id int,"
        " ADD created_in bigint, ADD updated_in bigint;"
        "UPDATE catalog_product_entity SET row_id = entity_id + 9000, created_in = 1,"
        " updated_in = 2147483646;"
        "INSERT INTO catalog_product_entity SELECT entity_id, type_id, 'FUTURE', created_at,"
        " updated_at, row_id + 1000, 2147483646, 2147483647 FROM catalog_product_entity"
        + "".join(
            f";ALTER TABLE catalog_product_entity_{kind} CHANGE entity_id row_id int;"
            f"UPDATE catalog_product_entity_{kind} SET row_id = row_id + 9000"
            for kind in ("varchar", "decimal", "int")
        )
    )
    assert counts(shop.bring()) == expected_counts("magento2")
    assert [*wrong_answers("magento2")] == []


@needs_shops
@pytest.mark.once
def test_prefix_taken_since_the_start_is_refused(shop, monkeypatch):
    convert = reader._convert

    def convert_late(*values):
        note_source("b", "P")
        return convert(*values)

    monkeypatch.setattr(reader, "_convert", convert_late)
    shop.load("magento2")
    with pytest.raises(CommandError, match="is that of b"):
        shop.bring("--prefix", "P")
    assert not Customer.objects.exists()


@needs_shops
@pytest.mark.once
def test_second_shop_needs_a_prefix_and_keeps_the_first(shop, other):
    shop.load("magento2")
    first = shop.bring()
    other.load("maho")
    with pytest.raises(CommandError, match="--prefix"):
        other.bring()
    assert counts(other.bring("--prefix", "m")) == expected_counts("maho")
    assert Order.objects.filter(number__startswith="m:").count() == 120
    assert Customer.objects.filter(external_id="m:11").exists()
    again = shop.bring()
    assert counts(again) == counts(first)
    assert not counts(again, "deleted") and not counts(again, "created")


@needs_shops
def test_guest_is_one_again_when_the_account_has_another_email(shop):
    shop.load("magento2")
    shop.sql("UPDATE sales_order SET customer_email = 'new@example.com' WHERE entity_id = 2005")
    shop.bring()
    guest = guest_number("new@example.com")
    owner = Order.objects.values_list("customer__external_id", flat=True)
    assert owner.get(number="200000005") == guest
    shop.sql("UPDATE customer_entity SET email = 'new@example.com' WHERE entity_id = 15")
    shop.bring()
    assert owner.get(number="200000005") == "15"
    assert not Customer.objects.filter(external_id=guest).exists()
    shop.sql("UPDATE customer_entity SET email = 'newer@example.com' WHERE entity_id = 15")
    shop.bring()
    assert owner.get(number="200000005") == guest


@needs_shops
@pytest.mark.once
def test_connection_cut_while_reading_refuses_the_import(shop, monkeypatch):
    shop.load("magento2")
    shop.bring()
    before = stored()
    shop.sql("DELETE FROM customer_entity WHERE entity_id = 31")

    def cut(magento):
        ((number,),) = magento.source.rows("SELECT CONNECTION_ID()")
        shop.sql(f"KILL {number}")
        sales.write_refunds(magento)

    monkeypatch.setattr(platform, "write_refunds", cut)
    with pytest.raises(CommandError, match="cannot be read") as refused:
        shop.bring()
    assert refused.value.returncode == 1
    assert stored() == before
    monkeypatch.undo()
    shop.bring()
    assert not Customer.objects.filter(external_id="31").exists()


@pytest.mark.once
@pytest.mark.parametrize(
    "address",
    [
        *("postgres://u:secret@h/d", "mysql://u:secret@h", "mysql://u:secret@h:x/d", "secret"),
        "mysql://u:1/secret@h/d",
    ],
)
def test_wrong_address_is_wrong_usage_and_not_repeated(db, address):
    with pytest.raises(CommandError) as refused:
        call_command("import_maho", address)
    assert refused.value.returncode == 2
    assert "secret" not in str(refused.value)


@pytest.mark.once
def test_command_says_what_to_install(db, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(CommandError, match="requirements-shops.txt") as refused:
        call_command("import_maho", "mysql://u:secret@127.0.0.1:1/d")
    assert refused.value.returncode == 1
    assert "secret" not in str(refused.value)


@pytest.mark.once
@pytest.mark.parametrize("host", ["127.0.0.1:1", "no..name"])
def test_database_out_of_reach_is_said_without_its_password(db, host):
    pytest.importorskip("pymysql")
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("import_maho", f"mysql://u:secret@{host}/d")
    assert refused.value.returncode == 1
    assert "secret" not in str(refused.value)


@needs_shops
@pytest.mark.once
def test_the_beat_and_the_command_follow_the_database(shop, settings, tmp_path, caplog):
    """What `sync_shop maho` adds to an import: the setting, what is noted, and the refusals."""
    with pytest.raises(CommandError, match="Set MAHO_DATABASE_URL"):
        call_command("sync_shop", "maho")
    shop.load("maho")
    settings.MAHO_DATABASE_URL = shop.url
    following.sync_configured_shops()
    assert [*wrong_answers("maho")] == []
    source = ShopSource.objects.get()
    assert (source.name, source.sync_error) == ("maho", "")
    assert following.next_sync_at(source) is not None

    shop.sql(
        "UPDATE sales_flat_order SET grand_total = grand_total + 1, increment_id = 'X',"
        " updated_at = UTC_TIMESTAMP() LIMIT 1"
    )
    report = tmp_path / "report.json"
    call_command("sync_shop", "maho", "--report", report, "--dry-run")
    assert not Order.objects.filter(number="X").exists()
    call_command("sync_shop", "maho", "--report", report)
    assert Order.objects.filter(number="X").exists()

    shop.sql(
        "UPDATE sales_flat_order SET created_at = NULL, increment_id = '',"
        " updated_at = UTC_TIMESTAMP() LIMIT 1"
    )
    following.sync_configured_shops()
    assert "run it by hand" in caplog.text
    source.refresh_from_db()
    assert source.sync_error
    settings.MAHO_DATABASE_URL = "mysql:/nowhere"
    with pytest.raises(CommandError, match=r"MAHO_DATABASE_URL: .*\nNothing was imported"):
        call_command("sync_shop", "maho")
