"""Every operator of every type at its boundaries: what the contract says, in literal tables.

Each table is asked of the query, of the evaluator and of the page in docs/, through every kind of
attribute that can hold its type.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings

from conditions.evaluator.facts import facts_of
from conditions.language.operators import Takes
from conditions.language.types import TYPES
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.language.truth_table import (
    CATEGORIES,
    EMPTY,
    MISSING,
    TABLES,
    TWO_CHARACTERS,
    as_markdown,
)
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerTag,
    Login,
    Order,
    Product,
    ProductCategory,
    ProductView,
    Store,
    Website,
)

BY_NAME = {table.name: table for table in TABLES}
LATER_THAN_ALL = "9999-12-31~"


def between(name, first, last=LATER_THAN_ALL):
    """Return the stored values of a table from `first` to `last`, which are in order as texts."""
    known = set(BY_NAME[name].stored) - {MISSING}
    return {value for value in known if first <= value <= last}


def dates(first, last=LATER_THAN_ALL):
    return between("Date", first, last)


def instants(first, last=LATER_THAN_ALL):
    """From the instant that begins with `first` to the one that begins with `last`."""
    return between("Date and time", first, last + "~")


def at_the_ends(second, last):
    """Return what holds where the second day and the last day begin with these instants."""
    every = between("The calendar's ends, behind UTC", "0001")
    first = {value for value in every if value < second}
    final = {value for value in every if value >= last}
    return {
        ("is", "0001-01-01"): first,
        ("is", "9999-12-31"): final,
        ("before", "0001-01-01"): set(),
        ("before", "0001-01-02"): first,
        ("before", "9999-12-31"): every - final,
        ("after", "0001-01-01"): every - first,
        ("after", "9999-12-30"): final,
        ("after", "9999-12-31"): set(),
        ("on_or_before", "0001-01-01"): first,
        ("on_or_before", "9999-12-30"): every - final,
        ("on_or_before", "9999-12-31"): every,
        ("on_or_after", "0001-01-01"): every,
        ("on_or_after", "0001-01-02"): every - first,
        ("on_or_after", "9999-12-31"): final,
        ("between", "0001-01-01", "0001-01-01"): first,
        ("between", "0001-01-02", "9999-12-30"): every - first - final,
    }


AMOUNTS = {
    ("is", "100"): {"100"},
    ("is", "0"): {"0"},
    ("gt", "100"): {"100.0001", "200", "200.0001"},
    ("gte", "100"): {"100", "100.0001", "200", "200.0001"},
    ("lt", "100"): {"-100", "0", "99.9999"},
    ("lte", "100"): {"-100", "0", "99.9999", "100"},
    ("between", "100", "200"): {"100", "100.0001", "200"},
    ("is_one_of", "0", "100"): {"0", "100"},
    ("is_not_empty",): {"-100", "0", "99.9999", "100", "100.0001", "200", "200.0001"},
}

# What each positive condition holds for. Dates: today is Friday, 10 April 2026. Datetimes: it is
# 9 April, 23:30 in New York; 9 April lasts there from 04:00 UTC to 04:00 UTC.
HOLDS = {
    "Text": {
        ("is", "anna"): {"Anna", "ANNA"},
        ("is", "É"): {"é", TWO_CHARACTERS},
        ("is", "Straße"): {"Straße"},
        ("is", "οδοσ"): {"ΟΔΟΣ", "οδος"},
        ("contains", "ANN"): {"Anna", "ANNA", "Annabel", "Hanna", " Anna "},
        ("contains", "%"): {"100%"},
        ("contains", "_"): {"a_b"},
        ("starts_with", "ann"): {"Anna", "ANNA", "Annabel"},
        ("starts_with", "a_"): {"a_b"},
        ("ends_with", "NNA"): {"Anna", "ANNA", "Hanna"},
        ("ends_with", "0%"): {"100%"},
        ("is_one_of", "anna", "100%"): {"Anna", "ANNA", "100%"},
        ("is_not_empty",): set(BY_NAME["Text"].stored) - {MISSING, EMPTY},
    },
    "Number": AMOUNTS,
    "Money": AMOUNTS,
    "Whole number": {
        ("is", "5"): {"5"},
        ("is", "5.5"): set(),
        ("gt", "5"): {"6", "10", "11"},
        ("gt", "5.5"): {"6", "10", "11"},
        ("gte", "5"): {"5", "6", "10", "11"},
        ("gte", "4.5"): {"5", "6", "10", "11"},
        # Beyond what a column holds, everything that is not missing fits.
        ("gte", "-99999999999"): {"0", "4", "5", "6", "10", "11"},
        ("lte", "99999999999"): {"0", "4", "5", "6", "10", "11"},
        ("lt", "5"): {"0", "4"},
        ("lt", "5.5"): {"0", "4", "5"},
        ("lte", "5"): {"0", "4", "5"},
        ("lte", "5.5"): {"0", "4", "5"},
        ("between", "5", "10"): {"5", "6", "10"},
        ("between", "4.5", "5.5"): {"5"},
        ("is_one_of", "5", "5.5"): {"5"},
        ("is_not_empty",): {"0", "4", "5", "6", "10", "11"},
    },
    "Choice": {
        ("is", "male"): {"male"},
        ("is_one_of", "male", "female"): {"male", "female"},
        ("is_not_empty",): {"male", "Male", "female"},
    },
    "Yes or no": {
        ("is", True): {"yes"},
        ("is", False): {"no"},
        ("is_not_empty",): {"yes", "no"},
    },
    "Several choices": {
        ("has", "vip"): {"vip", "new, vip", "new, old, vip"},
        ("has_any_of", "vip", "new"): {"vip", "new", "new, vip", "new, old, vip"},
        ("has_all_of", "vip", "new"): {"new, vip", "new, old, vip"},
        ("is_not_empty",): {"vip", "VIP", "new", "new, vip", "new, old, vip"},
    },
    "Category": {
        ("is", "boots"): {"boots", "boots, hats"},
        ("is_one_of", "shoes", "hats"): {"shoes", "hats", "boots, hats"},
        ("is_or_below", "shoes"): {"shoes", "boots", "winter-boots", "boots, hats"},
        ("is_one_of_or_below", "boots", "hats"): {"boots", "winter-boots", "hats", "boots, hats"},
        ("is_not_empty",): {"shoes", "boots", "winter-boots", "hats", "boots, hats"},
    },
    "Date": {
        ("is", "2026-04-10"): {"2026-04-10"},
        ("is", "2024-02-29"): {"2024-02-29"},
        ("before", "2026-04-10"): dates("0001", "2026-04-09"),
        ("after", "2026-04-10"): dates("2026-04-11"),
        ("on_or_before", "2026-04-10"): dates("0001", "2026-04-10"),
        ("on_or_after", "2026-04-10"): dates("2026-04-10"),
        ("between", "2026-04-01", "2026-04-10"): dates("2026-04-01", "2026-04-10"),
        ("in_last_days", 30): dates("2026-03-11", "2026-04-10"),
        ("in_last_days", 0): {"2026-04-10"},
        ("more_than_days_ago", 30): dates("0001", "2026-03-10"),
        ("more_than_days_ago", 0): dates("0001", "2026-04-09"),
        ("in_next_days", 30): dates("2026-04-10", "2026-05-10"),
        ("in_next_days", 0): {"2026-04-10"},
        ("more_than_days_ahead", 30): dates("2026-05-11"),
        ("more_than_days_ahead", 0): dates("2026-04-11"),
        ("in_period", "today"): {"2026-04-10"},
        ("in_period", "yesterday"): {"2026-04-09"},
        ("in_period", "tomorrow"): {"2026-04-11"},
        ("in_period", "this_week"): dates("2026-04-06", "2026-04-12"),
        ("in_period", "last_week"): dates("2026-03-30", "2026-04-05"),
        ("in_period", "this_month"): dates("2026-04-01", "2026-04-30"),
        ("in_period", "last_month"): dates("2026-03-01", "2026-03-31"),
        ("in_period", "this_quarter"): dates("2026-04-01", "2026-06-30"),
        ("in_period", "last_quarter"): dates("2026-01-01", "2026-03-31"),
        ("in_period", "this_year"): dates("2026-01-01", "2026-12-31"),
        ("in_period", "last_year"): dates("2025-01-01", "2025-12-31"),
        ("anniversary_in_next_days", 0): {"2026-04-10"},
        ("anniversary_in_next_days", 3): dates("2026-04-10", "2026-04-13"),
        ("anniversary_in_next_days", 366): dates("0001"),
        ("is_not_empty",): dates("0001"),
    },
    "Anniversaries in a common year": {
        ("anniversary_in_next_days", 0): {"2000-02-28", "2000-02-29"},
        ("anniversary_in_next_days", 1): {"2000-02-28", "2000-02-29", "2000-03-01"},
    },
    "Anniversaries in a leap year": {
        ("anniversary_in_next_days", 0): {"2000-02-28"},
        ("anniversary_in_next_days", 1): {"2000-02-28", "2000-02-29"},
        ("anniversary_in_next_days", 2): {"2000-02-28", "2000-02-29", "2000-03-01"},
    },
    "Date and time": {
        ("is", "2026-04-09"): instants("2026-04-09T04", "2026-04-10T03"),
        ("before", "2026-04-09"): instants("0001", "2026-04-09T03"),
        ("before", "2026-04-09T04:00:00Z"): instants("0001", "2026-04-09T03"),
        ("before", "2026-04-10T03:30:00"): instants("0001", "2026-04-10T04"),
        ("after", "2026-04-09"): instants("2026-04-10T04"),
        ("after", "2026-04-09T04:00:00Z"): instants("2026-04-10T03:30"),
        ("on_or_before", "2026-04-09"): instants("0001", "2026-04-10T03"),
        ("on_or_before", "2026-04-09T04:00:00Z"): instants("0001", "2026-04-09T04"),
        ("on_or_before", "2026-04-09T00:00"): instants("0001", "2026-04-09T04"),
        ("on_or_after", "2026-04-09"): instants("2026-04-09T04"),
        ("on_or_after", "2026-04-09T04:00:00Z"): instants("2026-04-09T04"),
        ("between", "2026-04-08", "2026-04-09"): instants("2026-04-09T03", "2026-04-10T03"),
        ("between", "2026-04-09T04:00:00Z", "2026-04-10T03:30:00Z"): {
            "2026-04-09T04:00:00Z",
            "2026-04-10T03:30:00Z",
        },
        ("between", "2026-04-09", "2026-04-10T03:30:00Z"): {
            "2026-04-09T04:00:00Z",
            "2026-04-10T03:30:00Z",
        },
        ("in_last_days", 30): instants("2026-03-10T04", "2026-04-10T03"),
        ("in_last_days", 0): instants("2026-04-09T04", "2026-04-10T03"),
        ("more_than_days_ago", 30): {"2026-03-10T03:59:59.999999Z"},
        ("more_than_days_ago", 0): instants("0001", "2026-04-09T03"),
        ("in_next_days", 30): instants("2026-04-09T04", "2026-05-10T03"),
        ("in_next_days", 0): instants("2026-04-09T04", "2026-04-10T03"),
        ("more_than_days_ahead", 30): {"2026-05-10T04:00:00Z"},
        ("more_than_days_ahead", 0): instants("2026-04-10T04"),
        ("in_period", "today"): instants("2026-04-09T04", "2026-04-10T03"),
        ("in_period", "yesterday"): {"2026-04-09T03:59:59.999999Z"},
        ("in_period", "tomorrow"): {"2026-04-10T04:00:00Z"},
        ("in_period", "this_week"): instants("2026-04-08", "2026-04-10T04"),
        ("in_period", "last_week"): set(),
        ("in_period", "this_month"): instants("2026-04-08", "2026-04-10T04"),
        ("in_period", "last_month"): instants("0001", "2026-03-10"),
        ("in_period", "this_quarter"): instants("2026-04-08"),
        ("in_period", "last_quarter"): instants("0001", "2026-03-10"),
        ("in_period", "this_year"): instants("0001"),
        ("in_period", "last_year"): set(),
        ("anniversary_in_next_days", 0): instants("2026-04-09T04", "2026-04-10T03"),
        ("anniversary_in_next_days", 30): instants("2026-04-09T04", "2026-05-10T03"),
        ("in_last_hours", 48): instants("2026-04-08T03:30", "2026-04-09T04")
        | {"2026-04-10T03:30:00Z"},
        ("in_last_hours", 0): {"2026-04-10T03:30:00Z"},
        ("more_than_hours_ago", 48): instants("0001", "2026-04-08T03:29"),
        ("more_than_hours_ago", 0): instants("0001", "2026-04-09T04"),
        ("is_not_empty",): instants("0001"),
    },
    "The calendar's ends, behind UTC": at_the_ends("0001-01-02T04:56:02Z", "9999-12-31T05"),
    "The calendar's ends, ahead of UTC": at_the_ends("0001-01-01T14:41:01Z", "9999-12-30T15"),
    "Segment": {
        ("is", "vip"): {"vip"},
        ("is_one_of", "vip", "regular"): {"vip", "regular"},
    },
    # From the contract's cases: their buckets are 4819, 6776, 5848 and 2292.
    "Random part": {
        ("is_in", '{"salt": "tea", "to": "48.19"}'): {"part-4"},
        ("is_in", '{"salt": "tea", "from": "48.19", "to": "67.77"}'): {
            "part-1",
            "part-2",
            "part-3",
        },
        ("is_in", '{"salt": "tea", "from": "0", "to": "100"}'): {
            "part-1",
            "part-2",
            "part-3",
            "part-4",
        },
    },
}

# Each holds exactly where its twin does not, for missing values too.
OPPOSITE_OF = {
    "is_not": "is",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "is_not_one_of": "is_one_of",
    "is_empty": "is_not_empty",
    "not_between": "between",
    "has_not": "has",
    "has_none_of": "has_any_of",
    "not_has_all_of": "has_all_of",
    "is_not_or_below": "is_or_below",
    "is_not_one_of_or_below": "is_one_of_or_below",
    "is_not_in": "is_in",
    "not_in_last_days": "in_last_days",
    "not_in_next_days": "in_next_days",
    "not_in_period": "in_period",
    "not_in_last_hours": "in_last_hours",
}


def values_of(raw):
    """Return what is asked for as the tables above name it."""
    if isinstance(raw, dict):
        return [json.dumps(raw)]
    return raw if isinstance(raw, list) else [] if raw is None else [raw]


def expected(table, operator, raw):
    """Return the names of the stored values for which the condition holds, by the tables above."""
    name = OPPOSITE_OF.get(operator.name, operator.name)
    holds = HOLDS[table.name][name, *values_of(raw)]
    return set(table.stored) - holds if operator.name in OPPOSITE_OF else holds


tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@tables
def test_the_page_says_what_the_contract_says(table):
    for operator, raw in table.rows():
        assert set(table.holding(operator, raw)) == expected(table, operator, raw), (operator, raw)


def test_every_type_and_operator_has_its_expectations():
    shown = {(table.type.name, operator.name) for table in TABLES for operator, _ in table.rows()}
    assert shown == {(t.name, operator) for t in TYPES.values() for operator in t.operators}
    asked = {
        (table.name, operator.name, *values_of(raw))
        for table in TABLES
        for operator, raw in table.rows()
        if operator.name not in OPPOSITE_OF and operator.takes is not Takes.NOTHING
    }
    answered = {
        (name, *condition) for name, holds in HOLDS.items() for condition in holds if condition[1:]
    }
    assert answered == asked


def test_the_committed_page_is_the_one_that_the_code_makes():
    page = settings.BASE_DIR / "docs" / "truth-table.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), "run bin/truth_table.py"


# The same through query and evaluator: customers named after the values that they have. ---------
def custom(customer, type_, value):
    attribute, _ = CustomerAttribute.objects.get_or_create(
        code=f"c_{type_}",
        defaults={"label": type_, "type": type_, "options": ["male", "Male", "female"]},
    )
    CustomerAttributeValue.objects.create(customer=customer, attribute=attribute, **{type_: value})


def order(customer, **values):
    values = {"state": "complete", "grand_total": 1, "created_at": NOW, "updated_at": NOW} | values
    Order.objects.create(
        number=customer.external_id, customer=customer, store=customer.store, **values
    )


def cart(customer, **values):
    return Cart.objects.create(
        external_id=customer.external_id,
        customer=customer,
        store=customer.store,
        created_at=NOW,
        updated_at=NOW,
        **values,
    )


def own(customer, **values):
    Customer.objects.filter(pk=customer.pk).update(**values)


def registered_days_ago(customer, days):
    if days is not None:
        own(customer, registered_at=NOW - timedelta(days=int(days)))


def tags(customer, codes):
    for code in codes or ():
        CustomerTag.objects.create(customer=customer, tag=code)


def rules(customer, codes):
    made = cart(customer)
    for code in codes or ():
        AppliedRule.objects.create(cart=made, rule=code)


def view(customer, value):
    product = Product.objects.create(sku=customer.external_id, name="a product")
    for code in value[0] if value else ():
        category = Category.objects.get(code=code)
        ProductCategory.objects.create(product=product, category=category)
    ProductView.objects.create(customer=customer, product=product, viewed_at=NOW)


def log_in(customer, value):
    if value is not None:
        Login.objects.create(customer=customer, logged_in_at=value)


def buy(column):
    """Return what gives a customer an order with the value in `column`, unless it is missing."""

    def store(customer, value):
        if value is not None:
            order(customer, **{column: value})

    return store


def member(customer, code):
    tags(customer, [code] if code else [])


NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
# For each table: attributes of its type, and how a customer gets a value of each.
CARRIERS = {
    "Text": {
        "customer.first_name": lambda c, value: own(c, first_name=value),
        "customer.attributes.c_text": lambda c, value: custom(c, "text", value),
        "address.city": lambda c, value: Address.objects.create(customer=c, city=value),
        "order.coupon_code": lambda c, value: order(c, coupon_code=value),
    },
    "Number": {
        "customer.attributes.c_number": lambda c, value: custom(c, "number", value),
        "order.total_quantity": buy("total_quantity"),
    },
    "Money": {
        "order.subtotal": lambda c, value: order(c, subtotal=value),
        "cart.subtotal": lambda c, value: cart(c, subtotal=value),
    },
    "Whole number": {
        "order.lines_count": buy("lines_count"),
        "customer.days_since_registration": registered_days_ago,
    },
    "Choice": {
        "customer.gender": lambda c, value: own(c, gender=value),
        "order.status": lambda c, value: order(c, status=value),
        "customer.attributes.c_choice": lambda c, value: custom(c, "choice", value),
    },
    "Yes or no": {
        "customer.accepts_marketing": lambda c, value: own(c, accepts_marketing=value),
        "customer.attributes.c_boolean": lambda c, value: custom(c, "boolean", value),
    },
    "Several choices": {"customer.tags": tags, "cart.applied_rules": rules},
    "Category": {"product_view.category": view},
    "Date": {
        "customer.date_of_birth": lambda c, value: own(c, date_of_birth=value),
        "customer.attributes.c_date": lambda c, value: custom(c, "date", value),
    },
    "Date and time": {
        "customer.registered_at": lambda c, value: own(c, registered_at=value),
        "login.logged_in_at": log_in,
        "activity.last_login_at": log_in,
        "order.created_at": buy("created_at"),
        "activity.last_order_at": buy("created_at"),
        "activity.first_order_at": buy("created_at"),
    },
    "Segment": {"segment": member},
    # Customers are named after the values.
    "Random part": {"customer.part": lambda c, value: None},
}
CARRIERS["The calendar's ends, behind UTC"] = CARRIERS["Date and time"]
CARRIERS["The calendar's ends, ahead of UTC"] = CARRIERS["Date and time"]
CARRIERS["Anniversaries in a common year"] = CARRIERS["Date"]
CARRIERS["Anniversaries in a leap year"] = CARRIERS["Date"]

through_attributes = pytest.mark.parametrize(
    ("table", "code", "give"),
    [
        pytest.param(table, code, give, id=f"{table.name}: {code}")
        for table in TABLES
        for code, give in CARRIERS[table.name].items()
    ],
)


def store_customers(table, give):
    """Store one customer for each stored value of `table`, named after it, in the table's zone."""
    website = Website.objects.create(code="main", name="Main", timezone=table.clock.zone)
    store = Store.objects.create(code="main", name="Main", website=website)
    Store.objects.exclude(pk=store.pk).delete()
    # Another zone, so that each day has more than one beginning.
    Website.objects.exclude(pk=website.pk).update(timezone="Pacific/Apia")
    for code, parent in CATEGORIES.items():
        above = Category.objects.filter(code=parent).first()
        Category.objects.create(code=code, name=code, parent=above)
    for code in ("vip", "regular"):
        apps.get_model("segments", "Segment").objects.create(
            code=code,
            name=code,
            conditions={
                "match": "all",
                "conditions": [{"attribute": "customer.tags", "operator": "has", "value": code}],
            },
        )
    group = CustomerGroup.objects.get()
    for name, value in table.stored.items():
        customer = Customer.objects.create(
            external_id=name, website=website, store=store, group=group
        )
        give(customer, value)


