"""Magento's files: accounts without numbers, addresses in two ways, products, orders."""

import hashlib

import pytest

from customers.models import Address, Category, Customer, Order, Product, Store, Website

pytestmark = pytest.mark.once

CUSTOMERS = (
    "email,_website,_store,created_at,group_id,firstname,lastname,dob,gender,password_hash\n"
)
ADDRESSES = (
    "_website,_email,_entity_id,city,country_id,firstname,lastname,postcode,region,"
    "street,telephone,_address_default_billing_,_address_default_shipping_\n"
)
GRID = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),"
    "Grand Total (Purchased),Status,Customer Email\n"
)
BERLIN = ("--timezone", "Europe/Berlin")
ADA = "mail-" + hashlib.sha256(b"ada@example.com|base").hexdigest()[:20]


def test_accounts_are_numbered_by_email_and_website(bring, tmp_path):
    rows = (
        "Ada@example.com,base,default,2026-01-01 00:00:00,2,A,King,1990-02-03 00:00:00,Female,h\n"
        "ada@example.com,us,admin,2026-01-01 00:00:00,1,A,King,0000-00-00,2,h\n"
    )
    columns = tmp_path / "columns.json"
    columns.write_text('{"group_id": {"2": "VIP Club"}}')
    report = bring({"c.csv": CUSTOMERS + rows}, "--columns", str(columns))
    ada = Customer.objects.get(external_id=ADA)
    assert (ada.gender, str(ada.date_of_birth), ada.store.code) == (
        "Female",
        "1990-02-03",
        "default",
    )
    assert (ada.website.code, ada.group.name) == ("base", "VIP Club")
    other = Customer.objects.exclude(pk=ada.pk).get()
    assert (other.website.code, other.gender, other.group.code) == ("us", "Female", "group-1")
    # The shop's zero date is none.
    assert other.date_of_birth is None
    assert report["source"] == "magento2"
    again = bring({"c.csv": CUSTOMERS + rows}, "--columns", str(columns))
    assert all(one["rows"] == one["unchanged"] for one in again["tables"].values())


@pytest.mark.parametrize(
    ("column", "cells"), [("_website", ("9" * 300, "1")), ("group_id", ("base", "9" * 300))]
)
def test_problem_of_a_website_or_group_names_the_row_of_the_file(bring, column, cells):
    row = "ada@example.com,{},default,2026-01-01 00:00:00,{},A,King,,,\n".format(*cells)
    lines = bring.refusal({"c.csv": CUSTOMERS + row})
    assert all(line.startswith(f'c.csv:2: {column}: "') for line in lines[:-1]), lines


def test_groups_are_named_by_an_object(bring, tmp_path):
    columns = tmp_path / "columns.json"
    columns.write_text('{"group_id": "VIP Club"}')
    rows = "ada@example.com,base,default,2026-01-01 00:00:00,2,A,King,,,\n"
    lines = bring.refusal({"c.csv": CUSTOMERS + rows}, "--columns", str(columns))
    assert lines[0].startswith("--columns: group_id is no object such as")


def test_addresses_belong_by_email_and_website(bring):
    accounts = "ada@example.com,base,default,2026-01-01 00:00:00,1,A,King,,,\n"
    rows = (
        'base,Ada@example.com,1,Ulm,DE,A,K,01067,BY,"1 St\nApt 4",1,1,0\n'
        "us,ada@example.com,2,NY,US,A,K,1,,2 St,1,,\n"
    )
    report = bring({"c.csv": CUSTOMERS + accounts, "a.csv": ADDRESSES + rows})
    only = Address.objects.get()
    assert (only.street, only.postcode, only.is_default_billing) == ("1 St, Apt 4", "01067", True)
    assert report["left_out"][0]["count"] == 1


def test_older_customers_carry_addresses_in_further_rows(bring):
    header = (
        CUSTOMERS.strip() + ",_address_city,_address_street,_address_postcode,_address_country_id"
        ",_address_default_billing_\n"
    )
    rows = (
        "ada@example.com,base,default,2026-01-01 00:00:00,1,A,King,,,,Ulm,1 St,1,DE,1\n"
        ",,,,,,,,,,Bonn,2 St,2,DE,\n"
    )
    report = bring({"c.csv": header + rows})
    assert [*Address.objects.order_by("pk").values_list("city", "customer__external_id")] == [
        ("Ulm", ADA),
        ("Bonn", ADA),
    ]
    assert report["source"] == "maho"


