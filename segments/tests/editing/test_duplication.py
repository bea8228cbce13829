"""Copies: what they say, how they are treated, who is on their list; and what they do not have."""

import pytest

from customers.imports.named.named_customers import By, Name, Names
from customers.models.shop import DEFAULT_WEBSITE
from segments.editing.duplication import duplicate, save_as_new
from segments.editing.lists import Verb, change_list
from segments.editing.overrides import set_override
from segments.editing.saving import InvalidDefinition, create_segment, save_segment
from segments.models import ListedCustomer, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling, definition_of, handling_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TREE = {
    "match": "all",
    "conditions": [{"attribute": "customer.id", "operator": "is", "value": "1"}],
}


def made(name="Buyers", **handling):
    definition = Definition(name, "Who buys.", TREE, websites=(DEFAULT_WEBSITE,), applies_to="both")
    return create_segment(definition, Handling(**handling), author=None).segment


def test_a_copy_says_the_same_under_a_name_and_a_code_of_its_own():
    segment = made(is_active=False, priority=3, tags=("vip",), refresh_schedule="0 6 * * 1")

    copy = duplicate(segment, author=None).segment

    assert (copy.code, copy.name, copy.version) == ("copy-of-buyers", "Copy of Buyers", 1)
    before = definition_of(segment)
    assert definition_of(copy) == Definition(**{**vars(before), "name": "Copy of Buyers"})
    assert handling_of(copy) == handling_of(segment)
    assert duplicate(segment, author=None).segment.code == "copy-of-buyers-2"


def test_a_copy_has_no_history_no_overrides_and_no_members_yet(make_customer):
    segment, customer = made(), make_customer("1")
    set_override(segment, customer, "exclude", reason="", author=None)
    save_segment(segment, Definition("Buyers now", "", TREE), author=None)
    refresh_segment(segment)

    copy = duplicate(segment, author=None).segment

    assert copy.versions.count() == 1
    assert not copy.overrides.exists()
    assert copy.refreshed_at is None
    refresh_segment(copy)
    assert Segment.objects.get(pk=copy.pk).members_count == 1


def test_a_copy_of_a_list_has_everybody_on_it(make_customer):
    make_customer("1")
    make_customer("2")
    definition, handling = Definition("Picked"), Handling(refresh_mode="list")
    segment = create_segment(definition, handling, author=None).segment
    names = Names(By.ID, [Name(1, "1"), Name(2, "2")])
    change_list(segment, Verb.ADD, names, author=None)

    copy = duplicate(segment, author=None).segment

    assert ListedCustomer.objects.filter(segment=copy).count() == 2
    assert Segment.objects.get(pk=copy.pk).members_count == 2


def test_the_longest_name_is_cut_and_another_one_is_kept():
    segment = made("N" * 255)

    assert duplicate(segment, author=None).segment.name == "Copy of " + "N" * 247
    renamed = Definition("Mine", "", TREE)
    assert save_as_new(segment, renamed, Handling(), author=None).segment.name == "Mine"


def test_conditions_that_are_no_longer_valid_are_not_copied():
    segment = made()
    Segment.objects.update(conditions={"match": "all", "conditions": [{"attribute": "gone"}]})
    segment.refresh_from_db()

    with pytest.raises(InvalidDefinition):
        duplicate(segment, author=None)
    assert Segment.objects.count() == 1
