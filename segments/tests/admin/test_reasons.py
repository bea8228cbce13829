"""What an explanation found, in words: amounts, units, names and dates as a person reads them."""

from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from conditions.evaluator.facts import facts_of
from conditions.parse import parse_tree
from core.clock import now
from customers.models import Address, Order, Product, ProductView
from segments.admin.customer.reasons import lines_of
from segments.insight.explanations.customer_memberships import Reason

pytestmark = pytest.mark.django_db


def order(customer, total, number="1"):
    at = now()
    Order.objects.create(
        number=number,
        customer=customer,
        store=customer.store,
        state="complete",
        created_at=at,
        updated_at=at,
        grand_total=total,
    )


def found(customer, *conditions):
    """Return what is found of the first of `conditions`, and below it."""
    tree = parse_tree({"match": "all", "conditions": list(conditions)})
    (facts,) = facts_of([customer], now())
    lines = lines_of(Reason(tree, tree.evaluate(customer, facts)), lambda attribute: True)
    return [line.found for line in lines[1:]]


def test_an_orders_number_is_no_day_though_python_reads_it_as_one(make_customer):
    customer = make_customer()
    order(customer, "1", "1000091703")

    assert found(customer, {"relation": "sales"}) == ["1 fits (1000091703)"]


def test_it_is_said_which_orders_do_not_count(make_customer):
    """Her page lists the order, which was refunded in full, beside a reason that finds none."""
    customer = make_customer()
    order(customer, "1")
    Order.objects.update(state="closed")
    said = "0 fit (cancelled and fully refunded orders do not count)"
    assert found(customer, {"relation": "sales", "aggregate": "not_exists"}) == [said]
    assert found(customer, {"relation": "orders"}) == ["1 fits (1)"]


def test_what_is_asked_of_single_rows_says_nothing_of_the_customer(make_customer):
    customer = make_customer()
    order(customer, "1")
    dear = {"attribute": "order.grand_total", "operator": "gte", "value": "500"}
    rows = {"relation": "sales", "aggregate": "not_exists", "conditions": [dear]}
    tree = parse_tree({"match": "all", "conditions": [rows]})
    (facts,) = facts_of([customer], now())
    lines = lines_of(Reason(tree, tree.evaluate(customer, facts)), lambda attribute: True)

    assert [(line.holds, line.is_part) for line in lines] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_amounts_have_their_currency_and_are_written_as_the_reader_does(make_customer):
    customer = make_customer()
    order(customer, "1234.5")
    sales = {"attribute": "lifetime.sales", "operator": "gte", "value": "500"}
    total = {
        "relation": "sales",
        "aggregate": "sum",
        "of": "order.grand_total",
        "operator": "gte",
        "value": "500",
    }

    assert found(customer, sales) == ["€1,234.50"]
    assert found(customer, total) == ["€1,234.50; of 1 (1)"]
    with override("de"):
        assert found(customer, sales) == ["1.234,50\xa0€"]


def test_days_have_their_unit(make_customer):
    customer = make_customer()
    order(customer, "9")
    days = {"attribute": "activity.days_since_last_order", "operator": "lte", "value": 9}

    assert found(customer, days) == ["0 days"]


def test_products_are_called_by_their_names(make_customer):
    customer = make_customer()
    product = Product.objects.create(sku="S", name="Red shoe", price=1)
    at = datetime(2026, 4, 1, tzinfo=UTC)
    ProductView.objects.create(customer=customer, product=product, viewed_at=at)

    assert found(customer, {"relation": "product_views"}) == ["1 fits (Red shoe)"]


def test_countries_segments_and_choices_are_called_by_their_names(make_customer, make_segment):
    customer = make_customer()
    Address.objects.create(customer=customer, country="DE")
    best = make_segment("Best customers", code="best")
    country = {"attribute": "address.country", "operator": "is", "value": "DE"}
    group = {"attribute": "customer.group", "operator": "is_one_of", "value": ["general"]}
    member = {"attribute": "segment", "operator": "is", "value": best.code}

    assert found(customer, country) == ["1 fits (Germany (DE))"]
    assert found(customer, group) == [customer.group.name]
    assert found(customer, member) == ["Best customers: yes"]


def test_a_sentence_names_countries_in_the_readers_language_and_leaves_other_texts_alone():
    tree = parse_tree(
        {
            "match": "all",
            "conditions": [
                {
                    "attribute": "address.country",
                    "operator": "is_one_of",
                    "value": ["DE", "ZZ", "France"],
                },
                {"attribute": "address.city", "operator": "is", "value": "DE"},
            ],
        }
    )

    assert "Germany, “ZZ” or “France” (“France”)" in tree.sentence()
    assert "live in the city “DE”" in tree.sentence()
    with override("de"):
        assert "Deutschland, „ZZ“ oder „France“" in tree.sentence()
