"""The first segment of a list that fits: one meaning everywhere, no circles, and who follows."""

import json
from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading.exact import exact
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.upkeep.flips import flipped_customers
from core.problems import Invalid
from core.resources.resource import InUse
from customers.models import Customer, CustomerTag
from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.editing.priority_lists import PRIORITY_LISTS
from segments.engine.live_changes.affected_segments import _columns_read
from segments.membership import is_member
from segments.models import ChangeReason, MembershipChange, OwedRefresh, PriorityList, Segment
from segments.refresh import refresh_segment
from segments.rules.protected import protected_segments, segments_in

pytestmark = pytest.mark.django_db

TAGS = "abcdef"


def tree(operator, value=None, code="offers"):
    node = {"attribute": f"priority_list.{code}", "operator": operator}
    if value is not None:
        node["value"] = value
    return {"match": "all", "conditions": [node]}


def make_list(*segments, code="offers"):
    document = {"code": code, "name": code.title(), "segments": list(segments)}
    return PRIORITY_LISTS.create(document, author=None).row


@pytest.fixture
def tagged(make_segment, make_customer):
    """A segment for each tag, of whose members each has other tags too; one is switched off."""
    for letter in TAGS:
        has = {"attribute": "customer.tags", "operator": "has", "value": letter}
        make_segment(letter.upper(), [has], code=letter)
    for number in range(64):
        customer = make_customer(f"c{number:02}")
        held = [letter for place, letter in enumerate(TAGS) if number >> place & 1]
        CustomerTag.objects.bulk_create(CustomerTag(customer=customer, tag=one) for one in held)
    set_active([Segment.objects.get(code="b")], False)


def found(asked):
    return set(matching_customers(asked).values_list("external_id", flat=True))


@pytest.mark.parametrize("most", [0, 1_000], ids=["by CASE", "each for itself"])
def test_query_and_evaluator_find_the_first_that_fits(tagged, monkeypatch, most):
    monkeypatch.setattr("segments.rules.in_conditions.priority_lists.MOST_NAMED", most)
    order = ["b", "e", "a", "f"]
    make_list(*order)
    tags = {one.external_id: set() for one in Customer.objects.all()}
    for number, tag in CustomerTag.objects.values_list("customer__external_id", "tag"):
        tags[number].add(tag)
    firsts = {
        number: next((one for one in order if one in held and one != "b"), None)
        for number, held in tags.items()
    }
    asked = [("is", one) for one in order]
    asked += [("is_one_of", ["f", "e"]), ("is_one_of", ["b"]), ("is_not_empty", None)]
    twins = {"is": "is_not", "is_one_of": "is_not_one_of", "is_not_empty": "is_empty"}
    for operator, value in asked:
        wanted = {*order} if value is None else {*value}
        expected = {number for number, first in firsts.items() if first in wanted}
        assert found(tree(operator, value)) == expected, (operator, value)
        assert found(tree(twins[operator], value)) == {*firsts} - expected, (operator, value)
        for customer in Customer.objects.all()[::7]:
            verdict = explain(tree(operator, value), customer)
            assert verdict.holds == (customer.external_id in expected)
            assert verdict.tree["conditions"][0]["actual"] == firsts[customer.external_id]


def test_a_circle_through_a_list_is_refused_from_either_side(make_segment):
    make_segment("A", code="a")
    make_segment(
        "B", code="b", conditions=[{"attribute": "segment", "operator": "is", "value": "a"}]
    )
    make_list("b")
    for asked in (tree("is", "b"), tree("is_empty")):
        for own in ("a", "b"):
            with pytest.raises(InvalidTree) as refused:
                parse_tree(asked, segment=own)
            assert [(one.path, one.code) for one in refused.value.problems] == [
                ("conditions[0].attribute", "circular_segment")
            ]
    make_segment("C", tree("is", "b")["conditions"], code="c")
    row = PriorityList.objects.get()
    with pytest.raises(Invalid) as refused:
        PRIORITY_LISTS.change(row, {"segments": ["a", "c"]}, author=None)
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("segments[1]", "circular_segment")
    ]


def test_a_value_that_is_not_on_the_list_is_refused(make_segment):
    make_segment("A", code="a")
    make_segment("B", code="b")
    make_list("a")
    with pytest.raises(InvalidTree) as refused:
        parse_tree(tree("is", "b"))
    assert [one.code for one in refused.value.problems] == ["unknown_choice"]
    with pytest.raises(InvalidTree) as refused:
        parse_tree(tree("is", "a", "nothing"))
    assert [one.code for one in refused.value.problems] == ["unknown_attribute"]


