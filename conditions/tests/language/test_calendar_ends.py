"""Every date that a tree may name means what it says, up to the calendar's ends, in every zone.

An instant that is beyond the first or the last day in a zone belongs to that day.
"""

from datetime import UTC, date, datetime
from itertools import count, pairwise

import pytest

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.examples.rollups import roll_up_everybody
from customers.models import Customer, CustomerGroup, Login, Order, Store, Website

pytestmark = pytest.mark.django_db

AS_OF = datetime(2026, 4, 10, 12, tzinfo=UTC)
# Instants (UTC), and the days that they are in Los Angeles (8 hours behind, by the sun 7:53) and
# in Tokyo (9 hours ahead, 9:19).
INSTANTS = {
    "0001-01-01T00:00:00": ("0001-01-01", "0001-01-01", "0001-01-01"),
    "0001-01-01T07:00:00": ("0001-01-01", "0001-01-01", "0001-01-01"),
    "0001-01-01T14:41:00.999999": ("0001-01-01", "0001-01-01", "0001-01-01"),
    "0001-01-01T14:41:01": ("0001-01-01", "0001-01-01", "0001-01-02"),
    "0001-01-02T00:00:00": ("0001-01-02", "0001-01-01", "0001-01-02"),
    "0001-01-02T07:52:58": ("0001-01-02", "0001-01-02", "0001-01-02"),
    "0001-01-03T23:59:59.999999": ("0001-01-03", "0001-01-03", "0001-01-04"),
    "2026-04-10T00:00:00": ("2026-04-10", "2026-04-09", "2026-04-10"),
    "9999-12-30T08:00:00": ("9999-12-30", "9999-12-30", "9999-12-30"),
    "9999-12-30T14:59:59.999999": ("9999-12-30", "9999-12-30", "9999-12-30"),
    "9999-12-30T15:00:00": ("9999-12-30", "9999-12-30", "9999-12-31"),
    "9999-12-31T00:00:00": ("9999-12-31", "9999-12-30", "9999-12-31"),
    "9999-12-31T08:00:00": ("9999-12-31", "9999-12-31", "9999-12-31"),
    "9999-12-31T23:59:59.999999": ("9999-12-31", "9999-12-31", "9999-12-31"),
}
ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo")
DAYS = [
    *("0001-01-01", "0001-01-02", "0001-01-03", "0001-01-04"),
    *("9999-12-29", "9999-12-30", "9999-12-31"),
]
# As ISO 8601 orders them, days are texts.
TESTS = {
    "is": lambda day, value: day == value,
    "before": lambda day, value: day < value,
    "after": lambda day, value: day > value,
    "on_or_before": lambda day, value: day <= value,
    "on_or_after": lambda day, value: day >= value,
    "between": lambda day, pair: pair[0] <= day <= pair[1],
}
TWINS = {"is": "is_not", "between": "not_between"}
_numbers = count()


@pytest.fixture(params=[1, 3], ids=["one zone", "three zones"])
def days(request):
    """Store a customer with one order, log-in and registration at each instant in each zone.

    Returns the day that it is there, by the customer's number; one customer has nothing.
    """
    Store.objects.all().delete()
    Website.objects.all().delete()
    group = CustomerGroup.objects.get(code="general")
    found = {}
    for number, zone in enumerate(ZONES[: request.param]):
        website = Website.objects.create(code=f"w{number}", name=zone, timezone=zone)
        store = Store.objects.create(code=f"s{number}", name=zone, website=website)
        for text, local in [*INSTANTS.items(), (None, None)]:
            customer = Customer.objects.create(
                external_id=f"{zone} {text}",
                group=group,
                website=website,
                store=store,
                registered_at=at(text),
                date_of_birth=local and local[0],
            )
            found[customer.external_id] = local and local[number]
            if text:
                order(customer, store, at(text))
                Login.objects.create(customer=customer, logged_in_at=at(text))
    roll_up_everybody()
    return found


def at(text):
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def order(customer, store, instant):
    Order.objects.create(
        number=f"N{next(_numbers)}",
        customer=customer,
        store=store,
        state="complete",
        created_at=instant,
        updated_at=instant,
        grand_total=1,
    )


@pytest.fixture
def chosen(days):
    """Return a function that gives whom a node chooses, the same by query and explanation."""
    facts = facts_of(list(Customer.objects.select_related("website")), AS_OF)

    def both(node):
        tree = parse_tree({"match": "all", "conditions": [node]})
        by_query = {one.external_id for one in matching_customers(tree, as_of=AS_OF)}
        verdicts = {one.customer.external_id: tree.evaluate(one.customer, one) for one in facts}
        assert by_query == {number for number, verdict in verdicts.items() if verdict.holds}, node
        assert {number for number, verdict in verdicts.items() if verdict.tree["holds"]} == by_query
        return by_query

    return both


