"""Ranks and comparisons with others: query, evaluator and a plain count say the same."""

import math
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.types import NumberType
from conditions.language.windows import LocalClock
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.ranking.rank import PARTS
from conditions.reading.exact import exact
from conditions.sql.scope import scope_of
from conditions.tests.examples.random_ranks import all_of, ranks, rows
from conditions.tests.examples.rollups import roll_up_everybody, roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.small_shop import AS_OF, condition, customer, order
from conditions.tests.examples.trees import every_attribute
from core.database.fields import rounded
from customers.models import Customer, Website
from tests.cases import seeds
from tests.tiers import examples

CLOCK = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


def rank(attribute="lifetime.sales", operator="in_top", value=None, **more):
    return condition(attribute, operator, *([] if value is None else [value])) | more


def facts_in(store, scope, as_of=CLOCK):
    return [
        Facts(one, LocalClock(as_of, one.website.timezone), store, population=scope)
        for one in store.customers
    ]


def counted(node, facts, scope):
    """Return who fulfils the positive operator, counted by the words of the contract alone."""
    tree = parse_tree(all_of(node)).conditions[0]
    among = node.get("among", "scope")
    chosen = None if among == "scope" else parse_tree(among)
    figures, parts = {}, defaultdict(list)
    for one in facts:
        values = tree.ranked_figure().read(one.customer, one)
        column = PARTS.get(node.get("per"))
        part = getattr(one.customer, column) if column else None
        is_in = scope.includes(one.customer) and (chosen is None or chosen.holds(one.customer, one))
        if values:
            figures[one.customer.external_id] = (values[0], part, is_in)
            if is_in:
                parts[part].append(values[0])
    asked = (node, RANKS[node["operator"]].positive, tree.ranked_figure().type)
    return {
        number
        for number, (figure, part, is_in) in figures.items()
        if _fulfils(asked, figure, is_in, sorted(parts[part]))
    }


def _fulfils(asked, figure, is_in, others):
    node, operator, type_ = asked
    if not operator.is_place:
        if not others:
            return False
        amount = others[math.ceil(len(others) / 2) - 1]
        if operator.measure is Measure.AVERAGE:
            amount = rounded(Decimal(sum(others)) / len(others))
        amount = Fraction(amount) * Fraction(node.get("times", "1"))
        own = Fraction(figure)
        return own > amount if operator.is_top else own < amount
    if not is_in or (operator.is_top and isinstance(type_, NumberType) and figure == 0):
        return False
    better = [one for one in others if (one > figure if operator.is_top else one < figure)]
    beyond, upto = len(better), len(better) + others.count(figure)
    wanted = Fraction(str(node["value"]))
    if operator.measure is Measure.PERCENT:
        wanted, beyond, upto = wanted * len(others), 100 * beyond, 100 * upto
    return upto <= wanted if node.get("ties") == "out" else beyond < wanted


@pytest.fixture(params=seeds(2, start=1), ids="shop {}".format)
def store(request, db):
    awkward_shop(request.param).store()
    roll_up_in_every_way()
    people = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(people))


def test_query_and_evaluator_place_customers_as_the_contract_counts(store):
    """Figures that wait for their roll-up, ties, parts and populations are judged alike by all."""

    @settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(node=ranks(every_attribute()), kind=st.sampled_from(["registered", "both"]))
    def agree(node, kind):
        scope = scope_of(None, None, kind)
        facts = facts_in(store, scope)
        everybody = {one.customer.external_id for one in facts if scope.includes(one.customer)}
        expected = counted(node, facts, scope)
        if RANKS[node["operator"]].twin:
            expected = {one.customer.external_id for one in facts} - expected
        expected &= everybody
        for tree, members in (
            (all_of(node), expected),
            ({"match": "none", "conditions": [node]}, everybody - expected),
            ({"match": "any", "conditions": [node]}, expected),
        ):
            found = matching_customers(tree, as_of=CLOCK, applies_to=kind)
            assert set(found.values_list("external_id", flat=True)) == members
        root = parse_tree(all_of(node))
        held = {
            one.customer.external_id
            for one in facts
            if scope.includes(one.customer) and root.evaluate(one.customer, one).holds
        }
        assert held == expected

    agree()


def test_exact_sentences_of_ranks_read_back(db):
    """Each operator with its keys is understood again, in each language."""

    @settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
    @given(node=ranks(every_attribute()), language=st.sampled_from(["en", "de", "fr"]))
    def read_back(node, language):
        with override(language):
            tree = parse_tree(all_of(node))
            assert exact(tree.sentence(exact=True)) == normal(tree.json)

    read_back()