def test_neither_a_list_in_use_nor_its_segments_are_deleted(make_segment):
    a = make_segment("A", code="a")
    row = make_list("a")
    with pytest.raises(SegmentInUse, match="Offers"):
        delete_segments([a])
    asking = make_segment("Asking", tree("is", "a")["conditions"])
    with pytest.raises(InUse, match="Asking"):
        PRIORITY_LISTS.delete([row], author=None)
    delete_segments([asking])
    PRIORITY_LISTS.delete([row], author=None)
    delete_segments([a])


def test_a_changed_list_is_a_new_definition_of_who_asks_for_it(tagged, make_segment, sent):
    """Its members are found anew at once, and enter and leave by a new definition."""
    row = make_list("a", "c")
    asking = make_segment("Asking", tree("is", "c")["conditions"])
    after = {"attribute": "segment", "operator": "is", "value": asking.code}
    behind = make_segment("Behind", [after])
    refresh_segment(asking)
    sent.clear()
    OwedRefresh.objects.all().delete()
    both = Customer.objects.get(external_id="c05")  # It has the tags a and c.
    assert not is_member(both, asking)
    PRIORITY_LISTS.change(row, {"name": "Others"}, author=None)
    assert not sent
    PRIORITY_LISTS.change(row, {"segments": ["c", "a"]}, author=None)
    assert is_member(both, asking)
    owed = Segment.objects.with_owed_refresh().filter(owed_refresh=True)
    assert {one.pk for one in owed} == {asking.pk, behind.pk}
    asking.refresh_from_db()
    refresh_segment(asking)
    entered = MembershipChange.objects.filter(segment=asking, customer_id=both.pk)
    assert [one.reason for one in entered] == [ChangeReason.DEFINITION]


def test_who_asks_for_a_list_follows_what_its_segments_read(tagged, make_segment):
    make_list("a")
    asking = make_segment("Asking", tree("is", "a")["conditions"])
    other = make_segment("Other", [{"attribute": "customer.email", "operator": "is_empty"}])
    changed = frozenset({(CustomerTag._meta.db_table, "tag")})
    read = _columns_read(dict(Segment.objects.values_list("code", "conditions")))
    assert changed <= read[asking.code]
    assert not changed <= read[other.code]


def test_passing_time_moves_who_is_first(make_segment, make_customer):
    lately = {"attribute": "customer.registered_at", "operator": "in_last_days", "value": 5}
    make_segment("New", [lately], code="new")
    make_list("new")
    customer = make_customer("a", registered_at=datetime(2026, 4, 8, 12, tzinfo=UTC))
    moments = (datetime(2026, 4, day, 12, tzinfo=UTC) for day in (10, 20))
    contexts = [Context(moment_at(at, scope_of(None, None, "both"))) for at in moments]
    for asked in (tree("is_empty"), tree("is", "new")):
        rows = flipped_customers(parse_tree(asked), *contexts)
        assert {pk for one in rows for (pk,) in one} == {customer.pk}


def test_what_is_protected_is_found_through_a_list(make_segment):
    gender = {"attribute": "customer.gender", "operator": "is", "value": "female"}
    make_segment("A", [gender], code="a")
    make_list("a")
    asked = tree("is_not_empty")
    asking = make_segment("Asking", asked["conditions"], code="asking")
    assert protected_segments({asking.code}) == {"asking"}
    assert list(segments_in(asked, "audience")) == [("audience.conditions[0].attribute", "a")]


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_condition_on_a_list_is_said_and_read_back(make_segment, language):
    make_segment("VIP", code="vip")
    make_segment("As is, or of", code="odd")
    make_list("vip", "odd")
    said = {
        "en": "Customers for whom “VIP” is the first of the list “Offers” that fits.",
        "de": "Kunden, für die „VIP“ als Erstes der Liste „Offers“ passt.",
        "fr": "Clients pour qui «\xa0VIP\xa0» est le premier de la liste «\xa0Offers\xa0».",
    }
    with override(language):
        assert parse_tree(tree("is", "vip")).sentence() == said[language]
        for operator, value in (
            ("is_not", "vip"),
            ("is_one_of", ["vip", "odd"]),
            ("is_not_one_of", ["odd"]),
            ("is_empty", None),
            ("is_not_empty", None),
        ):
            asked = tree(operator, value)
            assert exact(parse_tree(asked).sentence(exact=True)) == normal(asked), json.dumps(asked)
