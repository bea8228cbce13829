"""Segments that build on others: order, and what is refreshed after a change."""

import pytest
from django.core.management import CommandError, call_command

from segments.editing.activation import set_active
from segments.editing.deletion import SegmentInUse, delete_segments
from segments.editing.overrides import set_override
from segments.editing.saving import save_segment
from segments.engine.dependents import in_dependency_order
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.costly_segments import process_costly
from segments.engine.refreshes.execution import execute_run
from segments.membership import segments_of
from segments.models import ChangeReason, MembershipChange, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

pytestmark = pytest.mark.django_db

NOBODY = {"match": "any", "conditions": []}


def member_of(code):
    return [{"attribute": "segment", "operator": "is", "value": code}]


def refresh_all():
    call_command("refresh_segments", "--all")


@pytest.fixture
def chain(make_segment):
    """top refers to middle, which refers to base."""
    base = make_segment("Base")
    middle = make_segment("Middle", member_of("base"))
    top = make_segment("A top", member_of("middle"), code="top")
    return base, middle, top


def queued():
    return sorted(RefreshRun.objects.unfinished().values_list("segment__code", flat=True))


def test_those_referred_to_come_first(chain):
    base, middle, top = chain
    assert in_dependency_order([top, middle, base]) == [base, middle, top]


def test_a_circle_in_the_database_leaves_the_order_as_it_was(chain):
    base, middle, top = chain
    base.conditions = {"match": "all", "conditions": member_of("top")}
    assert in_dependency_order([top, middle, base]) == [top, middle, base]


def test_all_are_refreshed_and_one_failure_stops_no_other(chain, make_segment):
    make_segment("By hand", handling={"refresh_mode": "manual"})
    broken = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is"}]}
    lonely = make_segment("Lonely")
    Segment.objects.filter(pk=lonely.pk).update(conditions=broken)

    with pytest.raises(CommandError, match="Failed: lonely"):
        refresh_all()

    assert {run.segment.code: run.state for run in RefreshRun.objects.all()} == {
        "by-hand": "completed",
        "base": "completed",
        "middle": "completed",
        "top": "completed",
        "lonely": "failed",
    }


def test_a_new_definition_queues_those_that_build_on_it(chain):
    save_segment(chain[0], Definition("Base, renamed"), author=None)
    assert queued() == ["base", "middle", "top"]


def test_an_unchanged_definition_queues_nobody(chain):
    refresh_all()
    save_segment(chain[0], Definition("Base"), author=None)
    assert queued() == []


def test_switching_one_off_queues_those_that_build_on_it_but_not_manual_ones(chain):
    refresh_all()
    Segment.objects.filter(code="top").update(refresh_mode="manual")
    set_active([chain[0]], False)
    assert queued() == ["middle"]
    # The one by hand only says so.
    assert [one.code for one in Segment.objects.order_by("code") if one.is_stale] == [
        "middle",
        "top",
    ]


def test_an_override_reaches_those_that_build_on_it(chain, make_customer):
    customer = make_customer()
    refresh_all()
    set_override(chain[1], customer, "exclude", author=None)
    process_changes()
    assert segments_of(customer) == ["base"]


def test_a_segment_in_use_is_not_deleted_and_its_users_are_named(chain):
    base, middle, _top = chain
    with pytest.raises(SegmentInUse, match="Middle") as caught:
        delete_segments([base])
    assert caught.value.users == [middle.code]
    assert Segment.objects.count() == 3


def test_users_and_used_can_be_deleted_together(chain, make_customer):
    make_customer()
    refresh_segment(chain[0])
    delete_segments(list(chain))
    assert not Segment.objects.exists()
    assert not MembershipChange.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda base, one: set_override(base, one, "exclude", author=None), ChangeReason.MANUAL),
        (lambda base, one: set_active([base], False), ChangeReason.DEFINITION),
        (
            lambda base, one: save_segment(
                base, Definition("Base", conditions=NOBODY), author=None
            ),
            ChangeReason.DEFINITION,
        ),
    ],
    ids=["override", "inactive", "definition"],
)
def test_the_log_of_those_that_build_on_it_names_its_reason(
    change, reason, chain, make_customer, make_segment
):
    """A sequence starts by what happens to customers, so an edit elsewhere must not look so."""
    customer = make_customer()
    # Two shapes that are found otherwise: one customer at a time, and all of them compared.
    among = {"attribute": "lifetime.sales", "operator": "in_bottom", "value": 1}
    ranked = make_segment("Lowest", [among | {"among": {"segment": "base"}}])
    process_changes()
    refresh_all()
    change(chain[0], customer)
    process_changes()
    process_costly()
    for run in RefreshRun.objects.unfinished():
        execute_run(run)
    left = MembershipChange.objects.filter(kind="left").exclude(segment=chain[0])
    assert {(one.segment_id, one.reason) for one in left} == {
        (segment.pk, reason) for segment in (chain[1], chain[2], ranked)
    }
