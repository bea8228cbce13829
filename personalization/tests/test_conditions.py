"""Conditions on profiles and behaviour: query, evaluator, explanation and passing time agree."""

import os
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conditions import registry
from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language.windows import LocalClock
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.parsing.warnings import warnings_of
from conditions.reading import read_sentence
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.tests.examples import trees as drawing
from conditions.tests.examples.awkward_values import NOW, STORED, TEXTS
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.flips import flipped_customers
from core import clock
from core.database.fields import from_units
from customers.models import Consent, Customer
from personalization.conditions.families import FAMILIES
from personalization.engagement import at_time, rest_of, score_units
from personalization.models import (
    Assignment,
    BehaviorEvent,
    BehaviorProperty,
    CustomerBrand,
    CustomerProfile,
    Experiment,
    PropertyType,
)
from personalization.models.behavior.types import TYPES
from personalization.profiles import live
from personalization.tests.test_profile import put_into
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.membership import is_member
from segments.models import Membership
from segments.refresh import refresh_segment
from tests.cases import seeds
from tests.tiers import examples

SETTINGS = hypothesis_settings(
    max_examples=int(os.environ.get("TREE_EXAMPLES") or examples(250)),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
OURS = [attribute.code for family in FAMILIES for attribute in family.attributes]
# A property of each type that a shop declares.
DECLARED = [f"p_{kind}" for kind in PropertyType.values]
KEYS = [
    *("sku", "path", "campaign", "content", "element", "variant", "recommendation", "category"),
    *("quantity", *DECLARED),
]
WRITTEN = [
    *(True, False, None, 7.5, 8.0, 5e-05, 3, -4, 10**12, "8", "19.99", "high", "", "Straße", "É"),
    *("2024-02-29", "2024-02-30", "2024-03-10T01:30:00+02:00", "2024-03-10T12:00:00", [1], {}),
    *("pass", "shoes", "c1", "STRASSE", "a"),
]
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def tree_of(code, operator, *value):
    node = {"attribute": code, "operator": operator}
    return {"match": "all", "conditions": [node | ({"value": value[0]} if value else {})]}


def numbers(tree, at=NOW):
    found = matching_customers(tree, as_of=at, applies_to="both").order_by("pk")
    return list(found.values_list("external_id", flat=True))


@pytest.fixture(params=seeds(3, start=1), ids="shop {}".format)
def store(request):
    """A small awkward shop with behaviour, consent and profiles as they are written."""
    awkward_shop(request.param).store()
    drawn = random.Random(request.param)
    people = list(Customer.objects.order_by("pk"))
    for key in DECLARED:
        kind = key.removeprefix("p_")
        BehaviorProperty.objects.create(
            key=key, label=key, type=kind, options=["pass", "a"] if kind == "choice" else []
        )
    for number, customer in enumerate(people):
        for each in range(drawn.randrange(6)):
            kind = drawn.choice([*TYPES, "of_our_own"])
            BehaviorEvent.objects.create(
                customer=customer,
                behavior_type=kind,
                key=f"{number} {each}",
                occurred_at=drawn.choice(STORED),
                received_at=NOW,
                channel=drawn.choice(["web", "app", "store"]),
                search_query=drawn.choice([one for one in TEXTS if one] + [""]),
                data={key: drawn.choice(WRITTEN) for key in drawn.sample(KEYS, 6)},
                context={
                    "device": drawn.choice(["mobile", "tablet", "watch"]),
                    "traffic_source": drawn.choice(["ad", "Mail", ""]),
                    "referrer": drawn.choice(WRITTEN),
                },
            )
        for _ in range(drawn.choice([0, 0, 0, 1, 2])):
            Consent.objects.create(
                customer=customer,
                purpose=drawn.choice(["tracking", "personalization"]),
                state=drawn.choice(["granted", "refused"]),
                source="api",
                at=drawn.choice(STORED),
            )
    from customers.models import Product

    for product in Product.objects.all():
        put_into(product, brand=drawn.choice(["acme", "Best", ""]))
    for code in ("hero", "mail"):
        experiment = Experiment.objects.create(code=code, name=code)
        for customer in people:
            if variant := drawn.choice(["", "a", "b"]):
                Assignment.objects.create(
                    experiment=experiment,
                    customer=customer,
                    variant=variant,
                    arm=f"{code}:{variant}",
                    assigned_at=drawn.choice(STORED),
                )
    live.write_every_night()
    for one in CustomerProfile.objects.all():
        # Scores all over the range at the clock of the trees.
        if drawn.random() < 0.7:
            rest = rest_of(from_units(drawn.randrange(1, 1_000_000)))
            one.engagement_level = at_time(NOW) + rest + drawn.choice([-1, 0, 1])
            one.save()
    rows = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(rows))


