"""WooCommerce's tables: the sample's files written as tables give the answers of the files."""

import csv
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError

from core.clock import now
from customers.models import Customer, DirtyCustomer, Order, OrderItem, Refund, RefundItem
from integrations.shops.tests.databases import connect, counts, expected_counts, made_database
from integrations.shops.tests.questions import SHOPS, bring, needs_shops, wrong_answers
from integrations.woocommerce.database.php import BadSerialisation, unserialise
from integrations.woocommerce.layouts import (
    SPLIT_REFUND,
    SPLIT_REFUNDS,
    category_paths,
    coupons_of,
    pairs_of,
)

TABLES = {
    "users": "ID bigint PRIMARY KEY, user_login text, user_pass text, user_email varchar(100),"
    " user_registered datetime",
    "usermeta": "umeta_id bigint AUTO_INCREMENT PRIMARY KEY, user_id bigint,"
    " meta_key varchar(255), meta_value longtext",
    "posts": "ID bigint PRIMARY KEY, post_type varchar(20), post_status varchar(20),"
    " post_title text, post_parent bigint",
    "postmeta": "meta_id bigint AUTO_INCREMENT PRIMARY KEY, post_id bigint,"
    " meta_key varchar(255), meta_value longtext",
    "terms": "term_id bigint PRIMARY KEY, name varchar(200), slug varchar(200)",
    "term_taxonomy": "term_taxonomy_id bigint PRIMARY KEY, term_id bigint,"
    " taxonomy varchar(32), parent bigint",
    "term_relationships": "object_id bigint, term_taxonomy_id bigint, term_order int DEFAULT 0",
    "wc_orders": "id bigint PRIMARY KEY, status varchar(20), currency varchar(10),"
    " type varchar(20), tax_amount decimal(26,8), total_amount decimal(26,8), customer_id bigint,"
    " billing_email varchar(320), date_created_gmt datetime, date_updated_gmt datetime,"
    " parent_order_id bigint, payment_method varchar(100), ip_address varchar(100)",
    "wc_order_operational_data": "id bigint AUTO_INCREMENT PRIMARY KEY, order_id bigint,"
    " shipping_total_amount decimal(26,8), discount_total_amount decimal(26,8)",
    "wc_order_addresses": "id bigint AUTO_INCREMENT PRIMARY KEY, order_id bigint,"
    " address_type varchar(20), first_name text, last_name text, company text, address_1 text,"
    " address_2 text, city text, state text, postcode text, country text, email text, phone text",
    "woocommerce_order_items": "order_item_id bigint PRIMARY KEY, order_item_name text,"
    " order_item_type varchar(200), order_id bigint",
    "woocommerce_order_itemmeta": "meta_id bigint AUTO_INCREMENT PRIMARY KEY,"
    " order_item_id bigint, meta_key varchar(255), meta_value longtext",
    "wc_orders_meta": "id bigint AUTO_INCREMENT PRIMARY KEY, order_id bigint,"
    " meta_key varchar(255), meta_value text",
}
PARTS = (
    *("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"),
    *("country", "phone"),
)


