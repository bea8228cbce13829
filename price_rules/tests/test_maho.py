"""Maho's cases: the four operators, for members, outsiders and nobody, and what is gone."""

import pytest

from customers.models import Store, Website
from price_rules.evaluation import evaluate
from price_rules.tests.conftest import items
from segments.editing.deletion import delete_segments
from segments.editing.overrides import set_override
from segments.membership import satisfies
from segments.models import OverrideKind, Segment
from segments.rules.in_conditions.questions import OPERATORS

pytestmark = pytest.mark.django_db
CART = {"items": items(("A", 1, 10))}
WANTED = {
    "is": (True, True, False, False),
    "is_not": (False, False, True, False),
    "is_one_of": (True, True, False, False),
    "is_not_one_of": (False, False, True, False),
}
WITHOUT_MEMBERS = {
    "is": (False, False, False, False),
    "is_not": (True, True, True, False),
    "is_one_of": (False, False, False, False),
    "is_not_one_of": (True, True, True, False),
}


@pytest.fixture
def shoppers(make_customer, make_segment):
    """U1 in S1, U2 in both, U3 in none, and nobody known."""
    people = [make_customer(number) for number in ("u1", "u2", "u3")]
    members = {"s1": people[:2], "s2": people[1:2]}
    for code, inside in members.items():
        nobody = {"attribute": "customer.id", "operator": "is", "value": "nobody"}
        segment = make_segment(code, [nobody], code=code)
        for customer in inside:
            set_override(segment, customer, OverrideKind.INCLUDE, author=None)
    return [*people, None]


@pytest.fixture
def rules(shoppers, make_rule):
    """A rule for each operator."""
    for operator in OPERATORS:
        codes = ["s1", "s2"] if operator.endswith("one_of") else ["s1"]
        make_rule(operator, segments={"operator": operator, "segments": codes})


def found(shoppers, cart=CART):
    """Return of each rule for whom it is applied, asked in both ways."""
    answers = {operator: [] for operator in OPERATORS}
    for who in shoppers:
        applied = {one.code for one in evaluate(cart, customer=who).applied}
        for operator, got in answers.items():
            codes = ["s1", "s2"] if operator.endswith("one_of") else ["s1"]
            assert satisfies(operator, codes, who, cart) == (operator in applied)
            got.append(operator in applied)
    return {operator: tuple(got) for operator, got in answers.items()}


def test_members_outsiders_and_nobody(shoppers, rules):
    assert found(shoppers) == WANTED


def test_an_inactive_segment_has_no_members(shoppers, rules):
    Segment.objects.update(is_active=False)

    assert found(shoppers) == WITHOUT_MEMBERS


def test_a_deleted_segment_has_no_members(shoppers, rules):
    delete_segments(list(Segment.objects.all()), author=None)

    assert found(shoppers) == WITHOUT_MEMBERS


def test_a_segment_of_another_website_than_the_carts_has_no_members(shoppers, rules):
    website = Website.objects.create(code="other", name="Other")
    Store.objects.create(code="other", name="Other", website=website)
    for segment in Segment.objects.all():
        segment.websites.set(Website.objects.filter(code="default"))

    assert found(shoppers) == WANTED
    assert found(shoppers, CART | {"store": "other"}) == WITHOUT_MEMBERS
