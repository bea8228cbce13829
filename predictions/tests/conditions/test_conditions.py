"""Conditions on scores are those of the catalogue; query, evaluator, explanation agree on them."""

import csv
import os
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conditions import registry
from conditions.evaluator.facts import Facts, FactStore
from conditions.explain import explain
from conditions.language import types
from conditions.language.windows import LocalClock
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.reading import read_sentence
from conditions.tests.examples import trees as drawing
from conditions.tests.examples.awkward_values import NOW
from customers.models import Customer
from predictions.conditions.families import FAMILIES, ScoreColumn
from predictions.conditions.flipped import questions
from predictions.models import (
    CustomerPrediction,
    JourneyStage,
    ModelVersion,
    PredictionModel,
    RfmSegment,
    ValueBand,
    Weekday,
)
from predictions.scoring.runs import score
from segments.insight.previews.preview import preview
from tests.tiers import examples

CATALOGUE = Path(settings.BASE_DIR).parent / "shared" / "contract" / "predictions_catalogue.csv"
EXAMPLES = int(os.environ.get("TREE_EXAMPLES") or examples(250))
# A label of one cluster, of one within it, and of who is in none.
LABELS = ["1", "2", "2.1", "noise"]
OURS = [attribute for family in FAMILIES for attribute in family.attributes]


@pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there")
def test_each_is_registered_as_the_catalogue_says():
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    for family in FAMILIES:
        for attribute in family.attributes:
            row = rows.get(attribute.code) or rows["prediction.cluster.<code>"]
            label = str(attribute.label) if attribute.code in rows else row["label"]
            said = (label, str(family.label), attribute.type.name)
            assert said == (row["label"], row["group"], row["type"])
            assert registry.attribute(attribute.code) is attribute
            assert attribute.relation is None


def test_codes_are_closed_and_those_of_the_contract(db):
    for code, enum in (
        ("rfm.segment", RfmSegment),
        ("prediction.journey_stage", JourneyStage),
        ("habits.favourite_weekday", Weekday),
        ("prediction.value_band", ValueBand),
    ):
        choices = registry.attribute(code).choices
        assert choices.closed
        assert list(choices.suggest("", 100)) == enum.values


@pytest.fixture
def store(shop):
    score(as_of=NOW)
    # One in five has left nothing but a row, one in seven not even that.
    keys = list(CustomerPrediction.objects.values_list("pk", flat=True))
    CustomerPrediction.objects.filter(pk__in=keys[::7]).delete()
    CustomerPrediction.objects.filter(pk__in=keys[3::5]).update(
        rfm_segment="", overdue_ratio=None, recency_score=None, favourite_weekday=""
    )
    fill_trained_scores()
    deploy_labels()
    people = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(people))


def deploy_labels():
    """Deploy versions of the clusterings, which have nothing but labels."""
    for model in PredictionModel.objects.filter(code__in=("clusters", "retail_clusters")):
        model.deployed = ModelVersion.objects.create(
            model=model, number=1, fitted={"labels": LABELS}, created_at=NOW
        )
        model.save()


def fill_trained_scores():
    """Write scores as trained models have them, of three in four; what they say is made up."""
    drawn, model = random.Random(1), PredictionModel.objects.get(code="rfm")
    rows = list(CustomerPrediction.objects.order_by("pk"))
    for row in rows:
        if drawn.random() < 0.25:
            continue
        row.clv = Decimal(drawn.randint(0, 20_000)) / 10
        row.expected_orders, row.expected_order_value = row.clv / 50, row.clv / 10
        row.clv_top_percent = drawn.randint(1, 100)
        row.value_band = drawn.choice(ValueBand.values)
        row.churn_risk = Decimal(drawn.randint(0, 10_000)) / 10_000
        row.churn_risk_rise = drawn.choice([None, row.churn_risk - Decimal("0.5")])
        row.next_order_on = NOW.date() + timedelta(days=drawn.randint(-40, 40))
        row.clv_model = model
        row.anomaly_score = Decimal(drawn.randint(3_000, 8_000)) / 10_000
        row.is_anomaly = row.anomaly_score > Decimal("0.7")
        row.cluster, row.retail_cluster = drawn.choice(LABELS), drawn.choice(LABELS)
    names = [one.name for one in CustomerPrediction._meta.concrete_fields if not one.primary_key]
    CustomerPrediction.objects.bulk_update(rows, names)