class Tables:
    """Rows for the tables of a shop, whose names begin with `wp_`."""

    def __init__(self):
        self.rows = {name: [] for name in TABLES}
        self.terms = {}
        self.items = 0

    def add(self, table, **values):
        self.rows[table].append(values)

    def meta(self, table, owner, values, key):
        for name, value in values.items():
            self.add(table, **{owner: key, "meta_key": name, "meta_value": value})

    def term(self, taxonomy, path, product):
        """Give a product the lowest term of a path of names."""
        parent = 0
        for depth in range(len(path)):
            key = (taxonomy, *path[: depth + 1])
            if key not in self.terms:
                number = len(self.terms) + 1
                self.terms[key] = number
                # WordPress stores names escaped.
                name = path[depth].replace("&", "&amp;")
                self.add("terms", term_id=1000 + number, name=name, slug=name.lower())
                self.add(
                    "term_taxonomy",
                    term_taxonomy_id=number,
                    term_id=1000 + number,
                    taxonomy=taxonomy,
                    parent=parent and 1000 + parent,
                )
            parent = self.terms[key]
        self.add("term_relationships", object_id=product, term_taxonomy_id=parent)

    def item(self, order, kind, name, **meta):
        self.items += 1
        self.add(
            "woocommerce_order_items",
            order_item_id=self.items,
            order_item_name=name,
            order_item_type=kind,
            order_id=order,
        )
        self.meta("woocommerce_order_itemmeta", "order_item_id", meta, self.items)

    def order(self, number, **values):
        defaults = {
            "status": "wc-completed",
            "currency": "EUR",
            "type": "shop_order",
            "tax_amount": "0",
            "total_amount": "10",
            "customer_id": 0,
            "billing_email": "",
            "date_created_gmt": "2026-01-02 03:04:05",
            "date_updated_gmt": "2026-01-02 03:04:05",
            "parent_order_id": 0,
        }
        self.add("wc_orders", id=number, **{**defaults, **values})

    def write(self, shop):
        shop.sql(";".join(f"CREATE TABLE wp_{name} ({sql})" for name, sql in TABLES.items()))
        with connect(shop.name) as connection, connection.cursor() as cursor:
            for name, rows in self.rows.items():
                for row in rows:
                    columns = ", ".join(row)
                    marks = ", ".join(["%s"] * len(row))
                    cursor.execute(
                        f"INSERT INTO wp_{name} ({columns}) VALUES ({marks})", list(row.values())
                    )


def serialised(value):
    """Return what PHP makes of texts, numbers, truth values and arrays."""
    match value:
        case bool():
            return f"b:{int(value)};"
        case int():
            return f"i:{value};"
        case str():
            return f's:{len(value.encode())}:"{value}";'
    parts = "".join(serialised(key) + serialised(one) for key, one in value.items())
    return f"a:{len(value)}:{{{parts}}}"


def read(name):
    with (SHOPS / "woocommerce" / name).open(encoding="utf-8-sig", newline="") as stream:
        return [*csv.DictReader(stream)]


def in_utc(text):
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return str(local.astimezone(UTC).replace(tzinfo=None))


