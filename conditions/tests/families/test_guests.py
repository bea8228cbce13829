"""Guests: in whose scope they are, and that what they did counts once when they are merged."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.sql.scope import scope_of
from conditions.tests.agreement.test_agreement import by_query
from conditions.tests.examples.shops import awkward_shop
from customers.merging import merge_guest
from customers.models import Customer, CustomerGroup, Store, Website

NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
EVERYBODY = {"match": "all", "conditions": []}
pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """Store customers named after their kind, website and group; one of them is not active."""
    groups = {"general": CustomerGroup.objects.get()}
    groups["vip"] = CustomerGroup.objects.create(code="vip", name="VIP")
    websites = {"default": Website.objects.get()}
    websites["berlin"] = Website.objects.create(
        code="berlin", name="Berlin", timezone="Europe/Berlin"
    )
    rows = [
        ("registered", "default", "general", True),
        ("guest", "default", "general", True),
        ("registered", "berlin", "general", True),
        ("guest", "berlin", "vip", True),
        ("registered", "default", "vip", False),
    ]
    for kind, website, group, active in rows:
        Customer.objects.create(
            external_id=f"{kind} {website} {group}",
            kind=kind,
            website=websites[website],
            store=Store.objects.get(),
            group=groups[group],
            is_active=active,
        )


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({}, {"registered default general", "registered berlin general"}),
        ({"applies_to": "guest"}, {"guest default general", "guest berlin vip"}),
        (
            {"applies_to": "both"},
            {
                "registered default general",
                "guest default general",
                "registered berlin general",
                "guest berlin vip",
            },
        ),
        (
            {"applies_to": "both", "websites": ["berlin"]},
            {"registered berlin general", "guest berlin vip"},
        ),
        ({"applies_to": "both", "customer_groups": ["vip"]}, {"guest berlin vip"}),
        ({"websites": ["default"], "customer_groups": ["vip"]}, set()),
        (
            {"websites": ["default", "berlin"], "customer_groups": ["vip", "general"]},
            {"registered default general", "registered berlin general"},
        ),
    ],
)
def test_a_scope_is_about_these_customers(people, scope, found):
    matches = matching_customers(EVERYBODY, as_of=NOW, **scope)
    assert set(matches.values_list("external_id", flat=True)) == found
    kinds = {"websites": None, "customer_groups": None, "applies_to": "registered"} | scope
    read = scope_of(**kinds)
    assert set(Customer.objects.filter(read.q).values_list("external_id", flat=True)) == found
    includes = read.includes
    assert {one.external_id for one in Customer.objects.all() if includes(one)} == found


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"websites": ["default", "x"]}, "websites[1]"),
        ({"customer_groups": ["x"]}, "customer_groups[0]"),
        ({"applies_to": "everybody"}, "applies_to"),
    ],
)
def test_a_scope_that_does_not_exist_is_refused_at_its_place(people, scope, path):
    with pytest.raises(InvalidTree) as refused:
        matching_customers(EVERYBODY, **scope)
    assert [problem.path for problem in refused.value.problems] == [path]


def test_the_clock_of_a_scope_of_one_website_is_that_websites(people):
    # In Berlin it is the 11th already.
    late = datetime(2024, 3, 10, 23, 30, tzinfo=UTC)
    Customer.objects.update(registered_at=datetime(2024, 3, 11, 10, 0, tzinfo=UTC))
    today = {"attribute": "customer.registered_at", "operator": "in_period", "value": "today"}
    tree = {"match": "all", "conditions": [today]}
    for scope, found in (
        ({}, {"registered berlin general"}),
        ({"websites": ["berlin"]}, {"registered berlin general"}),
        ({"websites": ["default"]}, set()),
    ):
        matches = matching_customers(tree, as_of=late, **scope)
        assert set(matches.values_list("external_id", flat=True)) == found


# Merging ----------------------------------------------------------------------------------------
# Figures that add up when two customers become one, each row counting once.
ADDING_UP = [
    "lifetime.number_of_orders",
    "lifetime.sales",
    "lifetime.refunds",
    "lifetime.profit",
    "lifetime.quantity",
    "views.count",
]
COUNTED = [
    "orders",
    "sales",
    "order_items",
    "refunds",
    "refund_items",
    "carts",
    "all_carts",
    "cart_items",
    "addresses",
    "product_views",
    "logins",
]


def figure(customer, code):
    condition = {"attribute": code, "operator": "is_not_empty"}
    verdict = explain({"match": "all", "conditions": [condition]}, customer, as_of=NOW)
    return Decimal(str(verdict.tree["conditions"][0]["actual"]))


def counted(customer, relation):
    node = {"relation": relation, "aggregate": "count", "operator": "gte", "value": 0}
    verdict = explain({"match": "all", "conditions": [node]}, customer, as_of=NOW)
    return verdict.tree["conditions"][0]["actual"]["count"]


def figures(customer):
    return {code: figure(customer, code) for code in ADDING_UP} | {
        relation: counted(customer, relation) for relation in COUNTED
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_merge_every_row_of_both_counts_once(seed):
    awkward_shop(seed, customers=16).store()
    people = Customer.objects.select_related("website").order_by("pk")
    pairs = list(zip(people.filter(kind="guest"), people.filter(kind="registered"), strict=False))
    assert len(pairs) >= 3
    for guest, customer in pairs:
        both = [figures(one) for one in (guest, customer)]
        merge_guest(guest, customer, at=NOW)
        together = {name: sum(one[name] for one in both) for name in both[0]}
        assert figures(customer) == together


def test_after_a_merge_conditions_find_the_customer_for_what_the_guest_did():
    awkward_shop(4, customers=16).store()
    guest = Customer.objects.filter(kind="guest", orders__isnull=False).first()
    customer = Customer.objects.filter(kind="registered", is_active=True).first()
    number = guest.orders.first().number
    tree = {
        "match": "all",
        "conditions": [{"attribute": "order.number", "operator": "is", "value": number}],
    }
    untouched = [one for one in by_query(EVERYBODY, NOW) if one != guest.external_id]
    merge_guest(guest, customer, at=NOW)
    assert by_query(tree, NOW) == [customer.external_id]
    assert by_query(EVERYBODY, NOW) == untouched


def test_a_guests_name_and_consent_do_not_become_the_customers():
    awkward_shop(4, customers=16).store()
    guest = Customer.objects.filter(kind="guest").first()
    customer = Customer.objects.filter(kind="registered").first()
    Customer.objects.filter(pk=guest.pk).update(accepts_marketing=True, email="g@shop.example")
    Customer.objects.filter(pk=customer.pk).update(accepts_marketing=None, email="")
    merge_guest(guest, customer, at=NOW)
    customer.refresh_from_db()
    assert (customer.accepts_marketing, customer.email) == (None, "")
