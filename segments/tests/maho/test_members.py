"""An imported segment has the members that its rules mean, for every attribute that Maho has."""

import csv

import pytest
from django.conf import settings

from customers.models import Customer, Order
from segments.maho.document import Document
from segments.maho.importing import import_segments
from segments.maho.phrases import Negatives
from segments.maho.targets import CUSTOM, TARGETS, TYPE_PREFIX
from segments.models import Segment
from segments.rules.evaluation.rule import members_of
from segments.tests.maho.rules_in_short import MAPS, combine, leaf, row
from segments.tests.maho.shop import NOW, ROWS, days_ago, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CATALOGUE = settings.BASE_DIR.parent / "shared" / "contract" / "catalogue.csv"
DAY_A = days_ago(10).date().isoformat()
DAY_AFTER_A = days_ago(9).date().isoformat()

# Who fits "== value", and who fits "!= value" where some value (of some row) has to be otherwise.
ONCE, MANY = ("anna", "bob both"), ("anna both", "bob both")
KNOWN = ("anna", "bob both nobody")
LATEST = ("anna both", "bob")
TWO_OF_THEM = ("both", "anna bob nobody")
EQUAL = {
    ("customer_attributes", "email"): ("a@example.com", *ONCE),
    ("customer_attributes", "firstname"): ("ann", *ONCE),
    ("customer_attributes", "lastname"): ("ALM", *ONCE),
    ("customer_attributes", "gender"): ("2", *ONCE),
    ("customer_attributes", "dob"): ("1990-06-25 00:00:00", *ONCE),
    ("customer_attributes", "created_at"): ("2026-06-10", *ONCE),
    ("customer_attributes", "days_since_registration"): ("5", *ONCE),
    ("customer_attributes", "days_until_birthday"): (10, *ONCE),
    ("customer_attributes", "group_id"): ("2", *KNOWN),
    ("customer_attributes", "store_id"): ("2", *KNOWN),
    ("customer_attributes", "size"): ("38", *ONCE),
    ("customer_address", "firstname"): ("Ann", *MANY),
    ("customer_address", "lastname"): ("Alm", *MANY),
    ("customer_address", "company"): ("Acme", *MANY),
    ("customer_address", "street"): ("Allee 1", *MANY),
    ("customer_address", "city"): ("Aachen", *MANY),
    ("customer_address", "region"): ("81", *MANY),
    ("customer_address", "postcode"): ("10000", *MANY),
    ("customer_address", "country_id"): ("AT", *MANY),
    ("customer_address", "telephone"): ("0100", *MANY),
    ("customer_timebased", "days_since_last_login"): ("3", *ONCE),
    ("customer_timebased", "days_since_last_order"): ("10", *LATEST),
    ("customer_timebased", "days_since_first_order"): ("10", *ONCE),
    ("customer_timebased", "days_inactive"): ("3", *ONCE),
    ("customer_timebased", "order_frequency_days"): ("10", "both", ""),
    # Who never ordered has been without a purchase for longer than any number of days.
    ("customer_timebased", "days_without_purchase"): ("10", "anna both", "bob nobody"),
    ("customer_newsletter", "subscriber_status"): ("1", *MANY),
    ("customer_newsletter", "change_status_at"): (DAY_A, *MANY),
    ("customer_clv", "lifetime_sales"): ("140", *TWO_OF_THEM),
    ("customer_clv", "number_of_orders"): ("2", *TWO_OF_THEM),
    ("customer_clv", "average_order_value"): ("70", *TWO_OF_THEM),
    ("customer_clv", "lifetime_profit"): ("90.0", *KNOWN),
    ("customer_clv", "lifetime_refunds"): ("10", *KNOWN),
    ("order_attributes", "status"): ("shipped", *MANY),
    ("order_attributes", "created_at"): (DAY_A, *MANY),
    ("order_attributes", "updated_at"): (DAY_AFTER_A, *MANY),
    ("order_attributes", "store_id"): ("1", *MANY),
    ("order_attributes", "currency_code"): ("EUR", *MANY),
    ("order_attributes", "payment_method"): ("card", *MANY),
    ("order_attributes", "shipping_method"): ("post", *MANY),
    ("order_attributes", "coupon_code"): ("code-a", *MANY),
    ("order_attributes", "total_qty"): ("1.0000", *MANY),
    ("order_attributes", "subtotal"): ("90", *MANY),
    ("order_attributes", "tax_amount"): ("8", *MANY),
    ("order_attributes", "shipping_amount"): ("7", *MANY),
    ("order_attributes", "discount_amount"): ("-5.0000", *MANY),
    ("order_attributes", "grand_total"): ("100", *MANY),
    ("order_attributes", "total_amount"): ("100", *MANY),
    ("order_attributes", "average_order_amount"): ("70", "both", "anna bob"),
    ("order_attributes", "total_ordered_amount"): ("140", "both", "anna bob"),
    ("order_attributes", "days_since_last_order"): ("10", *LATEST),
    ("order_items", "product_sku"): ("s-1", *MANY),
    ("order_items", "product_name"): ("Shoe", *MANY),
    ("order_items", "product_type"): ("simple", *MANY),
    ("order_items", "qty_ordered"): ("1", *MANY),
    ("order_items", "row_total"): ("90", *MANY),
    ("order_items", "row_total_incl_tax"): ("98", *MANY),
    ("order_items", "discount_amount"): ("5", *MANY),
    ("order_items", "product_fabric"): ("wool", *MANY),
    ("cart_attributes", "items_count"): ("1", *MANY),
    ("cart_attributes", "items_qty"): ("1", *MANY),
    ("cart_attributes", "base_subtotal"): ("90", *MANY),
    ("cart_attributes", "base_grand_total"): ("100", *MANY),
    ("cart_attributes", "created_at"): (DAY_A, *MANY),
    ("cart_attributes", "updated_at"): (DAY_AFTER_A, *MANY),
    ("cart_attributes", "is_active"): ("0", "bob both", "anna bob both"),
    ("cart_attributes", "store_id"): ("1", *MANY),
    ("cart_attributes", "applied_rule_ids"): ("7", *MANY),
    ("cart_attributes", "coupon_code"): ("CART-A", *MANY),
    ("cart_items", "product_sku"): ("S-1", *MANY),
    ("cart_items", "product_name"): ("Shoe", *MANY),
    ("cart_items", "product_type"): ("simple", *MANY),
    ("cart_items", "qty"): ("1", *MANY),
    ("cart_items", "price"): ("100", *MANY),
    ("cart_items", "base_price"): ("100", *MANY),
    ("cart_items", "row_total"): ("100", *MANY),
    ("cart_items", "base_row_total"): ("100", *MANY),
    ("cart_items", "created_at"): (DAY_A, *MANY),
    ("cart_items", "updated_at"): (DAY_AFTER_A, *MANY),
    ("cart_items", "product_fabric"): ("wool", *MANY),
    ("product_viewed", "product_sku"): ("S-1", *MANY),
    ("product_viewed", "product_id"): ("11", *MANY),
    ("product_viewed", "product_name"): ("Shoe", *MANY),
    ("product_viewed", "category_id"): ("5", *MANY),
    ("product_viewed", "view_count"): ("2", *TWO_OF_THEM),
    ("product_viewed", "last_viewed_at"): (DAY_A, *LATEST),
    ("product_viewed", "days_since_last_view"): ("10", *LATEST),
    ("product_wishlist", "product_sku"): ("S-1", *MANY),
    ("product_wishlist", "product_id"): ("11", *MANY),
    ("product_wishlist", "product_name"): ("Shoe", *MANY),
    ("product_wishlist", "category_id"): ("5", *MANY),
    ("product_wishlist", "added_at"): (DAY_A, *MANY),
    ("product_wishlist", "wishlist_items_count"): ("2", *TWO_OF_THEM),
    ("product_wishlist", "wishlist_shared"): ("1", *ONCE),
    ("product_wishlist", "days_since_added"): ("10", *LATEST),
}