@pytest.fixture
def buyers(db):
    """Return customers with sales of 500, 300, 300, 120, 0 and 0."""
    amounts = {"a": 500, "b": 300, "c": 300, "d": 120, "e": 0, "f": 0}
    found = {name: customer(name) for name in amounts}
    for name, amount in amounts.items():
        if amount:
            order(found[name], "complete", amount, "2026-04-01")
    return found


def test_who_moves_is_compared_within_the_new_website_at_once(buyers):
    """Neither the stored website nor the stored figure of a pending customer is compared."""
    roll_up_everybody()
    other = Website.objects.create(code="other", name="Other", timezone="UTC")
    Customer.objects.filter(external_id__in=["b", "d"]).update(website=other)
    order(buyers["d"], "complete", 900, "2026-04-02")

    def found(**more):
        chosen = matching_customers(all_of(rank(per="customer.website", **more)), as_of=AS_OF)
        return set(chosen.values_list("external_id", flat=True))

    assert found(value=1) == {"a", "d"}
    assert found(value=1, ties="out") == {"a", "d"}
    assert found(operator="in_top_percent", value="50") == {"a", "c", "d"}
    assert found(operator="above_median") == {"a", "c", "d"}
    assert found(operator="below_average", times="0.9") == {"b", "e", "f"}


def test_negative_figures_stand_behind_those_who_have_no_rows(buyers):
    """Customers without rows have 0: they are no part of a top, and yet come before less than 0."""
    late = condition("order.created_at", "on_or_after", "2026-05-01")
    for name, total in (("a", 10), ("b", -5)):
        order(buyers[name], "complete", total, "2026-05-02")

    def found(value, **more):
        node = rows("sales", "sum", "order.grand_total", late, operator="in_top", value=value)
        chosen = matching_customers(all_of(node | more), as_of=AS_OF)
        return set(chosen.values_list("external_id", flat=True))

    assert found(5) == {"a"}
    assert found(6) == {"a", "b"}
    assert found(5, ties="out") == {"a"}
    assert found(6, ties="out") == {"a", "b"}


def actual(node, person, **more):
    return explain(all_of(node), person, as_of=AS_OF, **more).tree["conditions"][0]["actual"]


def test_explanations_show_the_place_and_the_amount(buyers):
    """`actual` has the figure, and what it is compared with: from the top or from the bottom."""
    top, bottom = rank(value=2), rank(operator="in_bottom", value=2)
    assert actual(top, buyers["b"]) == {"figure": "300", "rank": 2, "of": 6}
    assert actual(bottom, buyers["b"]) == {"figure": "300", "rank": 4, "of": 6}
    average = actual(rank(operator="above_average"), buyers["e"])
    assert average == {"figure": "0", "average": "203.3333"}
    median = actual(rank(operator="below_median"), buyers["a"])
    assert median == {"figure": "500", "median": "120"}
    outside = rank(value=1, among=all_of(condition("lifetime.sales", "lt", 100)))
    assert actual(outside, buyers["a"]) == {"figure": "500", "rank": None, "of": 2}
    nobody = rank("activity.days_since_last_order", "above_average")
    assert actual(nobody, buyers["f"]) == {"figure": None, "average": "9"}
    newest = rows("sales", "max", "order.created_at", operator="in_top", value=1)
    assert actual(newest, buyers["d"])["figure"] == "2026-04-01T00:00:00+00:00"


def test_a_given_cart_changes_ones_own_figure_alone(buyers):
    """All others keep their stored carts, and the average has one's own figure as given."""
    items = [{"line": 1, "sku": "TEA", "quantity": 6, "price": "10.00"}]
    cart = {"store": "default", "items": items}
    node = rows("cart_items", "sum", "cart_item.quantity", operator="above_average")
    assert actual(node, buyers["a"], cart=cart) == {"figure": "6", "average": "1"}
    place = rows("cart_items", "sum", "cart_item.quantity", operator="in_top", value=1)
    assert explain(all_of(place), buyers["a"], as_of=AS_OF, cart=cart).holds
    assert not explain(all_of(place), buyers["b"], as_of=AS_OF).holds
    median = rows("cart_items", "sum", "cart_item.quantity", operator="above_median")
    assert actual(median, buyers["a"], cart=cart) == {"figure": "6", "median": "0"}