@pytest.mark.parametrize("is_older", [False, True])
def test_products_hang_below_their_root_category(bring, is_older):
    if is_older:
        text = (
            "sku,_store,_type,_attribute_set,name,price,_category,_root_category\nRUN,,"
            "simple,Default,Run,119.9,Shoes/Running,Default Category\n,,,,,,Sale,"
            "Default Category\n,fr,,,Courir,,,\n"
        )
    else:
        text = (
            "sku,store_view_code,product_type,product_websites,name,price,categories\nRUN,,"
            'simple,base,Run,119.9,"Default Category/Shoes/Running,Default Category/Sale"\n'
            "RUN,fr,simple,base,Courir,,\n"
        )
    bring({"p.csv": text})
    run = Product.objects.get()
    assert (run.name, str(run.price), run.product_type) == ("Run", "119.9000", "simple")
    codes = Category.objects.filter(product_categories__product=run).values_list("code", flat=True)
    assert {*codes} == {"shoes/running", "sale"}


def test_account_that_stands_twice_is_named_as_the_file_writes_it(bring):
    """Catches the hash of an address, which nobody finds in the file."""
    row = "Ada@example.com,base,default,2026-01-01 00:00:00,1,A,King,,,\n"
    lines = bring.refusal({"c.csv": CUSTOMERS + row + row})
    assert lines[0] == 'c.csv:3: email: "Ada@example.com" stands twice'


@pytest.mark.parametrize(
    "written",
    ["2026-01-02 03:04:05", '"Jan 2, 2026 3:04:05 AM"', '"Jan 2, 2026, 3:04:05\u202fAM"'],
)
def test_grid_of_orders_comes_without_lines(bring, written):
    rows = (
        f'000000001,"Main\n  Store\n    default",{written},Ada King,100.0000,108.0000,On Hold,'
        "ada@example.com\n"
        f"000000002,Elsewhere,{written},Bo Li,5,5,Complete,b@example.com\n"
    )
    accounts = "ada@example.com,base,default,2026-01-01 00:00:00,1,A,King,,,\n"
    report = bring({"c.csv": CUSTOMERS + accounts, "o.csv": GRID + rows}, *BERLIN)
    first = Order.objects.get(number="000000001")
    assert (first.customer.external_id, first.store.code) == (ADA, "default")
    assert (str(first.grand_total), str(first.base_to_order_rate)[:6]) == ("100.0000", "1.0800")
    assert (first.state, first.status) == ("holded", "on_hold")
    assert str(first.created_at) == "2026-01-02 02:04:05+00:00"
    assert Order.objects.get(number="000000002").customer.last_name == "Li"
    codes = {one["code"]: one["count"] for one in report["warnings"]}
    assert (codes["orders_without_lines"], codes["unknown_store"]) == (2, 1)
    assert Website.objects.get(code="base").timezone == "Europe/Berlin"


def test_second_file_does_not_replace_the_order_of_another_store(bring):
    """A file for each store: the last file's order took the place of the other store's."""
    rows = "1,{},2026-01-02 03:04:05,Ada King,{},5,Complete,ada@example.com\n"
    north, south = (GRID + rows.format(name, 5) for name in ("North", "South"))
    assert any(
        "stands twice" in line for line in bring.refusal({"1.csv": north, "2.csv": south}, *BERLIN)
    )
    # Two exports may differ in the blanks of a purchase point.
    former = GRID + rows.format('"Main\n  North"', 5)
    bring({"1.csv": former, "2.csv": GRID + rows.format('"Main\r\nNorth"', 9)}, *BERLIN)
    assert Order.objects.get().base_to_order_rate < 1
    unnumbered = [GRID + rows.format(name, 5).removeprefix("1") for name in ("North", "South")]
    refusal = bring.refusal({"1.csv": unnumbered[0], "2.csv": unnumbered[1]}, *BERLIN)
    assert sum("ID: is missing" in line for line in refusal) == 2, refusal


@pytest.mark.parametrize("prefix", ["", "M"])
def test_order_of_another_store_is_not_replaced_later(bring, prefix):
    """Catches the grid of one store that takes the orders of a store imported before it."""
    accounts = "ada@example.com,base,north,2026-01-01 00:00:00,1,A,King,,,\n"
    accounts += "bo@example.com,base,south,2026-01-01 00:00:00,1,Bo,Li,,,\n"
    row = "1,{0},2026-01-02 03:04:05,Ada King,{1},{1},Complete,ada@example.com\n"
    options = (*BERLIN, "--prefix", prefix)
    bring({"c.csv": CUSTOMERS + accounts, "o.csv": GRID + row.format("north", 5)}, *options)
    refused = bring.refusal({"o.csv": GRID + row.format("south", 5)}, *options)
    assert refused[0].startswith('o.csv:2: ID: order "1" of another store is stored')
    bring({"o.csv": GRID + row.format("north", 7)}, *options)
    assert (Order.objects.get().grand_total, Order.objects.get().store.code[-5:]) == (7, "north")


