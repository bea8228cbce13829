"""A segment that says it is current is so, or something that waits will make it so.

What only a refresh as a whole finds out is not forgotten, however the run that was asked for ends.
"""

import pytest
from django.db import DatabaseError

import segments.engine.marks
from conditions.upkeep import rollup
from customers.models import Customer, CustomerRollup, Website
from segments.editing.activation import set_active
from segments.editing.saving import save_segment
from segments.engine.live_changes import changed_customers, passing_time
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run, execute_shard
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.insight.consistency import check_segment
from segments.lease import RunCancelled
from segments.models import OwedRefresh, RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition, Handling, definition_of
from segments.tests.engine.harness import (
    BROKEN,
    failed_for_good,
    failed_until_left_alone,
    is_right,
    judged,
    marks,
    settle,
    stored,
)

pytestmark = pytest.mark.django_db


def cancelled(run):
    cancel_run(run)
    assert execute_run(run).state == "cancelled"


def cancelled_at_work(run):
    def cancel(segment, as_of):
        cancel_run(run)
        raise RunCancelled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "members_of", cancel)
        assert execute_run(run).state == "cancelled"


def deleted(run):
    run.delete()


ENDS = [cancelled, cancelled_at_work, failed_for_good, failed_until_left_alone, deleted]


def flood(monkeypatch):
    monkeypatch.setattr(segments.engine.marks, "FLOOD", 3)
    Customer.objects.update(email="a@shop.example")
    process_batch()


def everybody(monkeypatch):
    Website.objects.update(timezone="Europe/Berlin")
    Customer.objects.update(email="a@shop.example")
    process_batch()


def failing_batch(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(changed_customers, "judging_statement", raises(DatabaseError("no")))
        Customer.objects.update(email="a@shop.example")
        process_batch()


def new_definition_below(monkeypatch):
    base = Segment.objects.get(code="base")
    save_segment(base, Definition("Base"), author=None)
    refresh_segment(base)


def switched_on_again(monkeypatch):
    set_active(Segment.objects.all(), False)
    Customer.objects.update(email="a@shop.example")
    process_batch()
    set_active(Segment.objects.all(), True)


def automatic_again(monkeypatch):
    for segment in Segment.objects.all():
        save_segment(segment, definition_of(segment), Handling(refresh_mode="manual"), author=None)
    Customer.objects.update(email="a@shop.example")
    process_batch()
    for segment in Segment.objects.all():
        save_segment(segment, definition_of(segment), Handling(), author=None)


def raises(error):
    def fail(*args, **kwargs):
        raise error

    return fail


HAPPENINGS = [
    flood,
    everybody,
    failing_batch,
    new_definition_below,
    switched_on_again,
    automatic_again,
]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_whatever_ends_the_run_the_segment_does_not_say_it_is_current(
    shop, monkeypatch, happening, end
):
    above = shop[1]
    happening(monkeypatch)
    for run in RefreshRun.objects.unfinished():
        end(run)

    # Nothing is left that would do it, and it is not done.
    process_changes()
    assert marks() == []
    assert not RefreshRun.objects.unfinished().exists()
    above.refresh_from_db()
    assert stored(above) != judged(above)
    assert above.is_stale
    assert Segment.objects.with_status().get(pk=above.pk).is_stale
    checked = check_segment(above, sample=10, seed=1)
    assert not checked.has_drift
    assert "awaits a refresh" in checked.remark

    # The next refresh makes it right, and it says so.
    for segment in shop:
        assert execute_run(request_refresh(segment)).state == "completed"
    above.refresh_from_db()
    assert is_right(above)
    assert not above.is_stale
    assert not OwedRefresh.objects.exists()


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_without_such_an_end_the_run_makes_it_right(shop, monkeypatch, happening):
    happening(monkeypatch)
    settle()
    for segment in shop:
        segment.refresh_from_db()
        assert is_right(segment)
        assert not segment.is_stale


def test_conditions_that_became_invalid_are_owed_a_refresh_when_time_passes(
    make_segment, monkeypatch
):
    segment = make_segment(
        conditions=[{"attribute": "order.created_at", "operator": "in_last_hours", "value": 1}]
    )
    refresh_segment(segment)
    sweep()
    Segment.objects.update(conditions=BROKEN)
    passing_time.Watermark.objects.update(at="2020-01-01T00:00Z")
    sweep()
    cancel_run(RefreshRun.objects.unfinished().get())
    segment.refresh_from_db()
    assert segment.is_stale


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_run_that_had_begun_before_does_not_pay_what_came_after(shop, monkeypatch, is_cancelled):
    """The flood comes while a run has read already; the one asked for then may be cancelled."""
    base = shop[0]
    apply_diff = execution.apply_diff

    def meanwhile(*args, **kwargs):
        monkeypatch.setattr(execution, "apply_diff", apply_diff)
        RefreshRun.objects.filter(pk=run.pk).update(version=base.version)
        diff = apply_diff(*args, **kwargs)
        flood(monkeypatch)
        return diff

    monkeypatch.setattr(execution, "apply_diff", meanwhile)
    run = request_refresh(base)
    assert execute_run(run).state == "completed"
    for later in RefreshRun.objects.unfinished():
        if is_cancelled:
            cancel_run(later)
    settle()

    base.refresh_from_db()
    assert base.is_stale == is_cancelled
    assert stored(base) == (set() if is_cancelled else judged(base))


@pytest.mark.parametrize("late", [False, True])
def test_a_run_in_shards_pays_what_was_owed_when_it_was_planned(shop, monkeypatch, settings, late):
    base = shop[0]
    monkeypatch.setattr(execution.shards, "are_wanted", lambda: True)
    settings.SHARD_CUSTOMERS = 2
    if not late:
        flood(monkeypatch)
    run = execute_run(request_refresh(base))
    shards = list(run.shards.all())
    assert len(shards) > 1
    for shard in shards[:-1]:
        execute_shard(shard.pk)
    if late:
        flood(monkeypatch)
    execute_shard(shards[-1].pk)

    run.refresh_from_db()
    base.refresh_from_db()
    assert run.state == "completed"
    assert base.is_stale == late


def test_figures_that_were_wrong_mark_whom_they_belong_to(make_customer, make_segment):
    ann = make_customer("ann")
    segment = make_segment(
        conditions=[{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}]
    )
    CustomerRollup.objects.filter(customer=ann).update(sales=5000)
    process_changes()
    CustomerRollup.objects.filter(customer=ann).update(sales=5000)
    refresh_segment(segment)
    assert stored(segment) == {"ann"}

    assert rollup.reconcile() == 1
    process_changes()

    assert stored(segment) == set()


def test_what_happened_in_quarantine_is_owed_though_the_run_that_lifts_it_is_cancelled(
    shop, monkeypatch, settings, django_user_model
):
    base = shop[0]
    settings.QUARANTINE_FAILURES = 1
    failed_for_good(request_refresh(base))
    Customer.objects.update(email="a@shop.example")
    process_changes()
    asked = request_refresh(base, requested_by=django_user_model.objects.create(username="boss"))
    cancel_run(asked)

    base.refresh_from_db()
    assert base.quarantined_at is None
    assert stored(base) != judged(base)
    assert base.is_stale