def pool(attribute):
    """Return values that customers have, and some beside them."""
    match attribute.code:
        case "personalization.engagement":
            levels = CustomerProfile.objects.values_list("engagement_level", flat=True)
            known = sorted({str(from_units(score_units(one, NOW))) for one in levels})
            return [*known[:25], "0", "100", "-1", "101", "50", "0.0001", "99.9999"]
        case "personalization.sessions_count":
            return ["0", "1", "2", "3", "-1", "1.5"]
        case "personalization.in_experiment":
            return ["hero:a", "hero:b", "mail:a", "mail:b", "nothing:a"]
        case "personalization.brand":
            return ["acme", "Best", "none"]
        case "personalization.interest":
            return list(attribute.choices.suggest("", 100))
        case "behavior.type":
            return [*TYPES, "of_our_own", "nothing"]
        case "behavior.channel":
            return ["web", "app", "nothing"]
        case "behavior.traffic_source":
            return ["ad", "Mail", "nothing"]
    if attribute.choices is not None:
        return list(attribute.choices.suggest("", 100))
    return drawing.pool(attribute.type, attribute.type.operators["is"], attribute)


def rank(value):
    try:
        return Decimal(value)
    except ArithmeticError:
        return value


@st.composite
def conditions(draw, pools, every):
    attribute = draw(st.sampled_from([registry.attribute(code) for code in pools]))
    operator = draw(st.sampled_from(list(attribute.type.operators.values())))
    node = {"attribute": attribute.code, "operator": operator.name}
    others = drawing.sides(attribute, None, every) if operator.compare else []
    if others and draw(st.integers(0, 3)) == 0:
        return node | {"value": {"attribute": draw(st.sampled_from(others)).code}}
    one = st.sampled_from(pools[attribute.code])
    match operator.takes.name:
        case "NOTHING":
            return node
        case "LIST":
            return node | {"value": draw(st.lists(one, min_size=1, max_size=3))}
        case "PAIR" if attribute.type.name in {"number", "integer"}:
            return node | {"value": sorted([draw(one), draw(one)], key=rank)}
        case "ONE":
            return node | {"value": draw(one)}
    return node | {"value": draw(drawing.values(attribute.type, operator, attribute))}