def test_reasons_say_on_which_side_somebody_is(buyers):
    """A rank that does not hold is said by its complement, in words."""
    from conditions.reason_text import because

    root = parse_tree(all_of(rank(value=2)))
    for name, words in (("a", "are among"), ("d", "are not among")):
        verdict = explain(root, buyers[name], as_of=AS_OF).children[0]
        said = because(root.conditions[0], verdict)
        assert said == f"because they {words} the top 2 by money spent"


@pytest.mark.parametrize(
    ("node", "problems"),
    [
        (rank(), [("value", "missing_value")]),
        (rank(value="many"), [("value", "not_a_number")]),
        (rank(value=1_000_001), [("value", "out_of_range")]),
        (rank(operator="in_top_percent", value=0), [("value", "out_of_range")]),
        (rank(operator="in_top_percent", value=1.00001), [("value", "too_many_decimals")]),
        (rank(value=1, times=2), [("times", "unused_key")]),
        (rank(operator="above_average", ties="in"), [("ties", "unused_key")]),
        (rank(operator="above_average", times="x"), [("times", "not_a_number")]),
        (rank(value=1, ties="some"), [("ties", "unknown_choice")]),
        (rank(value=1, per="customer.gender"), [("per", "unknown_choice")]),
        (rank(value=1, among="all"), [("among", "unknown_choice")]),
        (rank(value=1, among={"people": 1}), [("among.people", "unknown_key")]),
        (
            rank(value=1, among={"segment": "x", "match": "all"}),
            [("among.match", "unknown_key"), ("among.segment", "unknown_segment")],
        ),
        (
            rank(value=1, among={"match": "all", "conditions": []}),
            [("among.conditions", "empty_group")],
        ),
        (
            rank(value=1, among=all_of(condition("customer.kind", "is", "x"))),
            [("among.conditions[0].value", "unknown_choice")],
        ),
        (
            rank(value=1, among=all_of(rank(value=1))),
            [("among.conditions[0].among", "nested_among")],
        ),
        (rank("customer.registered_at", "above_average"), [("operator", "wrong_operator")]),
        (
            rows("sales", "latest", "order.coupon_code", operator="in_top", value=1),
            [("operator", "wrong_operator")],
        ),
        (
            rows("orders", "exists", None, rows("order_items", "count", None, operator="in_top")),
            [("conditions[0].operator", "only_of_customers")],
        ),
        (
            rows("sales", "count", None, operator="gte", value=1, per="customer.store"),
            [("per", "unused_key")],
        ),
        (rows("sales", "exists", None, among="scope"), [("among", "unused_key")]),
    ],
)
def test_ranks_are_refused_where_they_are_wrong(db, node, problems):
    """Each code stands at its key; those that the case file has are not repeated."""
    with pytest.raises(InvalidTree) as refused:
        parse_tree(all_of(node))
    found = [(one.path, one.code) for one in refused.value.problems]
    assert found == [(f"conditions[0].{path}", code) for path, code in problems]


def test_a_population_counts_as_nodes_and_levels(db):
    """A group in `among` is one of 200 nodes, and one of ten levels."""
    inner = all_of(*[condition("lifetime.sales", "gte", 1)] * 198)
    with pytest.raises(InvalidTree) as refused:
        parse_tree(all_of(rank(value=1, among=inner)))
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == (
        "conditions[0].among.conditions[197]",
        "too_many_nodes",
    )
    deep = condition("lifetime.sales", "gte", 1)
    for _level in range(8):
        deep = all_of(deep)
    with pytest.raises(InvalidTree) as refused:
        parse_tree(all_of(rank(value=1, among=deep)))
    assert [one.code for one in refused.value.problems] == ["too_deep"]


def test_a_rank_beside_other_conditions_is_warned_of(db):
    """Only where the population is the scope, and only beside what is no rank."""
    beside, other = condition("customer.kind", "is", "guest"), rank(operator="above_average")

    def codes(*nodes):
        return [(one.path, one.code) for one in parse_tree(all_of(*nodes)).warnings]

    warned = [("conditions[0].operator", "ranked_among_all")]
    assert codes(rank(value=1), beside) == warned
    assert codes(rank(value=1), other) == []
    assert codes(rank(value=1, among=all_of(beside)), beside) == []


def test_ranks_are_stored_in_one_spelling(db):
    """Numbers of places are whole, percentages and factors are texts."""
    tree = parse_tree(
        all_of(
            rank(value="10"),
            rank(operator="in_top_percent", value=2.50),
            rank(operator="below_median", times=1.5, among="scope"),
        )
    )
    assert [{**one.json} for one in tree.conditions] == [
        rank(value=10),
        rank(operator="in_top_percent", value="2.5"),
        rank(operator="below_median", times="1.5", among="scope"),
    ]