def write_sample(shop):
    tables = Tables()
    for row in read("user_export.csv"):
        number = row["ID"]
        tables.add(
            "users",
            ID=number,
            user_login=row["user_login"],
            user_pass="$P$secret",
            user_email=row["user_email"],
            user_registered=row["user_registered"],
        )
        roles = {role.strip(): True for role in row["roles"].split(",")}
        meta = {name: row[name] for name in ("first_name", "last_name")}
        for kind in ("billing", "shipping"):
            meta |= {f"{kind}_{part}": row.get(f"{kind}_{part}", "") for part in PARTS}
        tables.meta("usermeta", "user_id", meta, number)
        tables.meta("usermeta", "user_id", {"wp_capabilities": serialised(roles)}, number)
    products = read("wc-product-export.csv")
    by_sku = {row["SKU"]: row["ID"] for row in products if row["SKU"]}
    for row in products:
        number, kinds = row["ID"], [one.strip() for one in row["Type"].split(",")]
        parent = row["Parent"]
        parent = parent.removeprefix("id:") if parent.startswith("id:") else by_sku.get(parent, 0)
        is_variation = "variation" in kinds
        tables.add(
            "posts",
            ID=number,
            post_type="product_variation" if is_variation else "product",
            post_status="publish",
            post_title=row["Name"],
            post_parent=parent,
        )
        meta = {
            "_sku": row["SKU"],
            "_regular_price": row["Regular price"],
            "_sale_price": row["Sale price"],
            "_sale_price_dates_from": row["Date sale price starts"],
            "_sale_price_dates_to": row["Date sale price ends"],
            "_downloadable": "yes" if "downloadable" in kinds else "no",
            "_virtual": "yes" if "virtual" in kinds else "no",
        }
        described = {}
        for nth in (1, 2, 3):
            if name := row.get(f"Attribute {nth} name"):
                value = row[f"Attribute {nth} value(s)"]
                if is_variation:
                    meta[f"attribute_{name.lower()}"] = value
                else:
                    value = value.replace(", ", " | ")
                    described[name.lower()] = {"name": name, "value": value, "is_taxonomy": 0}
        if described:
            meta["_product_attributes"] = serialised(described)
        tables.meta("postmeta", "post_id", meta, number)
        if not is_variation:
            tables.term("product_type", [kinds[0]], number)
        for path in category_paths(row["Categories"]):
            tables.term("product_cat", path, number)
        if row["Brands"]:
            tables.term("product_brand", [row["Brands"]], number)
    known = {row["ID"] for row in products}
    refunds = 100_000
    for row in read("order_export.csv"):
        number, created = row["order_id"], in_utc(row["order_date"])
        paid = in_utc(row["paid_date"]) if row["paid_date"] else created
        email = row["billing_email"] or row["customer_email"]
        tables.order(
            number,
            status=row["status"],
            currency=row["order_currency"],
            tax_amount=row["tax_total"],
            total_amount=row["order_total"],
            customer_id=row["customer_id"] or 0,
            billing_email=email,
            date_created_gmt=created,
            date_updated_gmt=max(created, paid),
            payment_method=row["payment_method"],
        )
        tables.add(
            "wc_order_operational_data",
            order_id=number,
            shipping_total_amount=row["shipping_total"],
            discount_total_amount=row["discount_total"],
        )
        if row["order_number"] != number:
            meta = {"_order_number": row["order_number"]}
            tables.meta("wc_orders_meta", "order_id", meta, number)
        for kind in ("billing", "shipping"):
            parts = {part: row.get(f"{kind}_{part}", "") for part in PARTS}
            if any(parts.values()):
                tables.add("wc_order_addresses", order_id=number, address_type=kind, **parts)
        for nth in range(1, 5):
            if cell := row.get(f"line_item_{nth}"):
                pairs = pairs_of(cell)
                product = pairs["product_id"]
                if product not in known and pairs["sku"]:
                    # Lines of a product in the trash still have its SKU.
                    known.add(product)
                    tables.add("posts", ID=product, post_type="product", post_status="trash")
                    tables.meta("postmeta", "post_id", {"_sku": pairs["sku"]}, product)
                tables.item(
                    number,
                    "line_item",
                    pairs["name"],
                    _product_id=product,
                    _variation_id="0",
                    _qty=pairs["quantity"],
                    _line_subtotal=pairs["sub_total"],
                    _line_total=pairs["total"],
                )
        for code in coupons_of(row):
            tables.item(number, "coupon", code)
        tables.item(number, "shipping", row["shipping_method"])
        for part in SPLIT_REFUNDS(row["refund_items"]) if row["refund_items"].strip() else []:
            pairs = pairs_of(part, SPLIT_REFUND)
            refunds += 1
            at = in_utc(pairs["date"])
            tables.order(
                refunds,
                type="shop_order_refund",
                total_amount=f"-{pairs['amount']}",
                parent_order_id=number,
                date_created_gmt=at,
                date_updated_gmt=at,
            )
    tables.write(shop)


@pytest.fixture
def shop(db, tmp_path, settings):
    settings.BASE_CURRENCY = "EUR"
    settings.SHOP_RATES = []
    yield from made_database("import_woocommerce", tmp_path)