@pytest.fixture(scope="module")
def shop(rows_for_all):
    open_shop()


def names(*conditions, negatives=Negatives.COMPLEMENT, **root):
    """The members of a segment that is imported with these conditions, in the shop's order."""
    tree = combine(*conditions, **root)
    document = Document([row(conditions_serialized=tree)], MAPS)
    (outcome,) = import_segments(document, negatives=negatives)
    assert not outcome.errors
    members = members_of(Segment.objects.get(code=outcome.code), as_of=NOW)
    return list(members.order_by("pk").values_list("external_id", flat=True))


def others(fitting):
    return [name for name in ROWS if name not in fitting.split()]


@pytest.mark.parametrize(
    ("place", "value", "fitting", "otherwise"),
    [(place, *expected) for place, expected in EQUAL.items()],
    ids=[".".join(place) for place in EQUAL],
)
def test_every_attribute_of_maho_s_finds_whom_it_means(shop, place, value, fitting, otherwise):
    assert names(leaf(*place, "==", value)) == fitting.split()
    assert names(leaf(*place, "!=", value)) == others(fitting)
    kept = names(leaf(*place, "!=", value), negatives=Negatives.ANY_ROW)
    assert kept == [name for name in ROWS if name in otherwise.split()]


TOTAL, DAY = ("order_attributes", "grand_total"), ("order_attributes", "created_at")
SALES, CODE = ("customer_clv", "lifetime_sales"), ("order_attributes", "coupon_code")
DISCOUNT, RULES = ("order_attributes", "discount_amount"), ("cart_attributes", "applied_rule_ids")
GENDER, STATUS = ("customer_attributes", "gender"), ("customer_newsletter", "subscriber_status")
SUM, AVERAGE = (
    ("order_attributes", "total_ordered_amount"),
    ("order_attributes", "average_order_amount"),
)


