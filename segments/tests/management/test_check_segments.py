"""`check_segments`: silent where all is right, and finds every way in which something is not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.nodes.tree import Group
from core.clock import now
from customers.models import Customer, DirtyCustomer
from segments.editing.overrides import set_override
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.models import Membership, MembershipChange, OwedRefresh, Segment, Watermark
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

ANNAS = [{"attribute": "customer.first_name", "operator": "is", "value": "Anna"}]
NEW = [{"attribute": "customer.registered_at", "operator": "in_last_days", "value": 5}]
BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


@pytest.fixture
def annas(make_customer, make_segment):
    """A segment of three Annas, kept current, its changes all worked in."""
    for number in "abc":
        make_customer(number, first_name="Anna")
    make_customer("x", first_name="Xenia")
    segment = make_segment(code="annas", conditions=ANNAS)
    refresh_segment(segment)
    sweep()
    process_changes()
    return segment


@pytest.fixture
def check(capsys):
    """Return a function that runs the command: whether there is drift, and the lines after."""

    def run(*arguments):
        capsys.readouterr()
        try:
            call_command("check_segments", *arguments)
            drift = False
        except CommandError as error:
            assert str(error).startswith("Drift: ")
            drift = True
        return drift, capsys.readouterr().out.splitlines()[1:]

    return run


def quietly(change):
    """Change shop data so that nobody notices: the marks of the change are removed."""
    last = DirtyCustomer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    change()
    DirtyCustomer.objects.filter(pk__gt=last).delete()


def test_all_is_right_and_nothing_is_written(annas, check):
    with CaptureQueriesContext(connection) as queries:
        drift, (line,) = check()
    assert not drift
    assert line.startswith("annas: 3 members, no drift, as of ")
    assert line.endswith(", 4 asked of the evaluator")
    written = ("INSERT", "UPDATE", "DELETE", "CREATE")
    assert not [query for query in queries if query["sql"].startswith(written)]


def test_who_is_missing_and_who_should_not_be_there_is_named(annas, check):
    for number, name in (("a", "Bert"), ("x", "Anna")):
        customer = Customer.objects.get(external_id=number)
        customer.first_name = name
        quietly(customer.save)

    drift, lines = check("annas")

    assert drift
    assert lines[1:] == ["  1 (x) should be members", "  1 (a) should not be members"]
    refresh_segment(annas)
    assert not check("annas")[0]


def test_at_most_ten_are_named(annas, make_customer, check):
    quietly(lambda: [make_customer(f"n{number:02}", first_name="Anna") for number in range(12)])
    _drift, lines = check("annas")
    names = ", ".join(f"n{number:02}" for number in range(10))
    assert lines[1:] == [f"  12 ({names}, ...) should be members"]


def test_whoever_waits_in_the_queue_is_left_out(annas, make_customer, check):
    make_customer("new", first_name="Anna")
    Customer.objects.get(external_id="a").delete()
    assert DirtyCustomer.objects.exists()
    assert not check()[0]

    process_changes()
    assert not check()[0]


def test_a_mark_from_before_the_last_refresh_excuses_nothing(annas, make_customer, check):
    make_customer("old", first_name="Anna")
    refresh_segment(annas)
    MembershipChange.objects.filter(customer_external_id="old").delete()
    Membership.objects.filter(customer__external_id="old").delete()
    Segment.objects.update(members_count=3)
    assert DirtyCustomer.objects.exists()

    drift, lines = check()

    assert drift
    assert lines[1:] == ["  1 (old) should be members"]


def test_whom_time_has_moved_since_the_last_sweep_is_left_out(make_customer, make_segment, check):
    at = now()
    make_customer("leaving", registered_at=at - timedelta(days=1))
    segment = make_segment(code="new", conditions=NEW)
    refresh_segment(segment)
    sweep()
    process_changes()
    assert Membership.objects.count() == 1

    # Time goes on: here, by what the database says of the past.
    days = timedelta(days=10)
    quietly(lambda: Customer.objects.update(registered_at=at - timedelta(days=1) - days))
    Segment.objects.update(as_of=at - days, refreshed_at=at - days)
    Watermark.objects.update(at=at - days)
    assert not check()[0]

    # A sweep that found nobody would have been wrong.
    Watermark.objects.update(at=now())
    drift, lines = check()
    assert drift and lines[1:] == ["  1 (leaving) should not be members"]


def test_one_refreshed_for_another_time_is_compared_at_that_time(
    make_customer, make_segment, check
):
    then = datetime(2026, 4, 10, 12, tzinfo=UTC)
    make_customer("then", registered_at=then - timedelta(days=1))
    segment = make_segment(code="new", conditions=NEW)
    refresh_segment(segment, as_of=then)

    drift, (line,) = check()

    assert (drift, Membership.objects.count()) == (False, 1)
    assert f"as of {then.isoformat()}" in line


def test_what_the_change_log_does_not_tell_is_drift(annas, check):
    Membership.objects.filter(customer__external_id="a").delete()
    Segment.objects.update(members_count=2)
    drift, lines = check()
    assert drift
    assert lines[1:] == [
        "  1 (a) should be members",
        "  1 (a) are members, or not, otherwise than the change log says",
    ]


def test_a_change_that_is_logged_twice_is_drift(annas, check):
    change = MembershipChange.objects.first()
    change.pk = None
    change.save()
    drift, lines = check()
    assert drift
    assert lines[1:] == [
        f"  1 ({change.customer_external_id}) entered or left twice in a row in the change log"
    ]


def test_a_log_that_is_purged_is_no_drift(annas, check):
    MembershipChange.objects.filter(customer_external_id="a").delete()
    assert check()[0]
    Watermark.objects.create(name="changes purged", number=1)
    assert not check()[0]


def test_a_size_that_is_not_the_number_of_members_is_drift(annas, check):
    Segment.objects.update(members_count=7)
    drift, lines = check()
    assert drift
    assert lines[1:] == ["  members_count is 7, the stored members are 3"]


def test_a_stored_tree_that_is_not_valid_is_drift(annas, check):
    Segment.objects.update(conditions=BROKEN)
    drift, lines = check()
    assert drift
    assert "conditions[0].attribute" in lines[1]


def test_the_evaluator_has_its_say(annas, check, monkeypatch):
    monkeypatch.setattr(Group, "holds", lambda tree, row, facts: False)
    drift, lines = check("annas", "--sample", "2", "--seed", "5")
    assert drift
    assert "4 asked" not in lines[0] and "3 asked" in lines[0]
    assert lines[1].startswith("  2 (") and lines[1].endswith("judged otherwise by the evaluator")
    assert check("annas", "--sample", "2", "--seed", "5")[1][1] == lines[1]


def test_decisions_by_hand_are_heeded(annas, check):
    set_override(annas, Customer.objects.get(external_id="x"), "include", author=None)
    set_override(annas, Customer.objects.get(external_id="a"), "exclude", author=None)
    process_changes()
    assert sorted(Membership.objects.values_list("customer__external_id", flat=True)) == list("bcx")
    assert not check()[0]


@pytest.mark.parametrize("state", ["inactive", "never", "changed", "owed"])
def test_what_awaits_its_refresh_is_not_compared(annas, make_customer, check, state):
    quietly(lambda: make_customer("missing", first_name="Anna"))
    match state:
        case "inactive":
            Segment.objects.update(is_active=False)
        case "never":
            Segment.objects.update(members_version=None, refreshed_at=None, as_of=None)
        case "changed":
            Segment.objects.update(version=annas.version + 1)
        case _owed:
            OwedRefresh.objects.create(segment=annas)
    drift, (line,) = check()
    assert not drift
    assert "as of" not in line


def test_what_is_refreshed_by_hand_may_be_behind_and_says_so(make_customer, make_segment, check):
    segment = make_segment(code="hand", conditions=ANNAS, handling={"refresh_mode": "manual"})
    refresh_segment(segment)
    quietly(lambda: make_customer("later", first_name="Anna"))
    drift, lines = check()
    assert not drift
    assert "refreshed by hand" in lines[0]
    assert lines[1:] == ["  1 (later) should be members"]


def test_an_unknown_code_and_a_negative_sample_are_refused(annas):
    for arguments in (["nowhere"], ["--sample", "-1"]):
        with pytest.raises(CommandError) as refused:
            call_command("check_segments", *arguments)
        assert "Drift" not in str(refused.value)


def test_a_sample_of_more_than_there_are_is_all_of_them(annas, check):
    drift, lines = check("--sample", "9" * 30)
    assert not drift
    assert lines[-1].endswith(" 4 asked of the evaluator")