def answers(table, code):
    """Yield each condition of `table` on `code`, who matches by query and who by evaluator."""
    people = list(
        Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    )
    as_of = table.clock.as_of
    facts = facts_of(people, as_of)
    for operator, raw in table.rows():
        node = {"attribute": code, "operator": operator.name}
        if raw is not None:
            node["value"] = raw
        root = parse_tree({"match": "all", "conditions": [node]})
        for websites in (None, ["main"]):
            found = matching_customers(root, as_of=as_of, websites=websites)
            yield operator, raw, set(found.values_list("external_id", flat=True))
        yield (
            operator,
            raw,
            {one.customer.external_id for one in facts if root.evaluate(one.customer, one).holds},
        )


@pytest.mark.django_db
@through_attributes
def test_query_and_evaluator_say_what_the_contract_says(table, code, give):
    store_customers(table, give)
    wrong = [
        (operator.name, raw, sorted(found ^ expected(table, operator, raw)))
        for operator, raw, found in answers(table, code)
        if found != expected(table, operator, raw)
    ]
    assert not wrong


# Relation groups: customers named after the subtotals of their orders ----------------------------
ORDERS = {
    "none": [],
    "missing": [None],
    "0": ["0"],
    "50": ["50"],
    "100": ["100"],
    "100.0001": ["100.0001"],
    "50, 50": ["50", "50"],
    "50, missing": ["50", None],
    "33, 33, 34": ["33", "33", "34"],
    "0, 0, 0.0001": ["0", "0", "0.0001"],
}
RICH = [{"attribute": "order.subtotal", "operator": "gte", "value": "50"}]
EVERYBODY = set(ORDERS)
FIGURES = [
    ({"aggregate": "exists"}, EVERYBODY - {"none"}),
    ({"aggregate": "not_exists"}, {"none"}),
    ({"aggregate": "every"}, EVERYBODY - {"none"}),
    (
        {"aggregate": "exists", "conditions": RICH},
        {"50", "100", "100.0001", "50, 50", "50, missing"},
    ),
    (
        {"aggregate": "not_exists", "conditions": RICH},
        {"none", "missing", "0", "33, 33, 34", "0, 0, 0.0001"},
    ),
    ({"aggregate": "every", "conditions": RICH}, {"50", "100", "100.0001", "50, 50"}),
    ({"aggregate": "count", "operator": "is", "value": 0}, {"none"}),
    ({"aggregate": "count", "operator": "gte", "value": 1}, EVERYBODY - {"none"}),
    (
        {"aggregate": "count", "operator": "is", "value": 1},
        {"missing", "0", "50", "100", "100.0001"},
    ),
    (
        {"aggregate": "count", "operator": "gte", "value": 2},
        {"50, 50", "50, missing", "33, 33, 34", "0, 0, 0.0001"},
    ),
    (
        {"aggregate": "count", "operator": "lt", "value": 2},
        {"none", "missing", "0", "50", "100", "100.0001"},
    ),
    ({"aggregate": "count", "operator": "between", "value": [2, 2]}, {"50, 50", "50, missing"}),
    (
        {"aggregate": "count", "operator": "not_between", "value": [1, 2]},
        {"none", "33, 33, 34", "0, 0, 0.0001"},
    ),
    ({"aggregate": "count", "operator": "gte", "value": 2, "conditions": RICH}, {"50, 50"}),
    (
        {"aggregate": "count", "operator": "is", "value": 0, "conditions": RICH},
        {"none", "missing", "0", "33, 33, 34", "0, 0, 0.0001"},
    ),
    (
        {"aggregate": "sum", "operator": "is", "value": 100},
        {"100", "50, 50", "33, 33, 34"},
    ),
    (
        {"aggregate": "sum", "operator": "gte", "value": 100},
        {"100", "100.0001", "50, 50", "33, 33, 34"},
    ),
    ({"aggregate": "sum", "operator": "gt", "value": 100}, {"100.0001"}),
    ({"aggregate": "sum", "operator": "is", "value": 0}, {"none", "missing", "0"}),
    (
        {"aggregate": "sum", "operator": "is_not", "value": 100},
        EVERYBODY - {"100", "50, 50", "33, 33, 34"},
    ),
    ({"aggregate": "sum", "operator": "lt", "value": 0}, set()),
    (
        {"aggregate": "avg", "operator": "is", "value": 50},
        {"50", "50, 50", "50, missing"},
    ),
    # 100 / 3 = 33.33333..., and 0.0001 / 3 = 0.00003...
    ({"aggregate": "avg", "operator": "is", "value": "33.3333"}, {"33, 33, 34"}),
    ({"aggregate": "avg", "operator": "is", "value": 0}, {"0", "0, 0, 0.0001"}),
    (
        {"aggregate": "avg", "operator": "is_not", "value": 50},
        EVERYBODY - {"50", "50, 50", "50, missing"},
    ),
    ({"aggregate": "avg", "operator": "is_empty"}, {"none", "missing"}),
    ({"aggregate": "avg", "operator": "is_not_empty"}, EVERYBODY - {"none", "missing"}),
    ({"aggregate": "min", "operator": "lt", "value": 34}, {"0", "33, 33, 34", "0, 0, 0.0001"}),
    (
        {"aggregate": "min", "operator": "gte", "value": 33},
        EVERYBODY - {"none", "missing", "0"} - {"0, 0, 0.0001"},
    ),
    ({"aggregate": "min", "operator": "is_empty"}, {"none", "missing"}),
    (
        {"aggregate": "max", "operator": "gt", "value": 33},
        EVERYBODY - {"none", "missing", "0"} - {"0, 0, 0.0001"},
    ),
    ({"aggregate": "max", "operator": "lt", "value": "0.0001"}, {"0"}),
    ({"aggregate": "max", "operator": "lte", "value": "0.0001"}, {"0", "0, 0, 0.0001"}),
    (
        {"aggregate": "max", "operator": "is_not", "value": 50},
        {"none", "missing", "0", "100", "100.0001", "33, 33, 34", "0, 0, 0.0001"},
    ),
    # Of an even number the lower of the two in the middle.
    ({"aggregate": "median", "operator": "is", "value": 33}, {"33, 33, 34"}),
    ({"aggregate": "median", "operator": "is", "value": 0}, {"0", "0, 0, 0.0001"}),
    ({"aggregate": "median", "operator": "is", "value": 50}, {"50", "50, 50", "50, missing"}),
    ({"aggregate": "median", "operator": "is_empty"}, {"none", "missing"}),
    # Ordered at the same time: the last one that was stored. One without a value has none.
    ({"aggregate": "latest", "operator": "is", "value": 34}, {"33, 33, 34"}),
    ({"aggregate": "latest", "operator": "is", "value": 50}, {"50", "50, 50"}),
    (
        {"aggregate": "latest", "operator": "is", "value": 50, "conditions": RICH},
        {"50", "50, 50", "50, missing"},
    ),
    ({"aggregate": "latest", "operator": "is_empty"}, {"none", "missing", "50, missing"}),
    (
        {"aggregate": "latest", "operator": "is_not", "value": 50},
        EVERYBODY - {"50", "50, 50"},
    ),
    ({"aggregate": "count_distinct", "operator": "is", "value": 0}, {"none", "missing"}),
    (
        {"aggregate": "count_distinct", "operator": "is", "value": 1},
        {"0", "50", "100", "100.0001", "50, 50", "50, missing"},
    ),
    (
        {"aggregate": "count_distinct", "operator": "gte", "value": 2},
        {"33, 33, 34", "0, 0, 0.0001"},
    ),
]


