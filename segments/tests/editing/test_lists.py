"""Lists: customers put on and taken off by hand, effective at once, within the scope, logged."""

import pytest

from conditions.evaluator.facts import facts_of
from core.clock import now
from customers.imports.named.named_customers import (
    MOST,
    By,
    Name,
    Names,
    RefusedNames,
    TooManyNames,
)
from customers.merging import merge_guest
from customers.models import AuditEntry, CustomerMerge, DirtyCustomer
from segments.editing import lists
from segments.editing.activation import set_active
from segments.editing.deletion import delete_segments
from segments.editing.lists import ListTooLong, NotAList, Verb, change_list
from segments.editing.overrides import set_override
from segments.editing.resource import SEGMENTS
from segments.editing.saving import InvalidDefinition, save_segment
from segments.insight.consistency import check_segment
from segments.insight.previews.preview import preview
from segments.membership import is_member
from segments.models import ListedCustomer, Segment, SegmentStatus
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling, definition_of
from segments.rules.evaluation.rule import rule_of, sentence_of
from segments.tests.engine.harness import changes, is_right, settle, stored, undone

pytestmark = pytest.mark.django_db


def numbers(*values):
    return Names(By.ID, [Name(place, value) for place, value in enumerate(values)])


def addresses(*values):
    return Names(By.EMAIL, [Name(place, value) for place, value in enumerate(values)])


def put(segment, *values, **options):
    return change_list(segment, Verb.REPLACE, numbers(*values), author=None, **options)


def add(segment, *values, **options):
    return change_list(segment, Verb.ADD, numbers(*values), author=None, **options)


def remove(segment, *values, **options):
    return change_list(segment, Verb.REMOVE, numbers(*values), author=None, **options)


def listed(segment):
    rows = ListedCustomer.objects.filter(segment=segment).order_by("customer")
    return list(rows.values_list("customer__external_id", flat=True))


@pytest.fixture
def make_list(make_segment):
    def make(name="Picked", **values):
        return make_segment(name, handling={"refresh_mode": "list"}, **values)

    return make


@pytest.fixture
def picked(make_list):
    return make_list()


@pytest.fixture
def people(make_customer):
    return [make_customer(number) for number in ("a", "b", "c", "d")]


# What a new one is -------------------------------------------------------------------------------


def test_its_members_stand_as_of_the_last_change_of_it(make_list, make_customer, clock):
    make_customer("a")
    segment = make_list()
    for later in ("2030-01-01", "2030-01-02"):
        clock.set(f"{later}T12:00:00")
        put(segment, "a")
        segment.refresh_from_db()
        assert segment.as_of == now()


def test_a_new_list_has_nobody_is_current_and_waits_for_nothing(picked, people):
    segment = Segment.objects.with_status().get()
    assert (segment.members_count, segment.is_stale) == (0, False)
    assert segment.status is SegmentStatus.COMPLETED
    assert segment in Segment.objects.kept_current()
    assert not segment.runs.exists()


def test_it_says_so_in_a_sentence(picked):
    assert sentence_of(picked, picked.conditions) == "Everybody on the list."


def test_conditions_are_refused(make_list):
    with pytest.raises(InvalidDefinition) as refused:
        make_list(conditions=[{"attribute": "customer.kind", "operator": "is", "value": "guest"}])
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("conditions", "list_has_no_rules")
    assert not Segment.objects.exists()


@pytest.mark.parametrize(("before", "after"), [("auto", "list"), ("list", "manual")])
def test_the_mode_never_changes_to_or_from_a_list(make_segment, before, after):
    segment = make_segment(handling={"refresh_mode": before})
    with pytest.raises(InvalidDefinition) as refused:
        save_segment(segment, definition_of(segment), Handling(refresh_mode=after), author=None)
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("refresh_mode", "mode")


# The verbs ---------------------------------------------------------------------------------------


def test_adding_is_effective_at_once_and_logged_as_by_hand(picked, people):
    counts = add(picked, "b", "a")
    assert counts == lists.Counts(added=2, removed=0, unchanged=0, unknown=0, members_count=2)
    assert stored(picked) == {"a", "b"}
    assert changes(picked) == [("a", "entered", "manual"), ("b", "entered", "manual")]


def test_adding_again_counts_who_was_there(picked, people):
    add(picked, "a", "b")
    counts = add(picked, "b", "c", "c")
    assert (counts.added, counts.unchanged, counts.members_count) == (1, 1, 3)


def test_replacing_takes_out_whoever_is_not_named(picked, people):
    put(picked, "a", "b")
    counts = put(picked, "b", "c")
    assert counts == lists.Counts(added=1, removed=1, unchanged=1, unknown=0, members_count=2)
    assert listed(picked) == ["b", "c"]
    assert changes(picked)[2:] == [("a", "left", "manual"), ("c", "entered", "manual")]


def test_replacing_by_nobody_empties_it(picked, people):
    put(picked, "a", "b")
    assert put(picked).removed == 2
    assert listed(picked) == []


