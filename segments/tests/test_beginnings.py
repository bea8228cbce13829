"""What merchants begin with: each is found, and becomes a tree with the values it asks for."""

from collections import Counter

import pytest
from django.utils.translation import override

from conditions import registry
from conditions.errors import InvalidTree
from conditions.language.operators import Takes
from conditions.language.stored_nodes import is_rank
from conditions.language.types import TEXT
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
            tree = parse_tree({"match": "all", "conditions": [completed(beginning.node)]})
            assert tree.sentence()
            assert str(beginning.label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_are_called_the_same(language):
    with override(language):
        names = Counter(str(one.label) for one in BEGINNINGS)
    assert [name for name, times in names.items() if times > 1] == []


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
