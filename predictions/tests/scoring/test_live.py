"""Scores follow what happens: who waits is scored again, and segments follow the scores."""

from datetime import timedelta

import pytest

from core import clock
from customers.merging import merge_guest
from customers.models import (
    Consent,
    ConsentState,
    Customer,
    DirtyCustomer,
    Order,
    Orders,
    Purpose,
)
from customers.privacy.erasing import go_on, request_erasure
from predictions.models import CustomerPrediction, PredictionModel, ScoringRun, WaitingCustomer
from predictions.scoring.live import rescore_changed
from predictions.scoring.runs import score
from segments.editing.saving import create_segment, save_segment
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_changes
from segments.membership import is_member
from segments.models import Membership
from segments.refresh import refresh_segment
from segments.rules.definition import Definition


def segment_of(attribute, operator, *value, name="Asked"):
    node = {"attribute": attribute, "operator": operator}
    tree = {"match": "all", "conditions": [node | ({"value": value[0]} if value else {})]}
    definition = Definition(name, conditions=tree, applies_to="both")
    segment = create_segment(definition, author=None).segment
    refresh_segment(segment)
    return segment


def members(segment):
    rows = Membership.objects.filter(segment=segment).order_by("customer")
    return list(rows.values_list("customer__external_id", flat=True))


def settle():
    """Let everything that waits be done, until nothing does."""
    for _n in range(5):
        process_changes()
        rescore_changed()
    process_changes()
    assert not DirtyCustomer.objects.exists()
    assert not WaitingCustomer.objects.exists()


@pytest.fixture
def two(db, make_customer, make_order):
    """Two buyers, scored."""
    for number, days in (("A", 10), ("B", 200)):
        make_order(make_customer(number), clock.now() - timedelta(days=days))
    settle()
    score()
    return [Customer.objects.get(external_id=number) for number in "AB"]


def test_the_erased_wait_for_no_score(db, make_customer):
    customer = make_customer("A")
    key = customer.pk
    Customer.objects.filter(pk=key).update(first_name="Ada")
    go_on(request_erasure(customer, Orders.ANONYMIZE, author=None).pk)
    process_changes()
    assert not WaitingCustomer.objects.filter(pk=key).exists()


def test_an_order_moves_its_customer_alone(two, make_order):
    a, b = two
    again = segment_of("prediction.journey_stage", "is", "repeat")
    others = CustomerPrediction.objects.get(pk=b.pk)
    assert members(again) == []
    make_order(a, clock.now() - timedelta(hours=1))
    settle()
    assert members(again) == ["A"]
    assert again.changes.latest("sequence").reason == "score"
    unchanged = CustomerPrediction.objects.get(pk=b.pk)
    assert (unchanged.rfm_as_of, unchanged.frequency_score) == (
        others.rfm_as_of,
        others.frequency_score,
    )
    # By the limits of the last full scoring: nobody had two orders then.
    assert CustomerPrediction.objects.get(pk=a.pk).frequency_score == 1
    score()
    settle()
    assert CustomerPrediction.objects.get(pk=a.pk).frequency_score == 3


def test_only_those_are_marked_for_whom_a_condition_turned(two, make_order):
    a, _b = two
    segment_of("habits.discount_share", "gt", "0.5")
    make_order(a, clock.now() - timedelta(hours=1), coupon_code="X")
    process_changes()
    rescore_changed()
    # Half of the orders now: not more than half.
    assert CustomerPrediction.objects.get(pk=a.pk).discount_share == 1 / 2
    assert not DirtyCustomer.objects.exists()
    make_order(a, clock.now() - timedelta(hours=1), coupon_code="X")
    process_changes()
    rescore_changed()
    assert list(DirtyCustomer.objects.values_list("customer_id", flat=True)) == [a.pk]


def test_a_comparison_with_another_attribute_may_turn_with_any_change(two, make_order):
    a, _b = two
    segment = segment_of(
        "rfm.recency_score", "gt", {"attribute": "lifetime.number_of_orders", "times": "2"}
    )
    assert members(segment) == ["A"]
    make_order(a, clock.now() - timedelta(hours=1))
    settle()
    assert members(segment) == []


def test_inactive_segments_ask_nothing(two, make_order):
    a, _b = two
    segment = segment_of("prediction.journey_stage", "is", "repeat")
    type(segment).objects.update(is_active=False)
    make_order(a, clock.now() - timedelta(hours=1))
    process_changes()
    rescore_changed()
    assert not DirtyCustomer.objects.exists()


