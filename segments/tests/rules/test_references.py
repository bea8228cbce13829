"""References between segments: what is refused, and who refers to whom."""

import pytest

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from segments.models import Segment
from segments.rules.evaluation.rule import sentence_of
from segments.rules.in_conditions.references import codes_in, referring_segments
from segments.tests.test_membership import EVERYBODY, make_segment, tree_of

pytestmark = pytest.mark.django_db


def codes(tree, segment=None):
    with pytest.raises(InvalidTree) as caught:
        parse_tree(tree, segment=segment)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def test_a_segment_that_does_not_exist_is_refused():
    make_segment("a", EVERYBODY)
    assert parse_tree(tree_of("a"))
    assert codes(tree_of("b")) == [("conditions[0].value", "unknown_segment")]


def test_a_stored_reference_to_a_deleted_segment_no_longer_validates():
    with pytest.raises(InvalidTree):
        parse_tree(tree_of("gone"), stored=True)


def test_a_circle_is_refused_however_long_it_is():
    make_segment("a", EVERYBODY)
    make_segment("b", tree_of("a"))
    make_segment("c", tree_of("b"))
    assert codes(tree_of("a"), segment="a") == [("conditions[0].value", "circular_segment")]
    assert codes(tree_of("c"), segment="a") == [("conditions[0].value", "circular_segment")]
    assert parse_tree(tree_of("a"), segment="c")


def test_expanded_a_tree_may_have_two_thousand_nodes():
    leaf = {"attribute": "customer.email", "operator": "is_empty"}
    make_segment("big", {"match": "all", "conditions": [leaf] * 199})
    reference = {"attribute": "segment", "operator": "is", "value": "big"}
    assert parse_tree({"match": "all", "conditions": [reference] * 9})
    assert codes({"match": "all", "conditions": [reference] * 11}) == [
        ("conditions[10].value", "too_many_nodes")
    ]


def test_who_refers_to_a_segment_is_found_by_its_exact_code():
    vip = make_segment("vip", EVERYBODY)
    make_segment("vip-2", EVERYBODY)
    make_segment("direct", tree_of("vip"))
    make_segment("near", tree_of("vip-2"))
    nested = {"match": "any", "conditions": [tree_of("vip"), tree_of("vip-2")]}
    make_segment("nested", nested)
    assert [segment.code for segment in referring_segments(vip)] == ["direct", "nested"]
    assert codes_in(nested) == {"vip", "vip-2"}
    assert Segment.objects.count() == 5


def test_a_stored_tree_is_said_in_words_or_why_it_no_longer_validates():
    make_segment("a", EVERYBODY)
    assert sentence_of(Segment(), tree_of("a")) == "Customers who are in the segment “a”."
    assert sentence_of(Segment(), tree_of("gone")).startswith("No longer valid: Condition 1: ")
