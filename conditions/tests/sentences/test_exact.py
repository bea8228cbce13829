"""Sentences are read back to the tree that they were made of, in each language."""

import os
from contextlib import suppress

import pytest
from django.apps import apps
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings

from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.phrases.scan import GivenUp
from conditions.reading.exact import Sentence, exact
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.small_shop import condition
from conditions.tests.examples.trees import every_attribute, trees
from customers.models import Category, CustomerAttribute, CustomerGroup
from tests.cases import pairs
from tests.tiers import examples

SETTINGS = settings(
    max_examples=int(os.environ.get("SENTENCE_EXAMPLES") or examples(60)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LANGUAGES = ("en", "de", "fr")

pytestmark = pytest.mark.once


@pytest.fixture
def shop(db):
    awkward_shop(11).store()


def read_back(tree, language):
    with override(language):
        return exact(parse_tree(tree).sentence(exact=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tree_is_read_back_from_its_sentence(shop, language):
    @SETTINGS
    @given(tree=trees(depth=4, every=every_attribute()))
    def there_and_back(tree):
        assert read_back(tree, language) == normal(tree)

    there_and_back()


def group(match, *nodes):
    return {"match": match, "conditions": list(nodes)}


def nested(depth):
    node = condition("lifetime.sales", "gte", "5")
    for match in ("all", "any", "none", "not_all")[:depth] * 2:
        node = group(match, node)
    return node


OTHER = {"attribute": "lifetime.sales", "times": "0.1"}
HARD = {
    "two codes of one name": condition("customer.group", "is_one_of", ["g1", "g2", "plain"]),
    "one code of two of a name": condition("customer.group", "is", "g2"),
    "a code that is another's name": condition("customer.group", "is", "Twins"),
    "a name with commas and words": condition("customer.group", "is_one_of", ["odd"]),
    "a name with words among others": condition("customer.group", "is_one_of", ["odd", "plain"]),
    "a list of one": condition("customer.group", "is_not_one_of", ["plain"]),
    "an unknown code": condition("customer.tags", "has", "nobody has it"),
    "unknown codes": condition("customer.tags", "has_all_of", ["a", "b and c"]),
    "one of all": condition("customer.tags", "not_has_all_of", ["a"]),
    "quotes": condition("customer.email", "is", "“a” or ”b“ \\ « c » „d“"),
    "the end of a sentence": condition("customer.first_name", "contains", "” and who have. (; ,"),
    "spaces": condition("customer.first_name", "is_one_of", [" a ", "\u00a0b\u00a0", "c\nd"]),
    "a list of one text": condition("customer.first_name", "is_one_of", ["x"]),
    "a country by its name": condition("address.country", "is", "Germany"),
    "a country in small letters": condition("address.country", "is_one_of", ["de", "FR"]),
    "part of a country": condition("address.country", "contains", "DE"),
    "no country at all": condition("order.shipping_country", "is_one_of", ["XX", "TT"]),
    "a segment": condition("segment", "is_one_of", ["a-b", "a-b-2"]),
    "a category and those below": condition("order_item.category", "is_or_below", "cat"),
    "a category alone": condition("order_item.category", "is_not_one_of", ["cat"]),
    "labels alike": condition("customer.attributes.one", "is", "1"),
    "a label with quotes": condition("customer.attributes.quoted", "contains", "x"),
    "another attribute": condition("lifetime.refunds", "gt", OTHER),
    "another, as it is": condition(
        "customer.first_name", "is_not", {"attribute": "customer.email"}
    ),
    "the ends of days": condition(
        "customer.date_of_birth", "between", ["0001-01-01", "9999-12-31"]
    ),
    "an instant": condition("customer.registered_at", "after", "2026-04-10T12:00:00.000001-05:30"),
    "a time of the website": condition("customer.registered_at", "before", "2026-03-01T23:59"),
    "no days": condition("customer.registered_at", "in_last_days", 0),
    "a large number": condition("lifetime.sales", "lt", "99999999999999.9999"),
    "a small number": condition("lifetime.profit", "between", ["-0.0001", "0.0001"]),
    "a number of one": condition("lifetime.number_of_orders", "is_not_one_of", [3]),
    "a quarter of an order": condition("lifetime.number_of_orders", "is", "0.25"),
    "none": condition("lifetime.number_of_orders", "is", 0),
    "a thousand": condition("customer.email", "is_one_of", [f"{n}, or" for n in range(1000)]),
    "a thousand codes": condition("customer.group", "is_one_of", ["plain", "g1"] * 500),
    "figures": {
        "relation": "orders",
        "aggregate": "latest",
        "of": "order.state",
        "operator": "is_not_one_of",
        "value": ["complete"],
        **group("none", condition("order.grand_total", "is", {"attribute": "order.subtotal"})),
    },
    "rows of rows": {
        "relation": "orders",
        "aggregate": "every",
        **group(
            "any",
            {"relation": "refunds", "aggregate": "not_exists"},
            {
                "relation": "order_items",
                "aggregate": "count",
                "operator": "not_between",
                "value": [1, 1],
                **group("all", condition("order.created_at", "in_period", "today")),
            },
        ),
    },
}


@pytest.fixture
def names(db):
    CustomerGroup.objects.bulk_create(
        CustomerGroup(code=code, name=name)
        for code, name in (
            ("g1", "Twins"),
            ("g2", "Twins"),
            ("plain", "Wholesale trade"),
            ("odd", "Who have, and (either) “or”"),
            ("Twins", "Third"),
        )
    )
    Category.objects.create(code="cat", name="Shoes & more")
    for code, label in (("one", "Same"), ("two", "Same"), ("quoted", "“Size” (EU)")):
        CustomerAttribute.objects.create(code=code, label=label, type="text")
    segments = apps.get_model("segments", "Segment").objects
    for code in ("a-b", "a-b-2"):
        segments.create(code=code, name="A, b", conditions=group("all"))


@pytest.mark.parametrize(("case", "language"), pairs(HARD, LANGUAGES))
def test_what_is_hard_to_tell_apart_is_read_back(names, case, language):
    for tree in (
        group("all", HARD[case]),
        group("any", HARD[case], group("all", HARD[case], condition("customer.gender", "is", "x"))),
        group("none", HARD[case], HARD[case]),
    ):
        assert read_back(tree, language) == normal(tree)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("match", ["all", "any", "none", "not_all"])
def test_groups_are_read_back_however_they_are_nested(db, match, language):
    for depth in range(5):
        tree = group(match, nested(depth)) if depth else group(match)
        assert read_back(tree, language) == normal(tree)


def test_as_many_conditions_as_a_tree_may_have_are_read_back(db):
    spent = [condition("lifetime.sales", "gte", str(n)) for n in range(99)]
    of = [condition("order.grand_total", "gte", str(n)) for n in range(98)]
    tree = group("all", *spent, {"relation": "sales", "aggregate": "exists", **group("all", *of)})

    assert read_back(tree, "en") == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all customers",
        "Customers who.",
        "Customers who have spent at least 5 EUR in all",
        "Customers who have spent at least 5 in all.",
        "Customers who have spent at least 5 EUR in all and.",
        "Customers who are in the customer group Nobody.",
        "Customers who registered before February 30, 2026.",
        "Customers who registered before April 10, 0.",
    ],
)
def test_what_is_no_such_sentence_is_given_up(db, text):
    assert exact(text) is None


@pytest.mark.parametrize(
    "part",
    [
        "either ",
        "“",
        "who have an order either of 1 EUR or ",
        "to whom none of these applies: (",
        "have placed an order with a product (with a product (",
        "have ordered at most 1 time, ",
        "live in A, ",
        "(",
    ],
)
def test_hostile_texts_take_work_in_proportion(db, part):
    def steps(times):
        read = Sentence("Customers who " + part * times)
        with suppress(GivenUp):
            assert read.trees() == []
        return read.scan.steps

    assert steps(200) <= 3 * steps(100)