def test_who_refuses_loses_their_scores_and_memberships(two):
    a, _b = two
    segment = segment_of("prediction.journey_stage", "is_not_empty")
    assert members(segment) == ["A", "B"]
    Consent.objects.create(
        customer=a,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=clock.now(),
    )
    settle()
    assert members(segment) == ["B"]
    assert list(CustomerPrediction.objects.values_list("customer__external_id", flat=True)) == ["B"]


def test_switched_off_only_refusals_are_looked_at(two, make_order, settings):
    settings.PREDICTIONS_LIVE_MINUTES = 0
    a, b = two
    make_order(a, clock.now() - timedelta(hours=1))
    Customer.objects.filter(pk=b.pk).update(is_active=False)
    settle()
    (row,) = CustomerPrediction.objects.all()
    assert (row.pk, row.journey_stage) == (a.pk, "first_order")


def test_who_comes_is_scored(two, make_customer):
    segment = segment_of("prediction.journey_stage", "is", "registered")
    make_customer("C")
    settle()
    assert members(segment) == ["C"]


def test_at_first_everybody_is_owed_a_score(db, make_customer):
    make_customer("A")
    DirtyCustomer.objects.all().delete()
    assert rescore_changed() == 1
    assert CustomerPrediction.objects.get().journey_stage == "registered"
    assert ScoringRun.objects.count() == 1
    assert rescore_changed() == 0
    assert ScoringRun.objects.count() == 1


def test_a_flood_owes_everybody_a_score(two, make_order, monkeypatch):
    a, _b = two
    make_order(a, clock.now() - timedelta(hours=1))
    monkeypatch.setattr(changed_customers, "is_flood", lambda marks: True)
    changed_customers.process_batch()
    assert not PredictionModel.objects.filter(is_owed=False).exists()
    monkeypatch.undo()
    rescore_changed()
    assert not PredictionModel.objects.filter(is_owed=True).exclude(deployed=None).exists()
    assert CustomerPrediction.objects.get(pk=a.pk).journey_stage == "repeat"


def test_a_segment_that_is_saved_meanwhile_is_not_forgotten(two, make_order, monkeypatch):
    """Its refresh may have seen the rows before a batch wrote them, which knew nothing of it."""
    from predictions.scoring import runs as scoring

    a, _b = two
    make_order(a, clock.now() - timedelta(hours=1))
    DirtyCustomer.objects.all().delete()
    write = scoring.write_scores

    def saved_meanwhile(*of):
        write(*of)
        segment_of("prediction.journey_stage", "is", "repeat")

    monkeypatch.setattr(scoring, "write_scores", saved_meanwhile)
    score()
    assert DirtyCustomer.objects.filter(customer_id=None).exists()


def test_a_segment_that_is_known_marks_nobody_for_itself(two):
    segment = segment_of("prediction.journey_stage", "is", "repeat")
    save_segment(segment, Definition("Other name", conditions=segment.conditions), author=None)
    score()
    assert not DirtyCustomer.objects.filter(customer_id=None).exists()


def test_a_guests_scores_go_with_the_guest(two, make_customer, make_order):
    a, _b = two
    guest = make_customer("G", kind="guest")
    make_order(guest, clock.now() - timedelta(days=1))
    settle()
    score()
    before = CustomerPrediction.objects.get(pk=a.pk)
    merge_guest(guest, a)
    assert not CustomerPrediction.objects.filter(pk=guest.pk).exists()
    assert CustomerPrediction.objects.get(pk=a.pk).frequency_score == before.frequency_score
    settle()
    assert CustomerPrediction.objects.get(pk=a.pk).journey_stage == "repeat"


def test_a_deleted_customer_leaves_nothing(two):
    a, _b = two
    Order.objects.filter(customer=a).delete()
    key = a.pk
    a.delete()
    settle()
    assert not CustomerPrediction.objects.filter(pk=key).exists()


def test_the_till_asks_for_the_score_of_now(two, make_order, make_customer):
    a, b = two
    segment = segment_of("prediction.journey_stage", "is", "repeat")
    new = make_customer("C")
    assert [is_member(one, segment.code) for one in (a, b, new)] == [False, False, False]
    make_order(a, clock.now() - timedelta(hours=1))
    settle()
    assert [is_member(one, segment.code) for one in (a, b, new)] == [True, False, False]


def test_who_changes_while_they_are_scored_waits_again(two, make_order, monkeypatch):
    from predictions.scoring import live

    a, _b = two
    write = live.write_scores

    def changed_meanwhile(*of):
        write(*of)
        live.note_changed(customers=[a.pk])

    live.note_changed(customers=[a.pk])
    monkeypatch.setattr(live, "write_scores", changed_meanwhile)
    live._rescore_batch()
    assert list(WaitingCustomer.objects.values_list("pk", flat=True)) == [a.pk]
