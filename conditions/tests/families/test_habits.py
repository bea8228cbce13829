"""First and last rows, regular customers, and those who have stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.language.periods import Periods
from conditions.language.windows import LocalClock, Moment
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading import read_sentence
from conditions.reading.exact import exact
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import AS_OF, check, condition, customer, order
from customers.models import Category

DAY = {"unit": "day", "count": 3}
MONTHS = {"unit": "month", "count": 3}
BIG = condition("order.grand_total", "gte", 100)


def sales(*conditions, **more):
    chosen = {"match": "all", "conditions": list(conditions)} if conditions else {}
    return {"relation": "sales", **chosen, **more}


def all_of(*nodes):
    return {"match": "all", "conditions": list(nodes)}


def problems(node, **more):
    with pytest.raises(InvalidTree) as refused:
        parse_tree(all_of(node), **more)
    return [(one.path.removeprefix("conditions[0]."), one.code) for one in refused.value.problems]


# What is refused ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("node", "found"),
    [
        (sales(last="two"), [("last", "not_a_whole_number")]),
        (sales(last=1.5), [("last", "not_a_whole_number")]),
        (sales(last=True), [("last", "not_a_whole_number")]),
        (sales(first=0), [("first", "out_of_range")]),
        (sales(first=1001), [("first", "out_of_range")]),
        (sales(first=10**30), [("first", "out_of_range")]),
        (sales(last={}), [("last.rows", "missing_key")]),
        (
            sales(last={"rows": 0, "n": 1}),
            [("last.n", "unknown_key"), ("last.rows", "out_of_range")],
        ),
        (sales(last={"rows": 2, "match": "any"}), [("last.match", "unused_key")]),
        (
            sales(last={"rows": 2, "conditions": [{"attribute": "order.x"}]}),
            [("last.conditions[0].attribute", "unknown_attribute")],
        ),
        ({"relation": "sales", "last": 2, "first": 2}, [("first", "unused_key")]),
        (sales(at="order.created_at"), [("at", "unused_key")]),
        (sales(periods=DAY), [("periods", "unused_key")]),
        (sales(aggregate="stopped"), [("periods", "missing_key")]),
        (sales(aggregate="stopped", periods=3), [("periods", "not_an_object")]),
        (
            sales(aggregate="stopped", periods={}),
            [("periods.unit", "missing_key"), ("periods.count", "missing_key")],
        ),
        (
            sales(aggregate="stopped", periods=DAY, operator="gte", value=1),
            [("operator", "unused_key"), ("value", "unused_key")],
        ),
        (sales(last=1, at="order.grand_total"), [("at", "wrong_type")]),
        (sales(last=1, at="cart.created_at"), [("at", "wrong_relation")]),
        (sales(last=1, at="order.nothing"), [("at", "unknown_attribute")]),
        ({"relation": "newsletter", "first": 1}, [("first", "wrong_relation")]),
        (
            {"relation": "newsletter", "aggregate": "stopped", "periods": DAY},
            [("aggregate", "wrong_relation")],
        ),
        (
            sales({"relation": "order_items", "last": 1, "at": "order_item.sku"}),
            [
                ("conditions[0].last", "only_of_customers"),
                ("conditions[0].at", "only_of_customers"),
            ],
        ),
        (
            sales(last={"rows": 1, "conditions": [{"relation": "order_items", "first": 1}]}),
            [("last.conditions[0].first", "only_of_customers")],
        ),
        (
            sales({"relation": "refunds", "aggregate": "stopped"}),
            [("conditions[0].aggregate", "only_of_customers")],
        ),
    ],
)
@pytest.mark.once
def test_each_wrong_key_is_refused_at_its_place(db, node, found):
    """No other problem is reported beside it."""
    assert problems(node) == found


@pytest.mark.once
def test_the_group_of_the_last_rows_is_a_node_and_a_level(db):
    """Trees that say less in `conditions` may not say more in `last`."""
    deepest = all_of(condition("order.grand_total", "gte", 1))
    for _level in range(6):
        deepest = all_of(deepest)
    group = {"rows": 1, "match": "all", "conditions": [deepest]}
    assert problems(sales(last=group)) == [
        ("last" + ".conditions[0]" * 8, "too_deep"),
    ]
    many = {"rows": 1, "match": "all", "conditions": [BIG] * 198}
    assert problems(sales(last=many)) == [("last.conditions[197]", "too_many_nodes")]


@pytest.mark.once
def test_numbers_are_stored_as_numbers(db):
    group = {"rows": "2", "match": "all", "conditions": [BIG]}
    node = sales(last=group, aggregate="stopped", periods={"unit": "day", "count": "3"})
    (stored,) = parse_tree(all_of(node)).json["conditions"]
    assert (stored["last"]["rows"], stored["periods"]["count"]) == (2, 3)
    assert parse_tree(all_of(sales(first="7"))).json["conditions"][0]["first"] == 7


@pytest.mark.once
def test_more_periods_than_there_are_never_hold(db):
    node = sales(aggregate="active_periods", periods=MONTHS, operator="gte")
    found = {
        value: [one.code for one in parse_tree(all_of({**node, "value": value})).warnings]
        for value in (3, 4)
    }
    assert found == {3: [], 4: ["never_holds"]}


# Which rows ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_of_rows_at_one_time_the_larger_key_is_later():
    for name, totals in (("up", (1, 2)), ("down", (2, 1))):
        who = customer(name)
        for total in totals:
            order(who, "complete", total, "2026-01-01T10:00")
    two = condition("order.grand_total", "is", 2)
    check([(sales(two, last=1), {"up"}), (sales(two, first=1), {"down"})])


@pytest.mark.django_db
def test_a_group_looks_at_the_chosen_rows_as_if_there_were_no_others():
    """Quantifiers, figures and their complements; the group of `last` chooses before it counts."""
    for name, totals in (("ann", (500, 1, 2)), ("bob", (1, 2, 500)), ("cid", (7,)), ("dan", ())):
        who = customer(name)
        for month, total in enumerate(totals, start=1):
            order(who, "complete", total, f"2026-0{month}-01T10:00")
    of_total = {"of": "order.grand_total", "operator": "gte", "value": 100}
    check(
        [
            (sales(BIG, last=2), {"bob"}),
            (sales(BIG, last=2, aggregate="not_exists"), {"ann", "cid", "dan"}),
            (sales(BIG, first=1, aggregate="every"), {"ann"}),
            (sales(last=2, aggregate="count", operator="is", value=2), {"ann", "bob"}),
            (sales(last=2, aggregate="count", operator="lt", value=2), {"cid", "dan"}),
            (sales(last=2, aggregate="sum", **of_total), {"bob"}),
            (sales(first=2, aggregate="max", **of_total), {"ann"}),
            (sales(last=1, aggregate="latest", **{**of_total, "operator": "lt"}), {"ann", "cid"}),
            (sales(last=2, aggregate="not_exists"), {"dan"}),
            (
                sales(
                    condition("order.created_at", "before", "2026-02-15"),
                    last={"rows": 1, "conditions": [condition("order.grand_total", "lt", 100)]},
                ),
                {"bob", "cid"},
            ),
        ]
    )


@pytest.mark.django_db
def test_a_given_cart_is_the_last_where_it_is_the_latest():
    ann = customer("ann")
    ann.carts.create(
        external_id="K", store=ann.store, is_active=True, created_at=AS_OF, updated_at=AS_OF
    )
    last = {"relation": "all_carts", "last": 1, "match": "all"}
    given = {**last, "conditions": [condition("cart.coupon_code", "is", "given")]}
    found = [
        explain(all_of(given), ann, as_of=AS_OF, cart={"coupon_code": code}).holds
        for code in ("given", "other")
    ]
    assert found == [True, False]


# Periods ------------------------------------------------------------------------------------------
@pytest.mark.once
def test_a_skipped_day_is_a_period_without_instants():
    """Apia had no 30 December 2011: nobody is active on it, by query and evaluator."""
    at, periods = datetime(2012, 1, 1, 12, tzinfo=UTC), Periods("day", 3)
    clock = LocalClock(at, "Pacific/Apia")
    assert periods.first_days(clock)[0] == date(2011, 12, 30)
    first, second = periods.starts(clock)[:2]
    assert first == second
    assert periods.number_of(first, clock) == 2
    moment = Moment(at, (("Pacific/Apia", (1,)),))
    assert periods.ranges(moment)[0][1] == [(first, periods.starts(clock)[-1] - timedelta(0, 0, 1))]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("unit", "inside", "outside"),
    [
        ("day", ("2026-04-07", "2026-04-09"), ("2026-04-06", "2026-04-10")),
        ("week", ("2026-03-16", "2026-04-05"), ("2026-03-15", "2026-04-06")),
        ("month", ("2026-01-01", "2026-03-31"), ("2025-12-31", "2026-04-01")),
        ("quarter", ("2025-07-01", "2026-03-31"), ("2025-06-30", "2026-04-01")),
    ],
)
def test_complete_periods_begin_and_end_with_the_calendar(unit, inside, outside):
    """Their first and last day are in, the days beside them are not; as_of is Friday 10 April."""
    for name, days in (("in", inside), ("out", outside)):
        who = customer(name)
        for day in days:
            order(who, "complete", 1, f"{day}T12:00")
    periods = {"unit": unit, "count": 3}
    node = sales(aggregate="active_periods", periods=periods, operator="is")
    check([({**node, "value": 2}, {"in"}), ({**node, "value": 0}, {"out"})])


@pytest.mark.django_db
def test_stopping_needs_each_period_and_nothing_since():
    """The last complete period is part of the silence; two orders in one month are one month."""
    months = {
        "stopped": ("2025-12", "2026-01", "2026-02"),
        "gap": ("2025-12", "2025-12", "2026-02"),
        "lately": ("2025-12", "2026-01", "2026-02", "2026-03"),
        "ahead": ("2025-12", "2026-01", "2026-02", "2026-06"),
        "longer": ("2025-10", "2025-12", "2026-01", "2026-02"),
    }
    for name, found in months.items():
        who = customer(name)
        for month in found:
            order(who, "complete", 1, f"{month}-15T12:00")
    stopped = sales(aggregate="stopped", periods=MONTHS)
    check(
        [
            (stopped, {"stopped", "longer"}),
            ({"match": "none", "conditions": [stopped]}, {"gap", "lately", "ahead"}),
        ]
    )


# Explained and said -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_explanation_has_the_periods_and_the_group_of_the_last():
    ann = customer("ann")
    order(ann, "complete", 500, "2026-01-15T12:00")
    order(ann, "complete", 1, "2026-02-15T12:00")
    group = {"rows": 1, "match": "all", "conditions": [BIG]}
    tree = all_of(
        sales(aggregate="active_periods", periods=MONTHS, operator="gte", value=2),
        sales(last=group),
    )
    regular, last = explain(tree, ann, as_of=AS_OF).tree["conditions"]
    assert (regular["holds"], regular["actual"]) == (True, 2)
    assert last["actual"] == {"count": 1, "rows": ["0"]}
    assert (last["last"]["rows"], last["last"]["conditions"][0]["actual"]["count"]) == (1, 1)


REGULAR = sales(
    aggregate="active_periods", periods={"unit": "month", "count": 6}, operator="gte", value=4
)
LAST_COUPON = sales(condition("order.coupon_code", "is_not_empty"), last=3, aggregate="every")
FIRST_BIG = sales(
    condition("order.created_at", "in_period", "this_month"),
    aggregate="exists",
    first={"rows": 1, "match": "all", "conditions": [BIG]},
)
SENTENCES = {
    "en": [
        (REGULAR, "Customers who have ordered in at least 4 of the last 6 months."),
        (
            sales(aggregate="stopped", periods=MONTHS),
            "Customers who have ordered in each of 3 months and not since the beginning of last "
            "month.",
        ),
        (
            LAST_COUPON,
            "Customers who (counting only the last 3) have placed orders, each of them with a "
            "coupon code.",
        ),
        (
            FIRST_BIG,
            "Customers who (counting only the first one of those of at least 100 EUR) have ordered "
            "this month.",
        ),
    ],
    "de": [
        (REGULAR, "Kunden, die in mindestens 4 der letzten 6 Monate bestellt haben."),
        (
            sales(aggregate="stopped", periods=MONTHS),
            "Kunden, die in 3 Monaten hintereinander und seit Beginn des letzten Monats nicht mehr "
            "bestellt haben.",
        ),
    ],
    "fr": [
        (REGULAR, "Clients qui ont commandé au cours d’au moins 4 des 6 derniers mois."),
        (
            sales(aggregate="stopped", periods=MONTHS),
            "Clients qui ont commandé 3 mois de suite, mais plus depuis le début du mois dernier.",
        ),
    ],
}


@pytest.mark.once
@pytest.mark.parametrize("language", SENTENCES)
def test_habits_are_said_as_the_contract_does(db, language):
    """Each sentence is read back to its tree."""
    with override(language):
        for node, said in SENTENCES[language]:
            tree = all_of(node)
            assert parse_tree(tree).sentence(exact=True) == said
            assert exact(said) == normal(tree)


RUN = sales(aggregate="stopped", periods=MONTHS)
HAS_COUPON = {"attribute": "order.coupon_code", "operator": "is_not_empty"}
COUPONS = sales(HAS_COUPON, aggregate="every", last=3)
LAST_TWO = sales(last=2)
EVERY_MONTH = sales(aggregate="active_periods", periods=MONTHS, operator="gte", value=3)
HALF_A_YEAR = sales(aggregate="stopped", periods={"unit": "month", "count": 6})
BIG_FIRST = sales(condition("order.grand_total", "gt", "100"), aggregate="exists", first=1)
OVER_100 = condition("order.grand_total", "gt", "100")
FIRST_TWO = [sales(OVER_100, aggregate=name, first=2) for name in ("every", "exists")]
ALL_YEAR = sales(
    aggregate="active_periods",
    periods={"unit": "month", "count": 12},
    operator="gte",
    value=12,
)
# The first of all orders with a coupon was one of this month.
FIRST_TIME = sales(
    condition("order.created_at", "in_period", "this_month"),
    aggregate="exists",
    first={"rows": 1, "match": "all", "conditions": [HAS_COUPON]},
)


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "ordered in at least 4 of the last 6 months", [REGULAR]),
        ("de", "in mindestens 4 der letzten 6 Monate bestellt", [REGULAR]),
        ("fr", "commandé au moins 4 des 6 derniers mois", [REGULAR]),
        ("en", "ordered in 4 of the last 6 months", [REGULAR, {**REGULAR, "operator": "is"}]),
        ("en", "ordered every month for 3 months, then stopped", [RUN]),
        ("en", "used to order every month for 3 months, then stopped", [RUN]),
        ("en", "ordered every month for 3 months", [EVERY_MONTH]),
        ("en", "used to order every month for half a year and have stopped", [HALF_A_YEAR]),
        ("de", "haben 3 Monate lang jeden Monat bestellt", [EVERY_MONTH]),
        ("fr", "commandé tous les mois pendant 3 mois", [EVERY_MONTH]),
        ("en", "first order over 100", [BIG_FIRST]),
        ("de", "erste Bestellung über 100 Euro", [BIG_FIRST]),
        ("fr", "première commande de plus de 100 euros", [BIG_FIRST]),
        ("fr", "leurs trois dernières commandes avaient toutes un code promo", [COUPONS]),
        ("en", "the last 3 orders all had a coupon", [COUPONS]),
        ("de", "3 Monate lang jeden Monat bestellt, dann aufgehört", [RUN]),
        ("en", "ordered every month this past year", [ALL_YEAR]),
        ("fr", "ont commandé chaque mois cette dernière année", [ALL_YEAR]),
        ("de", "haben in den letzten 3 Monaten jeden Monat bestellt", [EVERY_MONTH]),
        ("en", "first two orders over 100", FIRST_TWO),
        ("de", "die ersten zwei Bestellungen über 100 Euro", FIRST_TWO),
        ("fr", "les deux premières commandes de plus de 100 euros", FIRST_TWO),
        ("fr", "commandé chaque mois pendant 3 mois puis arrêté", [RUN]),
        ("en", "ordered with a coupon for the first time this month", [FIRST_TIME]),
        ("de", "diesen Monat zum ersten Mal mit Gutschein bestellt", [FIRST_TIME]),
        ("fr", "commandé avec un coupon pour la première fois ce mois-ci", [FIRST_TIME]),
        (
            "en",
            "not ordered in at least 4 of the last 6 months",
            [{"match": "none", "conditions": [REGULAR]}],
        ),
    ],
)
def test_habits_are_read_in_each_language(db, language, text, nodes):
    """As the contract has them typed; a bare number is two readings, as everywhere."""
    read = read_sentence(text, language=language)
    found = [normal(one.conditions) for one in read.readings]
    wanted = [normal(node if "relation" not in node else all_of(node)) for node in nodes]
    assert (found, read.unread) == (wanted, [])


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "end"),
    [("bought shoes in their first 2 orders", "first"), ("their last 2 orders with shoes", "last")],
)
def test_products_in_the_last_orders_are_in_their_lines(db, text, end):
    """Catches the last 2 lines with shoes, of whichever orders."""
    Category.objects.create(code="shoes", name="Shoes")
    forget()
    for read in read_sentence(text, language="en").readings:
        (group,) = read.conditions["conditions"]
        (lines,) = group["conditions"]
        assert (group["relation"], group[end], lines["relation"]) == ("sales", 2, "order_items")


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "unread"),
    [
        # Of the last 3 months, or of any?
        ("ordered 3 months in a row", True),
        ("ordered every week for 4 weeks in 2024", True),
        ("ordered every week for 3 months", True),
        ("women, then stopped", True),
        # All who ever ordered did so for the first time at some point.
        ("ordered for the first time", True),
        ("first 3 orders", True),
        ("the first 100 customers", True),
        ("ordered every year for 3 years, then stopped", True),
    ],
)
def test_what_no_habit_says_is_left_unread(db, text, unread):
    read = read_sentence(text, language="en")
    assert bool(read.unread) == unread
    assert not any("periods" in str(one.conditions) for one in read.readings)