def test_taking_out_counts_who_was_not_there(picked, people):
    put(picked, "a", "b")
    counts = remove(picked, "b", "c")
    assert counts == lists.Counts(added=0, removed=1, unchanged=1, unknown=0, members_count=1)
    assert stored(picked) == {"a"}


def test_what_changes_nothing_writes_nothing(picked, people):
    put(picked, "a")
    before = AuditEntry.objects.count()
    assert put(picked, "a").unchanged == 1
    assert len(changes(picked)) == 1
    assert AuditEntry.objects.count() == before


def test_what_is_undone_was_counted_and_is_not_written(picked, people):
    put(picked, "a")
    with undone():
        counts = put(picked, "b", "c")
    assert (counts.added, counts.removed, counts.members_count) == (2, 1, 2)
    assert (listed(picked), stored(picked)) == (["a"], {"a"})


def test_it_is_in_the_audit_log(picked, people, admin_user):
    change_list(picked, Verb.ADD, numbers("a", "b"), author=admin_user)
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.username, entry.name) == ("admin", picked.code)
    assert entry.after == {"list": {"added": 2, "removed": 0}}


# Who is meant ------------------------------------------------------------------------------------


def test_an_e_mail_means_every_active_customer_who_has_it(picked, make_customer):
    make_customer("a", email="Ann@Shop.example")
    make_customer("b", email="ann@shop.example")
    make_customer("c", email="ann@shop.example", is_active=False)
    counts = change_list(picked, Verb.ADD, addresses(" ANN@shop.EXAMPLE "), author=None)
    assert (counts.added, listed(picked)) == (2, ["a", "b"])


def test_an_e_mail_of_inactive_customers_alone_is_unknown(picked, make_customer):
    make_customer("c", email="ann@shop.example", is_active=False)
    with pytest.raises(RefusedNames):
        change_list(picked, Verb.ADD, addresses("ann@shop.example"), author=None)


def test_the_number_of_a_merged_guest_is_that_customers(picked, people):
    CustomerMerge.objects.create(guest_external_id="G1", customer=people[0], at=now())
    assert add(picked, "G1", "a").added == 1
    assert listed(picked) == ["a"]


def test_a_number_of_a_customer_goes_before_that_of_a_merged_guest(picked, people):
    CustomerMerge.objects.create(guest_external_id="b", customer=people[0], at=now())
    add(picked, "b")
    assert listed(picked) == ["b"]


def test_unknown_ones_are_refused_with_their_places_and_nothing_is_written(picked, people):
    with pytest.raises(RefusedNames) as refused:
        put(picked, "a", "x", "b", "y", "x")
    assert refused.value.first == [
        Name(1, "x", "unknown"),
        Name(3, "y", "unknown"),
        Name(4, "x", "unknown"),
    ]
    assert refused.value.total == 3
    assert listed(picked) == []


def test_unknown_ones_are_left_out_where_that_is_asked_for(picked, people):
    counts = put(picked, "a", "x", "y", "x", skip_unknown=True)
    assert (counts.added, counts.unknown) == (1, 2)


def test_the_first_hundred_are_named_and_all_are_counted(picked):
    with pytest.raises(RefusedNames) as refused:
        put(picked, *(f"x{number}" for number in range(250)))
    assert [name.place for name in refused.value.first] == list(range(100))
    assert refused.value.total == 250


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ("a\0b", "nul"),
        ("\ud800", "encoding"),
        ("x" * 300, "long"),
    ],
)
def test_what_is_no_name_is_refused_even_where_unknown_ones_are_left_out(
    picked, people, value, fault
):
    with pytest.raises(RefusedNames) as refused:
        put(picked, "a", value, "nobody", skip_unknown=True)
    assert [(name.place, name.fault) for name in refused.value.first] == [(1, fault)]
    assert listed(picked) == []


def test_so_many_names_at_once_are_refused(picked, people):
    rows = Names(By.ID, (Name(number, "a") for number in range(MOST + 1)))
    with pytest.raises(TooManyNames):
        change_list(picked, Verb.ADD, rows, author=None)


def test_a_list_does_not_grow_beyond_its_limit(picked, people, monkeypatch):
    monkeypatch.setattr(lists, "MOST", 2)
    put(picked, "a", "b")
    with pytest.raises(ListTooLong):
        add(picked, "c")
    assert stored(picked) == {"a", "b"}


def test_a_segment_with_conditions_has_none(make_segment, people):
    with pytest.raises(NotAList):
        add(make_segment(), "a")


def test_one_that_was_deleted_meanwhile_is_gone(picked, people):
    delete_segments([picked])
    with pytest.raises(Segment.DoesNotExist):
        add(picked, "a")


# Scope, overrides, references --------------------------------------------------------------------


