"""WooCommerce's files: local times, lines in cells, refunds, coupons, drafts, variations."""

import csv
import io

import pytest

from customers.models import Category, Customer, Order, OrderItem, Product, Refund

# How files are read does not depend on the database.
pytestmark = pytest.mark.once
ORDER = (
    "order_id,order_number,order_date,paid_date,status,order_total,order_currency,customer_id,"
    "customer_email,billing_email,billing_first_name,billing_last_name,billing_city,coupon_items,"
    "refund_items,line_item_1,line_item_2\n"
)
LINE = "name:Tee|product_id:44|sku:TEE|quantity:2|total:44.82|sub_total:49.80"
BERLIN = ("--timezone", "Europe/Berlin")
USERS = (
    "ID,user_email,first_name,last_name,user_registered,roles,user_pass,billing_city,"
    "billing_country,billing_phone,shipping_city,shipping_country\n"
)
PRODUCTS = (
    "ID,Type,SKU,Name,Sale price,Regular price,Date sale price ends,Categories,Parent,Brands,"
    "Attribute 1 name,Attribute 1 value(s)\n"
)


def row(**cells):
    values = dict.fromkeys(ORDER.strip().split(","), "")
    values.update(
        order_id="1",
        order_date="2026-01-02 03:04:05",
        status="wc-completed",
        order_total="10.00",
        order_currency="EUR",
        customer_id="0",
        line_item_1=LINE,
    )
    text = io.StringIO()
    csv.writer(text).writerow({**values, **cells}.values())
    return text.getvalue()


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2025-10-26 02:30:15", "2025-10-26 00:30:15+00:00"),
        ("2026-03-29 02:30:00", "2026-03-29 01:30:00+00:00"),
        ("2026-07-01 00:00:00", "2026-06-30 22:00:00+00:00"),
    ],
)
def test_local_time_that_came_twice_is_the_first_and_a_skipped_one_moves_on(bring, local, utc):
    bring({"o.csv": ORDER + row(order_date=local)}, *BERLIN)
    assert str(Order.objects.get().created_at) == utc


def test_orders_need_the_zone_until_the_website_has_it(bring):
    lines = bring.refusal({"o.csv": ORDER + row()})
    assert lines[0].startswith("o.csv: its times have no offset: say the site's zone")
    bring({"o.csv": ORDER + row()}, *BERLIN)
    again = bring({"o.csv": ORDER + row()})
    assert again["tables"]["orders"]["unchanged"] == 1


def test_line_keeps_bars_in_names_and_gets_its_price_by_the_piece(bring):
    second = 'name:Lamp 9" | warm|size:L|product_id:44|sku:|quantity:3|total:10.00|sub_total:10.00'
    bring({"o.csv": ORDER + row(line_item_2=second)}, *BERLIN)
    first, lamp = OrderItem.objects.order_by("line")
    figures = (first.price, first.row_total, first.discount_amount)
    assert [*map(str, figures)] == ["24.9000", "49.8000", "4.9800"]
    assert (lamp.sku, lamp.name, str(lamp.price)) == (
        "product-44",
        'Lamp 9" | warm|size:L',
        "3.3333",
    )
    assert str(Order.objects.get().subtotal) == "59.8000"


def test_refunds_are_numbered_and_of_several_coupons_the_first_counts(bring):
    refunds = (
        "amount:5.00|reason:a;b|c|date:2026-02-01 00:30:00;"
        "amount:6.00|reason:|date:2026-02-02 00:00:00"
    )
    coupons = "code:A|amount:1.00;code:B|amount:2.00"
    report = bring({"o.csv": ORDER + row(refund_items=refunds, coupon_items=coupons)}, *BERLIN)
    found = Refund.objects.order_by("number")
    assert [(one.number, str(one.amount)) for one in found] == [
        ("1-R1", "5.0000"),
        ("1-R2", "6.0000"),
    ]
    assert str(found[0].created_at) == "2026-01-31 23:30:00+00:00"
    assert Order.objects.get().coupon_code == "A"
    assert [(one["what"], one["count"]) for one in report["left_out"]] == [("coupons", 1)]


def test_refunds_that_the_shop_takes_back_go(bring):
    refund = "amount:5.00|reason:|date:2026-02-01 10:00:00"
    bring({"o.csv": ORDER + row(refund_items=f"{refund};{refund}")}, *BERLIN)
    report = bring({"o.csv": ORDER + row(refund_items=refund)})
    assert report["tables"]["refunds"]["deleted"] == 1
    assert Refund.objects.get().number == "1-R1"
    bring({"o.csv": ORDER + row()})
    assert not Refund.objects.exists()