def test_query_evaluator_and_explanation_agree(store):
    ours = {*OURS, *(f"behavior.{key}" for key in DECLARED)}
    pools = {code: pool(registry.attribute(code)) for code in sorted(ours)}
    every = drawing.every_attribute()
    trees = drawing.trees(depth=1, every=every).filter(lambda tree: bool(tree["conditions"]))
    nodes = st.recursive(
        conditions(pools, every) | trees,
        lambda inner: st.builds(
            lambda match, several: {"match": match, "conditions": several},
            drawing.MATCH,
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    asked = set()
    active = [customer for customer in store.customers if customer.is_active]

    def agree(several, match):
        tree = {"match": match, "conditions": several}
        group = parse_tree(tree)
        asked.update(
            node.attribute.code
            for node in group.walk()
            if hasattr(node, "attribute") and node.attribute.code in ours
        )
        by_query = matching_customers(tree, as_of=NOW, applies_to="both").order_by("pk")
        by_evaluator = [
            customer
            for customer in active
            if group.holds(
                customer, Facts(customer, LocalClock(NOW, customer.website.timezone), store)
            )
        ]
        assert list(by_query) == by_evaluator
        for one in active[:3]:
            assert explain(tree, one, as_of=NOW).holds == (one in by_evaluator)

    SETTINGS(given(several=st.lists(nodes, min_size=1, max_size=3), match=drawing.MATCH)(agree))()
    # However few examples are drawn, each condition is asked.
    for code in ours - asked:
        agree(tree_of(code, "is_not_empty")["conditions"], "any")
    assert asked == ours


def test_whom_passing_time_moves_is_found(store):
    moments = st.integers(-40 * 24, 40 * 24).map(lambda hours: NOW + timedelta(hours=hours))
    code = "personalization.engagement"
    operators = registry.attribute(code).type.operators
    values = st.sampled_from(pool(registry.attribute(code)))

    def verdicts(group, at):
        return {
            one.pk
            for one in store.customers
            if group.holds(one, Facts(one, LocalClock(at, one.website.timezone), store))
        }

    @SETTINGS
    @given(
        several=st.lists(moments, min_size=3, max_size=3),
        operator=st.sampled_from(["gte", "gt", "lte", "lt", "is", "is_not", "between"]),
        pair=st.tuples(values, values),
    )
    def found(several, operator, pair):
        first, between, last = sorted(several)
        low, high = sorted(pair, key=Decimal)
        value = [low, high] if operator == "between" else low
        group = parse_tree(tree_of(code, operators[operator].name, value))
        one, middle, other = (verdicts(group, at) for at in (first, between, last))
        contexts = [Context(moment_at(at, scope_of(None, None, "both"))) for at in (first, last)]
        flipped = {pk for rows in flipped_customers(group, *contexts) for (pk,) in rows}
        assert (one ^ other) | (one ^ middle) | (middle ^ other) <= flipped

    found()


def test_whoever_is_at_the_score_is_a_member_until_the_moment_when_it_is_less(
    doing, make_customer, make_segment, monkeypatch
):
    at = clock.now()
    customer = make_customer()
    for _ in range(2):
        doing.order(customer, at)
    segment = make_segment(
        "Engaged", tree_of("personalization.engagement", "gte", "49.999")["conditions"]
    )
    process_changes()
    refresh_segment(segment)
    sweep()
    assert Membership.objects.filter(segment=segment, customer=customer).exists()
    assert is_member(customer, segment.code)

    # The score of 50 is less than 49.999 after 69.8 s; until 73.3 s it rounds to 49.9990.
    later = at + timedelta(seconds=71)
    for module in ("live_changes.passing_time", "live_changes.changed_customers", "marks"):
        monkeypatch.setattr(f"segments.engine.{module}.now", lambda: later)
    sweep()
    process_changes()

    assert not Membership.objects.filter(segment=segment, customer=customer).exists()
    assert not is_member(customer, segment.code, as_of=later)


def test_engagement_is_compared_unrounded(doing, make_customer):
    customer = make_customer("C1")
    doing.view(customer, NOW - 240 * DAY)  # A score of 0.0000345.
    live.write_every_night()
    for operator, value, holds in (
        ("is", "0", False),
        ("gt", "0", True),
        ("lte", "0", False),
        ("lt", "0.0001", True),
        ("between", ["0", "0.0001"], True),
        ("is_one_of", ["0", "1"], False),
        ("is_not", "0", True),
        ("lt", "100", True),
        ("gte", "100", False),
        ("gte", "-1", True),
        ("lt", "-1", False),
    ):
        tree = tree_of("personalization.engagement", operator, value)
        found = explain(tree, customer, as_of=NOW)
        assert numbers(tree, NOW) == (["C1"] if holds else []), (operator, value)
        assert (found.holds, found.tree["conditions"][0]["actual"]) == (holds, "0.0000345")


def test_a_segment_follows_activity_and_consent(doing, make_customer, make_segment):
    at = clock.now()
    customer = make_customer()
    two = make_segment("Two", tree_of("personalization.sessions_count", "gte", 2)["conditions"])
    none = make_segment("None", tree_of("personalization.sessions_count", "is", 0)["conditions"])
    for segment in (two, none):
        refresh_segment(segment)

    def members():
        process_changes()
        rows = Membership.objects.filter(customer=customer).values_list("segment__name", flat=True)
        return set(rows)

    assert members() == {"None"}
    doing.view(customer, at - DAY)
    event = doing.behave(customer, at - 2 * DAY, "search")
    assert members() == {"Two"}
    event.delete()
    assert members() == set()
    Consent.objects.create(
        customer=customer, purpose="personalization", state="refused", source="api", at=at
    )
    assert members() == {"None"}


def test_without_a_profile_engagement_and_sessions_are_0_and_the_rest_is_missing(make_customer):
    make_customer("C17")
    for code, operator, value, holds in (
        ("engagement", "is", "0", True),
        ("engagement", "gte", "0", True),
        ("engagement", "gt", "0", False),
        ("engagement", "is_not_empty", None, True),
        ("sessions_count", "lte", 0, True),
        ("sessions_count", "gt", 0, False),
        ("sessions_count", "is_empty", None, False),
        ("last_activity_at", "is_empty", None, True),
        ("interest", "is_empty", None, True),
        ("brand", "is_empty", None, True),
        ("tracking", "is_empty", None, True),
        ("personalization_consent", "is_not", "refused", True),
    ):
        values = () if value is None else (value,)
        tree = tree_of(f"personalization.{code}", operator, *values)
        assert numbers(tree) == (["C17"] if holds else []), (code, operator)


def test_interests_ask_for_what_is_below_too(doing, make_customer):
    customer, other = make_customer("A"), make_customer("B")
    put_into(doing.product("boot"), "boots", brand="acme")
    put_into(doing.product("hat"), "hats", brand="best")
    boots = doing.product("boot").product_categories.get().category
    shoes = type(boots).objects.create(code="shoes", name="Shoes")
    boots.parent = shoes
    boots.save()
    doing.view(customer, NOW, sku="boot")
    doing.view(other, NOW, sku="hat")
    live.write_every_night()

    assert numbers(tree_of("personalization.interest", "is_or_below", "shoes")) == ["A"]
    assert numbers(tree_of("personalization.interest", "is", "shoes")) == []
    assert numbers(tree_of("personalization.brand", "has_any_of", ["acme", "best"])) == ["A", "B"]
    assert CustomerBrand.objects.count() == 2


def test_what_the_shop_has_elsewhere_is_warned_of():
    tree = {
        "match": "all",
        "conditions": [
            tree_of("behavior.type", "is_one_of", ["search", "login", "product_viewed"])[
                "conditions"
            ][0],
            {
                "relation": "behaviors",
                "aggregate": "exists",
                "match": "all",
                "conditions": [{"attribute": "behavior.type", "operator": "is", "value": "login"}],
            },
        ],
    }
    found = warnings_of(parse_tree(tree))

    assert [(one.path, one.code) for one in found] == [
        ("conditions[0].value", "asked_elsewhere"),
        ("conditions[0].value", "asked_elsewhere"),
        ("conditions[1].conditions[0].value", "asked_elsewhere"),
    ]
    assert "product_view.*" in found[1].message


def test_a_draw_that_decides_something_else_is_warned_of():
    Experiment.objects.create(code="hero", name="Hero", salt="hero-1")

    def warned(salt, **stored):
        part = {"salt": salt, "to": "10"}
        node = {"attribute": "customer.part", "operator": "is_not_in", "value": part}
        root = parse_tree({"match": "all", "conditions": [node]}, **stored)
        return [(one.path, one.code) for one in root.warnings]

    in_use = [("conditions[0].value.salt", "salt_in_use")]
    assert [warned(one) for one in ("hero-1", "holdout", "hero")] == [in_use, in_use, []]
    assert warned("hero-1", stored=True) == []


def test_the_score_is_compared_with_values_alone():
    from conditions.errors import InvalidTree

    other = {"attribute": "lifetime.number_of_orders"}
    for code, value in (
        ("personalization.engagement", other),
        ("lifetime.number_of_orders", {"attribute": "personalization.engagement"}),
    ):
        with pytest.raises(InvalidTree) as error:
            parse_tree(tree_of(code, "gt", value))
        assert [one.code for one in error.value.problems] == ["not_comparable"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "engagement is at least 50"),
        ("de", "Engagement mindestens 50"),
        ("fr", "engagement au moins 50"),
    ],
)
def test_merchants_find_the_score_by_its_name(language, sentence):
    found = read_sentence(sentence, language=language)
    assert found.readings
    assert "personalization.engagement" in str(found.readings[0])