def test_who_is_out_of_scope_is_on_the_list_and_a_member_once_in_scope(
    picked, people, make_customer
):
    guest = make_customer("g", kind="guest")
    counts = add(picked, "g", "a")
    assert (counts.added, counts.members_count) == (2, 1)
    assert not is_member(guest, picked.code)
    save_segment(
        picked, Definition("Picked", applies_to="both"), Handling(refresh_mode="list"), author=None
    )
    settle()
    assert stored(picked) == {"a", "g"}
    assert is_right(picked)


def test_members_follow_the_scope_without_a_refresh(picked, people):
    put(picked, "a", "b")
    people[0].is_active = False
    people[0].save()
    settle()
    assert stored(picked) == {"b"}
    people[0].is_active = True
    people[0].save()
    settle()
    assert stored(picked) == {"a", "b"}


def test_overrides_go_before_the_list(picked, people):
    a, b, *_ = people
    set_override(picked, a, "exclude", author=None)
    set_override(picked, b, "include", author=None)
    put(picked, "a", "c")
    assert stored(picked) == {"b", "c"}
    assert [is_member(one, picked.code) for one in people] == [False, True, True, False]
    assert is_right(picked)


def test_a_refresh_applies_list_and_overrides_anew(picked, people):
    put(picked, "a", "b")
    set_override(picked, people[0], "exclude", author=None)
    picked.memberships.all().delete()
    assert refresh_segment(picked).entered == 1
    assert stored(picked) == {"b"}


def test_an_inactive_list_keeps_its_members_until_it_is_active_again(picked, people):
    put(picked, "a")
    set_active([picked], False)
    assert put(picked, "b").members_count == 1
    assert stored(picked) == {"a"}
    set_active([picked], True)
    settle()
    assert stored(picked) == {"b"}


def test_segments_that_refer_to_it_follow_at_once(picked, people, make_segment):
    refers = [{"attribute": "segment", "operator": "is_not", "value": picked.code}]
    others = make_segment("Others", refers)
    settle()
    put(picked, "a", "b")
    assert DirtyCustomer.objects.count() == 2
    settle()
    assert stored(others) == {"c", "d"}
    assert is_right(picked, others)


def test_so_many_changes_are_left_to_a_refresh_of_those(picked, people, make_segment, monkeypatch):
    monkeypatch.setattr(lists, "FLOOD", 1)
    refers = [{"attribute": "segment", "operator": "is", "value": picked.code}]
    others = make_segment("Others", refers)
    settle()
    put(picked, "a", "b")
    assert not DirtyCustomer.objects.exists()
    assert Segment.objects.get(pk=others.pk).is_stale
    settle()
    assert stored(others) == {"a", "b"}


def test_nobody_is_marked_where_nobody_refers_to_it(picked, people):
    DirtyCustomer.objects.all().delete()
    put(picked, "a", "b")
    assert not DirtyCustomer.objects.exists()


# What else becomes of it -------------------------------------------------------------------------


def test_a_merged_guests_place_is_the_customers(make_list, make_customer):
    guest, customer = make_customer("g", kind="guest"), make_customer("c")
    both = make_list(applies_to="both")
    put(both, "g")
    merge_guest(guest, customer)
    settle()
    assert listed(both) == ["c"]
    assert stored(both) == {"c"}
    assert is_right(both)


def test_of_two_places_the_customer_keeps_one(make_list, make_customer):
    guest, customer = make_customer("g", kind="guest"), make_customer("c")
    both = make_list(applies_to="both")
    put(both, "g", "c")
    merge_guest(guest, customer)
    assert listed(both) == ["c"]


def test_a_deleted_customer_is_off_the_list(picked, people):
    put(picked, "a", "b")
    people[0].delete()
    settle()
    assert listed(picked) == ["b"]
    assert stored(picked) == {"b"}


def test_restoring_an_older_version_keeps_the_list(picked, people):
    put(picked, "a")
    save_segment(picked, Definition("Renamed"), author=None)
    SEGMENTS.restore(picked, 1, author=None)
    settle()
    assert Segment.objects.get().name == "Picked"
    assert stored(picked) == {"a"}


def test_deleting_the_segment_deletes_its_list(picked, people):
    put(picked, "a")
    delete_segments([picked])
    assert not ListedCustomer.objects.exists()


def test_a_preview_counts_the_members(picked, people):
    put(picked, "a", "b")
    found = preview(picked.conditions, segment=picked, counts=True)
    assert (found.count, found.scope_count, found.sentence) == (2, 4, "Everybody on the list.")
    assert [(one.path, one.alone) for one in found.counts] == [("", 2)]


def test_the_check_finds_no_drift_and_the_evaluator_agrees(picked, people):
    put(picked, "a", "b")
    assert not check_segment(Segment.objects.get(), sample=10, seed=1).has_drift
    rule = rule_of(picked)
    assert [rule.holds(facts) for facts in facts_of(people, now())] == [True, True, False, False]


def test_the_check_finds_who_was_forgotten(picked, people):
    put(picked, "a")
    settle()
    ListedCustomer.objects.create(segment=picked, customer=people[1])
    assert check_segment(Segment.objects.get(), sample=10, seed=1).missing.numbers == ["b"]