def pool(attribute):
    """Return values that a score has, and some beside them."""
    if attribute.choices is not None:
        return list(attribute.choices.suggest("", 100))
    if attribute.type is types.BOOLEAN:
        return [True, False]
    if not isinstance(attribute, ScoreColumn):
        return ["0", "1", "-1", "3"]
    found = CustomerPrediction.objects.values_list(attribute.column, flat=True).distinct()
    there = [
        f"{value:f}" if isinstance(value, Decimal) else str(value)
        for value in found
        if value is not None
    ]
    if attribute.type is types.DATE:
        return [*there[:20], NOW.date().isoformat(), "9999-12-31", "0001-01-01"]
    return [*there[:40], "0", "1", "-1", "3", "7", "0.5"]


def rank(value):
    """Return by what values are in order: numbers as such, days as text."""
    return value if value.count("-") == 2 else float(value)


@st.composite
def conditions(draw, pools):
    attribute = draw(st.sampled_from(OURS))
    operator = draw(st.sampled_from(list(attribute.type.operators.values())))
    return draw(condition(pools, attribute, operator))


@st.composite
def condition(draw, pools, attribute, operator):
    node = {"attribute": attribute.code, "operator": operator.name}
    if operator.compare and draw(st.integers(0, 3)) == 0:
        others = drawing.sides(attribute, None)
        return node | {"value": {"attribute": draw(st.sampled_from(others)).code}}
    one = st.sampled_from(pools[attribute.code])
    match operator.takes.name:
        case "NOTHING":
            return node
        case "LIST":
            return node | {"value": draw(st.lists(one, min_size=1, max_size=3))}
        case "PAIR":
            low, high = draw(one), draw(one)
            return node | {"value": sorted([low, high], key=rank)}
        case "ONE":
            return node | {"value": draw(one)}
    return node | {"value": draw(drawing.values(attribute.type, operator, attribute))}


def generating(count):
    """Return hypothesis settings for so many examples, the same in each run."""
    return hypothesis_settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def each_once():
    """Yield pairs of attribute and operator: each attribute, and each operator of each type."""
    by_type = {}
    for attribute in OURS:
        by_type.setdefault(attribute.type, []).append(attribute)
    for type_, attributes in by_type.items():
        operators = list(type_.operators.values())
        for place in range(max(len(attributes), len(operators))):
            yield attributes[place % len(attributes)], operators[place % len(operators)]