def test_guest_keeps_the_store_of_the_earliest_stored_order(bring):
    accounts = (
        "ada@example.com,base,default,2026-01-01 00:00:00,1,A,King,,,\n"
        "bo@example.com,us,outlet,2026-01-01 00:00:00,1,Bo,Li,,,\n"
    )

    def bring_orders(*rows, options=()):
        orders = "".join(
            f"{number},{store},2026-{month}-01 00:00:00,G Hopper,5,5,Complete,g@example.com\n"
            for number, store, month in rows
        )
        bring({"c.csv": CUSTOMERS + accounts, "o.csv": GRID + orders}, *BERLIN, *options)
        guest = Customer.objects.get(kind="guest")
        return guest.website.code, guest.store.code

    assert bring_orders(("1", "outlet", "01"), ("3", "default", "03")) == ("us", "outlet")
    assert bring_orders(("4", "default", "04")) == ("us", "outlet")
    # The order lies between the earliest and the latest stored one.
    assert bring_orders(("2", "default", "02")) == ("us", "outlet")
    other = ("--source", "other", "--prefix", "P")
    assert bring_orders(("5", "default", "05"), options=other) == ("us", "outlet")


def test_order_of_an_unknown_store_replaces_none_of_a_known_one(bring):
    """Catches a grid of a store that is not known here, which moved other stores' orders."""
    accounts = "ada@example.com,base,north,2026-01-01 00:00:00,1,A,King,,,\n"
    row = "1,{0},2026-01-02 03:04:05,Ada King,{1},{1},Complete,ada@example.com\n"
    bring({"c.csv": CUSTOMERS + accounts, "o.csv": GRID + row.format("north", 5)}, *BERLIN)
    refused = bring.refusal({"o.csv": GRID + row.format("mars", 9)}, *BERLIN)
    assert refused[0].startswith('o.csv:2: ID: order "1" of another store is stored')
    assert Order.objects.get().store.code == "north"


def test_website_decides_between_stores_of_one_name(bring):
    """Catches orders of one website's "English" that are stored for another website's."""
    for code, *names in (("de", "English", "Deutsch"), ("us", "English"), ("at",)):
        website = Website.objects.create(code=code, name=code.upper())
        for name in names:
            Store.objects.create(code=f"{code}-{name[:2].lower()}", name=name, website=website)
    expected = (
        ("DE", "English", "de-en"),
        ("US", "English", "us-en"),
        # The store of AT is not known, and Elsewhere may be any website.
        ("AT", "Deutsch", "default"),
        ("Elsewhere", "English", "default"),
        ("Elsewhere", "Deutsch", "de-de"),
    )
    rows = "".join(
        f'{number},"{website}\n  Shop\n    {name}",2026-01-02 03:04:05,Ada King,5,5,Complete,\n'
        for number, (website, name, _code) in enumerate(expected)
    )
    bring({"o.csv": GRID + rows}, *BERLIN)
    stores = Order.objects.order_by("number").values_list("store__code", flat=True)
    assert [*stores] == [code for _website, _name, code in expected]


def test_store_that_a_file_cannot_name_stays_as_the_database_has_said(bring):
    """Catches orders that an empty or ambiguous purchase point moves to the default store.

    Also such an order that moves to the account of another website.
    """
    for code in ("one", "two"):
        website = Website.objects.create(code=code, name=code.title())
        for store in ("a", "b"):
            Store.objects.create(code=f"{code}-{store}", name="English", website=website)
    accounts = "".join(
        f"ada@example.com,{code},{code}-b,2026-01-01 00:00:00,1,A,King,,,\n"
        for code in ("one", "two")
    )
    row = '{},"{}",2026-01-02 03:04:05,Ada King,5,5,Complete,ada@example.com\n'
    known = row.format(1, "Two\n  two-b")
    bring({"c.csv": CUSTOMERS + accounts, "o.csv": GRID + known}, *BERLIN)
    unclear = row.format(1, "") + row.format(2, "") + row.format(3, "Two\n  Shop\n    English")
    report = bring({"o.csv": GRID + unclear}, *BERLIN)
    stores = Order.objects.order_by("number").values_list("store__code", flat=True)
    assert [*stores] == ["two-b", "default", "default"]
    codes = {one["code"]: one["count"] for one in report["warnings"]}
    assert (codes["no_store"], codes["ambiguous_store"]) == (1, 1)
    for number in ("1", "3"):
        assert Order.objects.get(number=number).customer.website.code == "two"
    for point in ("Two\n  Shop\n    English", "Gone\n  Shop\n    English"):
        bring({"o.csv": GRID + row.format(1, point)}, *BERLIN)
        order = Order.objects.get(number="1")
        assert (order.store.code, order.customer.website.code) == ("two-b", "two")