def conditions():
    for day in DAYS:
        for operator in TESTS:
            if operator != "between":
                yield operator, day
    for low, high in [
        *pairwise(DAYS),
        (DAYS[0], DAYS[0]),
        (DAYS[-1], DAYS[-1]),
        (DAYS[0], DAYS[-1]),
    ]:
        yield "between", [low, high]


# The same day asked in every way: a column, some row, the rows of a group, a figure.
WAYS = {
    "column": lambda op, value: condition("customer.registered_at", op, value),
    "some row": lambda op, value: condition("order.created_at", op, value),
    "relation group": lambda op, value: {
        "relation": "orders",
        "conditions": [condition("order.created_at", op, value)],
    },
    "count": lambda op, value: {
        "relation": "sales",
        "aggregate": "count",
        "operator": "gte",
        "value": 1,
        "conditions": [condition("order.created_at", op, value)],
    },
    "latest": lambda op, value: {
        "relation": "orders",
        "aggregate": "max",
        "of": "order.created_at",
        "operator": op,
        "value": value,
    },
    "roll-up": lambda op, value: condition("activity.last_order_at", op, value),
    "log-in": lambda op, value: condition("login.logged_in_at", op, value),
}


def condition(code, op, value):
    return {"attribute": code, "operator": op, "value": value}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_days_at_the_ends_mean_what_they_say(way, days, chosen):
    # The rows of a group are asked one by one, so that somebody without one is not in it.
    everybody = {n for n, day in days.items() if day or "conditions" not in way("is", DAYS[0])}
    for op, value in conditions():
        wanted = {number for number, day in days.items() if day and TESTS[op](day, value)}
        assert chosen(way(op, value)) == wanted, (op, value)
        if op in TWINS:
            assert chosen(way(TWINS[op], value)) == everybody - wanted, (op, value)


def test_dates_at_the_ends_mean_what_they_say(chosen):
    born = {
        one.external_id: one.date_of_birth and one.date_of_birth.isoformat()
        for one in Customer.objects.all()
    }
    assert {"0001-01-01", "9999-12-31"} < set(born.values())
    for op, value in conditions():
        node = condition("customer.date_of_birth", op, value)
        wanted = {number for number, day in born.items() if day and TESTS[op](day, value)}
        assert chosen(node) == wanted, (op, value)


@pytest.mark.parametrize("point", ["0002-01-01T00:00:00+14:00", "9998-12-31T23:00:00-12:00"])
def test_points_in_time_near_the_ends_are_instants(point, chosen):
    """They lie in UTC in the first and in the last year."""
    instant = datetime.fromisoformat(point)
    known = {
        one.external_id: one.registered_at for one in Customer.objects.exclude(registered_at=None)
    }
    for op, test in TESTS.items():
        if op in {"is", "between"}:
            continue
        wanted = {number for number, stored in known.items() if test(stored, instant)}
        assert chosen(condition("customer.registered_at", op, point)) == wanted, op
    node = condition("customer.registered_at", "between", [point, "9999-12-31"])
    assert chosen(node) == {number for number, stored in known.items() if stored >= instant}
    node = condition("customer.registered_at", "between", ["0001-01-01", point])
    assert chosen(node) == {number for number, stored in known.items() if stored <= instant}


@pytest.mark.parametrize(
    "code", ["activity.days_since_last_order", "activity.days_inactive", "views.days_since_last"]
)
def test_days_since_are_counted_from_the_ends_too(code, days, chosen):
    today = date(2026, 4, 10).toordinal()
    since = {
        number: today - date.fromisoformat(day).toordinal() if day else None
        for number, day in days.items()
    }
    if code.startswith("views"):
        since = dict.fromkeys(since)
    for value in [0, today - 1, today - 2, today - date.max.toordinal()]:
        for op, test in (
            ("is", lambda a, b: a == b),
            ("gte", lambda a, b: a >= b),
            ("lt", lambda a, b: a < b),
        ):
            wanted = {n for n, days_ago in since.items() if test(days_ago or 0, value)}
            wanted &= {n for n, days_ago in since.items() if days_ago is not None}
            assert chosen(condition(code, op, value)) == wanted, (op, value)


def test_two_instants_are_compared_as_days_at_the_ends_too(days, chosen):
    """Each customer buys once more, at the next of the instants: is that the day of the first?"""
    wanted = set()
    for before, after in pairwise(INSTANTS):
        for number, zone in enumerate(ZONES):
            for customer in Customer.objects.filter(external_id=f"{zone} {before}"):
                order(customer, customer.store, at(after))
                if INSTANTS[before][number] == INSTANTS[after][number]:
                    wanted.add(customer.external_id)
    (latest,) = set(INSTANTS) - {before for before, _after in pairwise(INSTANTS)}
    wanted |= {number for number in days if number.endswith(latest)}
    roll_up_everybody()
    last = {"attribute": "activity.last_order_at"}
    assert chosen(condition("customer.registered_at", "is", last)) == wanted
    assert chosen(condition("customer.registered_at", "is_not", last)) == set(days) - wanted