def test_zero_dates_are_missing(bring):
    users = "1,b@example.com,B,B,0000-00-00 00:00:00,customer,,,,,,\n"
    bring({"u.csv": USERS + users})
    assert Customer.objects.get().registered_at is None
    wrong = row(order_date="0000-00-00 00:00:00") + row(order_id="2", refund_items="amount:1")
    bring.refusal({"o.csv": ORDER + wrong}, *BERLIN)
    found = [(one["row"], one["column"], one["message"]) for one in bring.report["problems"]]
    assert found == [(2, "order_date", "is missing"), (3, "refund_items", "is missing")]


def test_drafts_are_left_out_and_unknown_statuses_kept(bring):
    rows = row(status="wc-checkout-draft") + row(order_id="2", status="wc-shipped")
    report = bring({"o.csv": ORDER + rows}, *BERLIN)
    only = Order.objects.get()
    assert (only.status, only.state) == ("shipped", "processing")
    assert report["left_out"] == [{"what": "orders", "why": "checkout-draft", "count": 1}]
    assert [one["code"] for one in report["warnings"]] == ["unknown_status"]


def test_order_of_a_deleted_account_goes_by_its_email(bring):
    users = USERS + "7,Ada@example.com,A,A,2026-01-01 00:00:00,customer,secret,Ulm,DE,1,,DE\n"
    rows = (
        row(customer_id="7", billing_email="other@example.com")
        + row(order_id="2", customer_id="99", billing_email="ada@EXAMPLE.com")
        + row(
            order_id="3", customer_id="99", customer_email="b@example.com", billing_first_name="B"
        )
    )
    report = bring({"u.csv": users, "o.csv": ORDER + rows}, *BERLIN)
    owners = Order.objects.order_by("number").values_list("customer__external_id", flat=True)
    assert [*owners][:2] == ["7", "7"]
    guest = Customer.objects.get(kind="guest")
    assert (guest.email, guest.first_name, guest.group.code) == ("b@example.com", "B", "general")
    ada = Customer.objects.get(external_id="7")
    assert str(ada.registered_at) == "2026-01-01 00:00:00+00:00"
    assert [(one.city, one.is_default_shipping) for one in ada.addresses.all()] == [("Ulm", False)]
    assert "user_pass" in report["recognised"][1]["columns_not_used"]
    assert "secret" not in bring.output


def test_variation_has_its_parents_categories_and_dated_sales_do_not_count(bring):
    rows = (
        "44,variation,TEE-S,Tee S,,24.90,,,id:30,,Size,S\n"
        "45,variation,,Tee L,20,26.90,2026-01-31,,TEE,,Size,L\n"
        '30,variable,TEE,Tee,,,,"Clothing > Shirts, Mützen\\, Schals",,Nordhem,Size,"S, L"\n'
        '56,"simple, virtual",G,Gift,9.99,12.50,,,,,,\n'
    )
    bring({"p.csv": PRODUCTS + rows})
    found = Product.objects.order_by("sku")
    assert [(one.sku, one.product_type, str(one.price)) for one in found] == [
        ("G", "virtual", "9.9900"),
        ("TEE", "variable", "None"),
        ("TEE-S", "variation", "24.9000"),
        ("product-45", "variation", "26.9000"),
    ]
    small = Product.objects.get(sku="TEE-S")
    codes = Category.objects.filter(product_categories__product=small).values_list(
        "code", flat=True
    )
    assert {*codes} == {"clothing/shirts", "mutzen-schals"}


def test_analytics_orders_are_refused_with_the_export_that_helps(bring):
    lines = bring.refusal({"a.csv": "Date,Order #,Status,Net Sales\n"})
    assert lines[0].startswith("a.csv: ") and "order_id" in lines[0]


def test_analytics_customers_come_without_addresses(bring):
    rows = "Ada King,ada,ada@example.com,2026-01-01 00:00:00,0\nB,,b@example.com,,0\n"
    bring({"c.csv": "Name,Username,Email,Sign Up,AOV\n" + rows}, *BERLIN)
    kinds = dict(Customer.objects.values_list("email", "kind"))
    assert kinds == {"ada@example.com": "registered", "b@example.com": "guest"}
