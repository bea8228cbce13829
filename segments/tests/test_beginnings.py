"""What merchants begin with: each is found, and becomes a tree with the values it asks for."""

import json
import re
from collections import Counter

import pytest
from django.utils.translation import override

from conditions import registry
from conditions.errors import InvalidTree
from conditions.language.operators import Takes
from conditions.language.stored_nodes import is_rank
from conditions.language.types import TEXT, DateType
from conditions.parse import parse_tree
from customers.models import Category

pytestmark = [pytest.mark.django_db, pytest.mark.once]

BEGINNINGS = [one for family in registry.families() for one in family.beginnings]
LANGUAGES = ("en", "de", "fr")


def completed(node):
    """Return `node` with some value wherever it leaves one out."""
    if "conditions" in node:
        node = node | {"conditions": [completed(one) for one in node["conditions"]]}
    if "operator" not in node or "value" in node or is_rank(node):
        return dict(node)
    attribute = registry.attribute(node.get("of") or node["attribute"])
    takes = attribute.type.operators[node["operator"]].takes
    if takes is Takes.NOTHING:
        return node
    if takes is Takes.PART:
        return node | {"value": {"salt": "some", "to": 50}}
    if isinstance(attribute.type, DateType):
        return node | {"value": "2026-05-01" if takes is Takes.ONE else 50}
    value = "some" if attribute.choices or attribute.type is TEXT else 50
    return node | {"value": [value] if takes is Takes.LIST else value}


@pytest.fixture(autouse=True)
def some(make_segment):
    Category.objects.create(code="some", name="Some")
    make_segment(code="some")


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=lambda one: str(one.label))
def test_each_becomes_a_tree_in_every_language(beginning):
    for language in LANGUAGES:
        with override(language):
            # As the builder gets it.
            node = json.loads(json.dumps(beginning.node))
            tree = parse_tree({"match": "all", "conditions": [completed(node)]})
            assert tree.sentence()
            assert str(beginning.label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_are_called_the_same(language):
    with override(language):
        names = Counter(str(one.label) for one in BEGINNINGS)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("top 10", {"attribute": "lifetime.number_of_orders", "operator": "in_top"}),
        ("top 10 each website", {"operator": "in_top", "per": "customer.website"}),
        ("last 3 orders", {"relation": "sales", "aggregate": "every", "last": 3}),
        ("average", {"operator": "above_average"}),
        ("twice the average", {"operator": "above_average", "times": "2"}),
        ("in the segment on day", {"relation": "stays"}),
        ("vip", {"operator": "in_top_percent"}),
        ("above average", {"operator": "above_average"}),
        ("sequence", {}),
        ("repeat purchase", {}),
        ("every month", {"aggregate": "active_periods"}),
        ("viewed not bought", {"match": "all"}),
        ("split", {"attribute": "customer.part"}),
        ("in list since", {"relation": "stays"}),
        ("performed custom event", {"relation": "behaviors"}),
        ("received email", {"relation": "mails"}),
        ("clicked none last 5 mails", {"relation": "mails", "aggregate": "every", "last": 5}),
        ("did not click", {"relation": "mails", "aggregate": "every", "last": 5}),
        ("opened none last 10 mails", {"relation": "mails", "aggregate": "every"}),
    ],
)
def test_merchants_words_find_a_ready_row(text, node):
    """Each word that is typed begins one of the row's, as the builder's menu searches."""

    def is_found(beginning):
        words = re.findall(r"\w+", f"{beginning.label} {beginning.search_words}".lower())
        return all(any(one.startswith(part) for one in words) for part in text.split())

    found = [one.node for one in BEGINNINGS if is_found(one)]
    assert any(node.items() <= one.items() for one in found)


def test_there_are_some_for_each_relation_that_merchants_speak_of():
    begun = {
        node.get("relation")
        for one in BEGINNINGS
        for node in [one.node, *one.node.get("conditions", ())]
    }
    assert {"sales", "order_items", "carts", "product_views", "logins", "refunds"} <= begun


def test_what_leaves_out_more_than_a_value_is_no_beginning():
    with pytest.raises(InvalidTree):
        parse_tree({"match": "all", "conditions": [{"attribute": "lifetime.sales"}]})