@pytest.fixture
def buyers(db):
    website, group = Website.objects.get(), CustomerGroup.objects.get()
    store = Store.objects.get()
    for name, subtotals in ORDERS.items():
        customer = Customer.objects.create(
            external_id=name, website=website, store=store, group=group
        )
        for number, subtotal in enumerate(subtotals):
            Order.objects.create(
                number=f"{name} {number}",
                customer=customer,
                store=store,
                state="complete",
                created_at=NOW,
                updated_at=NOW,
                grand_total=1,
                subtotal=None if subtotal is None else Decimal(subtotal),
            )
    return list(Customer.objects.select_related("website").order_by("pk"))


@pytest.mark.parametrize("match", ["all", "none", "any", "not_all"])
def test_every_aggregate_says_what_the_contract_says(buyers, match):
    facts = facts_of(buyers, NOW)
    wrong = []
    for figure, holds in FIGURES:
        node = {"relation": "orders", **figure}
        if figure["aggregate"] in {
            "sum",
            "avg",
            "min",
            "max",
            "median",
            "latest",
            "count_distinct",
        }:
            node["of"] = "order.subtotal"
        conditions = [node]
        if match in {"any", "not_all"}:
            # Beside a condition that decides nothing, so that the group is a real "or".
            always = "is_not_empty" if match == "not_all" else "is_empty"
            conditions.append({"attribute": "customer.id", "operator": always})
        root = parse_tree({"match": match, "conditions": conditions})
        right = EVERYBODY - holds if match in {"none", "not_all"} else holds
        found = matching_customers(root, as_of=NOW)
        query = set(found.values_list("external_id", flat=True))
        evaluator = {
            one.customer.external_id for one in facts if root.evaluate(one.customer, one).holds
        }
        wrong += [(figure, sorted(each ^ right)) for each in (query, evaluator) if each != right]
    assert not wrong