@pytest.mark.parametrize(
    ("place", "operator", "value", "fitting", "kept"),
    [
        (TOTAL, ">=", "100", "anna both", ...),
        (TOTAL, ">", "100", "", ...),
        (TOTAL, "<=", "40", "bob both", ...),
        (TOTAL, "<", "40", "", ...),
        (TOTAL, "()", "40,7", "bob both", ...),
        (TOTAL, "!()", "40, 7", "anna nobody", "anna both"),
        (SALES, "<", "100", "bob nobody", ...),
        (DAY, ">=", DAY_A, "anna both", ...),
        (DAY, ">", DAY_A, "", ...),
        (DAY, "<", DAY_A, "bob both", ...),
        (DAY, "<=", DAY_A, "anna bob both", ...),
        (CODE, "{}", "de-a", "anna both", ...),
        (CODE, "!{}", "de-a", "bob nobody", "bob both"),
        (CODE, "()", "CODE-A,CODE-B", "anna bob both", ...),
        (CODE, "!()", "CODE-A,CODE-B", "nobody", ""),
        (CODE, "==", "", "nobody", ""),
        (CODE, "!=", "", "anna bob both", ...),
        # -5 <= -3 there is 5 >= 3 here.
        (DISCOUNT, "<=", "-3", "anna both", ...),
        (DISCOUNT, ">", "-5", "bob both", ...),
        (RULES, "{}", "7", "anna both", ...),
        (RULES, "!{}", "7", "bob nobody", "bob both"),
        (RULES, "()", "7,8", "anna bob both", ...),
        (RULES, "!()", "7,8", "nobody", ""),
        (GENDER, "==", "3", "nobody", ...),
        (GENDER, "!=", "3", "anna bob both", ...),
        (GENDER, "()", "1,3", "bob both nobody", ...),
        (GENDER, "!()", "1,3", "anna", ...),
        (STATUS, "()", "1,2", "anna both", ...),
        (("product_viewed", "category_id"), "()", "5, 6", "anna bob both", ...),
        (("product_viewed", "category_id"), "!()", "5", "bob nobody", "bob both"),
        (("customer_attributes", "group_id"), "==", ["1", "2"], "anna bob both nobody", ...),
        (SUM, "<", "120", "anna bob", ...),
        (SUM, "!()", "100,40", "both nobody", "both"),
        (SUM, "==", "", "nobody", ...),
        (SUM, "!=", "", "anna bob both", ...),
        (AVERAGE, "<", "80", "bob both", ...),
        (AVERAGE, "!()", "100", "bob both nobody", "bob both"),
        (AVERAGE, "==", "", "nobody", ...),
    ],
    ids=str,
)
def test_every_operator_finds_whom_it_means(shop, place, operator, value, fitting, kept):
    assert names(leaf(*place, operator, value)) == fitting.split()
    expected = fitting if kept is ... else kept
    assert names(leaf(*place, operator, value), negatives=Negatives.ANY_ROW) == expected.split()


@pytest.mark.parametrize(
    ("aggregator", "value", "fitting"),
    [
        ("all", "1", "both"),
        ("any", "1", "anna bob both"),
        ("all", "0", "anna bob nobody"),
        ("any", "0", "nobody"),
    ],
)
def test_combinations_find_whom_they_mean(shop, aggregator, value, fitting):
    # Each may be another order: that is Maho's reading, and it stays.
    both = (leaf(*CODE, "==", "CODE-A"), leaf(*TOTAL, "==", "40"))
    assert names(*both, aggregator=aggregator, value=value) == fitting.split()
    assert names(combine(*both, aggregator=aggregator, value=value)) == fitting.split()


def test_canceled_orders_count_in_no_average_and_no_total(shop):
    nobody = Customer.objects.get(external_id="nobody")
    order = Order.objects.get(number="anna-A")
    order.pk, order.number, order.state, order.customer = None, "canceled", "canceled", nobody
    order.save(force_insert=True)

    for place in (SUM, AVERAGE):
        assert names(leaf(*place, ">=", "0")) == ["anna", "bob", "both"]
        assert names(leaf(*place, "!=", "1")) == list(ROWS)


def test_every_attribute_of_the_tables_is_tried_here():
    known = {(kind, name) for kind, targets in TARGETS.items() for name in targets}
    custom = {
        ("customer_attributes", "size"),
        ("order_items", "product_fabric"),
        ("cart_items", "product_fabric"),
    }
    assert {kind for kind, _name in custom} == set(CUSTOM)
    assert set(EQUAL) == known | custom


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the contract is not beside the project")
def test_the_tables_are_those_of_the_catalogue():
    listed = {}
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file):
            kind = entry["maho_condition"].removeprefix(TYPE_PREFIX)
            for name in filter(None, entry["maho_attribute"].split(";")):
                listed[kind, name] = entry["code"]
    custom = {key: listed.pop(key) for key in list(listed) if "<code>" in key[1]}
    figures = {key: listed.pop(key) for key in list(listed) if listed[key].startswith("(")}

    codes = {(kind, name): one for kind, names in TARGETS.items() for name, one in names.items()}
    assert {key: one.code for key, one in codes.items() if not one.figure} == listed
    assert {key for key, one in codes.items() if one.figure} == set(figures)
    assert custom == {
        (kind, f"{beginning}<code>"): f"{prefix}<code>"
        for kind, (prefix, beginning) in CUSTOM.items()
    }