@needs_shops
def test_tables_give_the_answers_of_the_files(shop):
    write_sample(shop)
    options = ("--rate", "USD=1.08", "--timezone", "Europe/Berlin")
    report = shop.bring(*options)
    assert counts(report) == expected_counts("woocommerce")
    assert [*wrong_answers("woocommerce")] == []
    assert "user_pass" not in str(report) and "user_pass" not in shop.output
    DirtyCustomer.objects.all().delete()
    again = shop.bring(*options)
    assert counts(again, "unchanged") == counts(report)
    assert not counts(again, "deleted")
    assert not DirtyCustomer.objects.exists()


@needs_shops
def test_database_goes_on_where_the_files_of_a_shop_ended(shop, tmp_path):
    bring("woocommerce", tmp_path / "files.json")
    write_sample(shop)
    report = shop.bring("--timezone", "Europe/Berlin", "--rate", "USD=1.08")
    expected = expected_counts("woocommerce")
    # The files number refunds by their orders; the database knows the refunds' own numbers.
    refunds = expected.pop("refunds")
    unchanged = counts(report, "unchanged")
    assert {name: unchanged.get(name, 0) for name in expected} == expected
    assert counts(report, "created") == counts(report, "deleted") == {"refunds": refunds}
    assert Refund.objects.count() == refunds


@pytest.mark.once
def test_refund_has_its_lines_and_drafts_have_none(shop):
    tables = Tables()
    tables.add("posts", ID=7, post_type="product", post_status="trash", post_title="Tee")
    tables.meta("postmeta", "post_id", {"_sku": "TEE"}, 7)
    amounts = {"_line_subtotal": "20.00004999", "_line_total": "18", "_qty": "2"}
    tables.order(1, billing_email="ada@example.com")
    tables.item(1, "line_item", "Tee", _product_id="7", _variation_id="0", **amounts)
    tables.item(1, "line_item", "Mug", _product_id="8", _variation_id="9", **amounts)
    tables.order(2, status="wc-checkout-draft")
    tables.order(3, type="shop_order_refund", parent_order_id=1, total_amount="-9")
    tables.item(3, "line_item", "Tee", _product_id="7", _qty="-1", _line_total="-9")
    tables.item(3, "line_item", "Mug", _product_id="8", _qty="0", _line_total="0")
    tables.order(4, type="shop_order_refund", parent_order_id=2, total_amount="-9")
    tables.write(shop)
    report = shop.bring()
    assert [*Order.objects.values_list("number", flat=True)] == ["1"]
    assert [*OrderItem.objects.order_by("pk").values_list("sku", flat=True)] == [
        "TEE",
        "product-9",
    ]
    (line,) = RefundItem.objects.select_related("refund")
    assert (line.refund.number, line.sku, line.quantity, line.row_total) == ("3", "TEE", 1, 9)
    left_out = {(one["what"], one["why"]): one["count"] for one in report["left_out"]}
    assert left_out["orders", "checkout-draft"] == 1
    assert Customer.objects.get().kind == "guest"
    # The shop deletes the refund; another program has numbered the second one.
    Refund.objects.create(number="RMA-7", order=line.refund.order, created_at=now(), amount=1)
    shop.sql("DELETE FROM wp_wc_orders WHERE id = 3")
    assert shop.bring()["tables"]["refunds"]["deleted"] == 1
    assert Refund.objects.get().number == "RMA-7"


@pytest.mark.once
def test_orders_kept_as_posts_are_refused(shop):
    tables = Tables()
    tables.add("posts", ID=1, post_type="shop_order", post_status="wc-completed", post_title="")
    tables.write(shop)
    with pytest.raises(CommandError, match="still keeps its orders as posts"):
        shop.bring()


def test_serialised_arrays_are_read_by_bytes_and_objects_are_not():
    array = {"größe": {"name": "Größe", "is_taxonomy": 0, "is_visible": True}}
    assert unserialise(serialised(array)) == array
    for text in ('O:8:"stdClass":0:{}', 'a:1:{s:1:"a";O:1:"B":0:{}}', "a:2:{i:0;", "", "s:1"):
        with pytest.raises(BadSerialisation):
            unserialise(text)
