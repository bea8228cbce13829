"""Parsed rules are kept in the process, and never longer than what they were made of."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.errors import InvalidTree
from customers.imports.named.named_customers import By, Name, Names
from customers.models import CustomerAttribute, CustomerAttributeValue, CustomerGroup
from segments.editing.activation import set_active
from segments.editing.lists import Verb, change_list
from segments.editing.overrides import remove_override, set_override
from segments.editing.saving import save_segment
from segments.membership import is_member, memberships
from segments.models import AppliesTo, Segment
from segments.rules.definition import Definition, definition_of
from segments.rules.evaluation import rule_cache
from segments.rules.evaluation.rule import Rule

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = {"match": "all", "conditions": []}
NOBODY = {"match": "any", "conditions": []}


@pytest.fixture
def customer(make_customer):
    return make_customer("a")


@pytest.fixture
def parsed(monkeypatch):
    """The codes of the segments whose trees were parsed, in order."""
    codes, make = [], rule_cache.rule_of

    def noted(segment):
        codes.append(segment.code)
        return make(segment)

    monkeypatch.setattr(rule_cache, "rule_of", noted)
    return codes


def save(segment, tree, **values):
    save_segment(segment, Definition(segment.name, conditions=tree, **values), author=None)


def refers_to(code, operator="is"):
    return [{"attribute": "segment", "operator": operator, "value": code}]


def tree(*conditions):
    return {"match": "all", "conditions": list(conditions)}


def test_what_has_not_changed_is_parsed_once(customer, make_segment, parsed):
    make_segment("One")
    for _again in range(3):
        assert is_member(customer, "one")
    assert parsed == ["one"]


def test_another_definition_is_parsed(customer, make_segment, parsed):
    segment = make_segment("One")
    assert is_member(customer, "one")
    save(segment, NOBODY)
    assert not is_member(customer, "one")
    assert parsed == ["one", "one"]


def test_another_scope_counts(customer, make_segment):
    segment = make_segment("One")
    assert is_member(customer, "one")
    save(segment, EVERYBODY, applies_to=AppliesTo.GUEST)
    assert not is_member(customer, "one")
    other = CustomerGroup.objects.create(code="other", name="Other")
    save(segment, EVERYBODY, customer_groups=(other.code,))
    assert not is_member(customer, "one")


def test_switching_off_and_on_counts(customer, make_segment):
    segment = make_segment("One")
    assert is_member(customer, "one")
    set_active([segment], False)
    assert not is_member(customer, "one")
    set_active([segment], True)
    assert is_member(customer, "one")


def test_overrides_count(customer, make_segment):
    segment = make_segment("One")
    assert is_member(customer, "one")
    override = set_override(segment, customer, "exclude", author=None)
    assert not is_member(customer, "one")
    remove_override(override)
    assert is_member(customer, "one")


def test_lists_count(customer, make_segment):
    segment = make_segment("One", handling={"refresh_mode": "list"})
    assert not is_member(customer, "one")
    change_list(segment, Verb.ADD, Names(By.ID, [Name(1, "a")]), author=None)
    assert is_member(customer, "one")


def test_what_it_refers_to_counts_however_far(customer, make_segment, parsed):
    first = make_segment("One")
    make_segment("Two", refers_to("one"))
    make_segment("Three", refers_to("two", "is_not"))
    assert not is_member(customer, "three")
    save(first, NOBODY)
    assert is_member(customer, "three")
    set_active([first], False)
    parsed.clear()
    assert is_member(customer, "three")
    assert parsed == []


def test_what_is_referred_to_and_gone_makes_it_invalid(customer, make_segment):
    make_segment("One")
    make_segment("Two", refers_to("one", "is_not"))
    assert not is_member(customer, "two")
    Segment.objects.filter(code="one").delete()
    assert not is_member(customer, "two")
    assert isinstance(rule_cache.rules_of(["two"])["two"], InvalidTree)


def test_what_is_referred_to_and_not_valid_makes_nobody_a_member(customer, make_segment):
    first = make_segment("One")
    make_segment("Two", refers_to("one", "is_not"))
    broken = tree({"attribute": "no.such", "operator": "is", "value": 1})
    Segment.objects.filter(pk=first.pk).update(conditions=broken, version=7)
    assert memberships(["one", "two"], customer) == {"one": False, "two": False}


def test_the_shops_own_attributes_count(customer, make_segment):
    attribute = CustomerAttribute.objects.create(code="level", label="Level", type="text")
    CustomerAttributeValue.objects.create(customer=customer, attribute=attribute, text="gold")
    level = {"attribute": "customer.attributes.level", "operator": "is", "value": "gold"}
    make_segment("One", [level])
    assert is_member(customer, "one")
    CustomerAttribute.objects.filter(pk=attribute.pk).update(code="rank")
    assert not is_member(customer, "one")
    CustomerAttribute.objects.filter(pk=attribute.pk).update(code="level")
    assert is_member(customer, "one")
    CustomerAttribute.objects.filter(pk=attribute.pk).update(type="number")
    assert not is_member(customer, "one")


def test_an_attribute_made_anew_is_another_one(customer, make_segment):
    level = {"attribute": "customer.attributes.level", "operator": "is", "value": "gold"}
    for _again in range(2):
        attribute = CustomerAttribute.objects.create(code="level", label="Level", type="text")
        CustomerAttributeValue.objects.create(customer=customer, attribute=attribute, text="gold")
        if not Segment.objects.exists():
            make_segment("One", [level])
        assert is_member(customer, "one")
        attribute.delete()
        assert not is_member(customer, "one")


def test_one_of_the_same_code_is_another_segment(customer, make_segment):
    make_segment("One")
    assert is_member(customer, "one")
    Segment.objects.all().delete()
    assert not is_member(customer, "one")
    make_segment("One", [{"attribute": "customer.id", "operator": "is", "value": "b"}])
    assert not is_member(customer, "one")


def test_a_name_that_changes_nothing_is_no_reason_to_say_something_else(customer, make_segment):
    segment = make_segment("One")
    assert is_member(customer, "one")
    save_segment(segment, definition_of(segment), author=None)
    assert is_member(customer, "one")


def test_only_so_much_is_kept(customer, make_segment, parsed, monkeypatch):
    for number in range(3):
        make_segment(f"S{number}", [{"attribute": "customer.id", "operator": "is", "value": "a"}])
    monkeypatch.setattr(rule_cache, "MOST_NODES", 6)
    for code in ("s0", "s1", "s2", "s2", "s1", "s0"):
        assert is_member(customer, code)
    assert parsed == ["s0", "s1", "s2", "s0"]


def test_asking_again_asks_the_database_for_stands_and_facts_alone(customer, make_segment):
    codes = [make_segment(f"S{number}").code for number in range(20)]
    memberships(codes, customer)
    with CaptureQueriesContext(connection) as asked:
        memberships(codes, customer)
    assert len(asked) == 2  # the customer, and how the segments stand
    assert all(isinstance(rule, Rule) for rule in rule_cache.rules_of(codes).values())