def test_query_evaluator_and_explanation_agree(store):
    pools = {attribute.code: pool(attribute) for attribute in OURS}
    every = drawing.every_attribute()
    trees = drawing.trees(depth=1, every=every).filter(lambda tree: bool(tree["conditions"]))
    nodes = st.recursive(
        conditions(pools) | trees,
        lambda inner: st.builds(
            lambda match, several: {"match": match, "conditions": several},
            drawing.MATCH,
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    asked = set()
    active = [customer for customer in store.customers if customer.is_active]

    @generating(1)
    @given(st.tuples(*(condition(pools, *pair) for pair in each_once())))
    def agree_on_each(several):
        for one in several:
            check({"match": "all", "conditions": [one]})

    @generating(EXAMPLES)
    @given(several=st.lists(nodes, min_size=1, max_size=3), match=drawing.MATCH)
    def agree(several, match):
        check({"match": match, "conditions": several})

    def check(tree):
        group = parse_tree(tree)
        asked.update(
            node.attribute.code for node in group.walk() if getattr(node, "attribute", None) in OURS
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

    agree_on_each()
    agree()
    assert asked == {attribute.code for attribute in OURS}


def test_without_any_score_every_positive_condition_is_false(shop):
    deploy_labels()
    for attribute in OURS:
        for operator in attribute.type.operators.values():
            if operator.twin is not None or operator.takes.name not in {"ONE", "NOTHING"}:
                continue
            node = {"attribute": attribute.code, "operator": operator.name}
            if operator.takes.name == "ONE":
                node["value"] = pool(attribute)[0]
            found = matching_customers(
                {"match": "all", "conditions": [node]}, as_of=NOW, applies_to="both"
            )
            assert not found.exists(), node


def test_a_condition_finds_whom_the_score_names(shop):
    score(as_of=NOW)
    for stage in JourneyStage:
        tree = {
            "match": "all",
            "conditions": [
                {"attribute": "prediction.journey_stage", "operator": "is", "value": stage.value}
            ],
        }
        found = matching_customers(tree, as_of=NOW, applies_to="both")
        expected = CustomerPrediction.objects.filter(journey_stage=stage)
        assert set(found.values_list("pk", flat=True)) == set(expected.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "churn risk above 0.7 and lifetime value at least 500"),
        ("de", "Abwanderungsrisiko über 0,7 und Kundenwert mindestens 500"),
        ("fr", "risque d'attrition supérieur à 0,7 et valeur vie client d'au moins 500"),
    ],
)
def test_what_merchants_type_of_risk_and_value_is_read(db, language, text):
    """In English the words are also what customers have spent: that is told after it."""
    expected = {
        "match": "all",
        "conditions": [
            {"attribute": "prediction.churn_risk", "operator": "gt", "value": "0.7"},
            {"attribute": "prediction.clv", "operator": "gte", "value": "500"},
        ],
    }
    found = read_sentence(text, language=language)
    assert found.readings[0].conditions == expected
    assert not found.unread


@pytest.mark.parametrize(
    ("code", "operator", "value", "is_impossible"),
    [
        ("prediction.churn_risk", "gt", "70", True),
        ("prediction.churn_risk", "gt", "1", True),
        ("prediction.churn_risk", "gte", "1", False),
        ("prediction.churn_risk", "lt", "70", False),
        ("prediction.churn_risk", "lt", "0", True),
        ("prediction.churn_risk", "is", "-1", True),
        ("prediction.churn_risk_rise", "lt", "-0.5", False),
        ("prediction.churn_risk_rise", "lt", "-1", True),
        ("prediction.churn_risk_rise", "between", ["-7", "-2"], True),
        ("prediction.clv_top_percent", "lte", "10", False),
        ("prediction.clv_top_percent", "lte", "0", True),
        ("rfm.recency_score", "gte", "6", True),
        ("habits.favourite_hour", "is", "24", True),
        ("habits.favourite_hour", "is", "0", False),
        ("habits.gap_days", "lt", "0", True),
    ],
)
def test_values_that_no_score_has_are_warned_of(code, operator, value, is_impossible):
    tree = {
        "match": "all",
        "conditions": [{"attribute": code, "operator": operator, "value": value}],
    }
    found = [(one.path, one.code) for one in parse_tree(tree).warnings]
    assert found == [("conditions[0].value", "never_holds")] * is_impossible


def test_of_what_no_model_has_scored_yet_that_is_said(db):
    tree = {
        "match": "any",
        "conditions": [
            {"attribute": code, "operator": "is_not_empty"}
            for code in ("prediction.churn_risk", "rfm.segment", "prediction.next_order_on")
        ],
    }
    (one, other) = preview(tree).warnings
    assert (one.path, other.path) == ("conditions[0].attribute", "conditions[2].attribute")
    assert {one.code, other.code} == {"known_of_nobody"}
    assert "Churn risk" in str(one)
    PredictionModel.objects.filter(code="churn").update(as_of=NOW)
    (other,) = preview(tree).warnings
    assert other.path == "conditions[2].attribute"


def test_scores_are_ranked_among_customers_who_have_one(store, make_segment):
    """Customers without a score take no place, and every change of the score counts."""
    node = {"attribute": "prediction.clv", "operator": "in_top_percent", "value": "10"}
    tree = {"match": "all", "conditions": [node]}
    rows = CustomerPrediction.objects.filter(customer__is_active=True).exclude(clv=None)
    scores = dict(rows.values_list("customer__external_id", "clv"))
    best = {
        number
        for number, own in scores.items()
        if own and 100 * sum(other > own for other in scores.values()) < 10 * len(scores)
    }
    found = matching_customers(tree, as_of=NOW, applies_to="both")
    assert set(found.values_list("external_id", flat=True)) == best
    make_segment("Best", [node])
    assert "clv" in questions().compared
