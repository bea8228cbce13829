"""The hold-out's size is noted when it changes, and no result mixes two of them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from personalization.incremental_revenue.holdout_log import note_share, share_of
from personalization.models import HoldoutChange
from personalization.tasks import note_holdout
from personalization.tests.incremental_revenue.conftest import DAY, NOW
from predictions.refusals import Refused

pytestmark = pytest.mark.django_db


def test_a_change_is_noted_once_with_its_instant(settings, clock):
    note_holdout()
    clock.advance(minutes=1)
    note_holdout()
    settings.HOLDOUT_BASIS_POINTS = 100
    clock.advance(minutes=1)
    note_holdout()
    assert list(HoldoutChange.objects.order_by("number").values_list("basis_points", "at")) == [
        (5000, NOW),
        (100, NOW + timedelta(minutes=2)),
    ]


def test_of_two_who_note_the_same_change_one_does(settings, clock, monkeypatch):
    note_share()
    settings.HOLDOUT_BASIS_POINTS = 100
    # The other one noted it after this one had looked.
    HoldoutChange.objects.create(number=2, basis_points=100, at=NOW)
    first = HoldoutChange.objects.get(number=1)
    rows = SimpleNamespace(first=lambda: first)
    monkeypatch.setattr(HoldoutChange.objects, "order_by", lambda *_names: rows)
    note_share()
    monkeypatch.undo()
    assert HoldoutChange.objects.count() == 2


def test_the_share_of_a_period_is_that_of_then(settings):
    settings.HOLDOUT_BASIS_POINTS = 7
    assert share_of(NOW, NOW + DAY) == 7
    for number, share, at in ((1, 500, NOW), (2, 100, NOW + 10 * DAY)):
        HoldoutChange.objects.create(number=number, basis_points=share, at=at)
    # Of the time before the first row nothing else is known.
    assert share_of(NOW - 30 * DAY, NOW + DAY) == 500
    assert share_of(NOW, NOW + 10 * DAY) == 500
    assert share_of(NOW + 10 * DAY, NOW + 30 * DAY) == 100
    for since, until in (
        (NOW, NOW + 11 * DAY),
        (NOW + 10 * DAY - timedelta(microseconds=1), NOW + 10 * DAY + timedelta(microseconds=1)),
    ):
        with pytest.raises(Refused) as refused:
            share_of(since, until)
        assert refused.value.code == "holdout_changed"
        assert refused.value.details == {"changed_at": [(NOW + 10 * DAY).isoformat()]}


def test_a_period_that_spans_a_change_is_refused(settings, clock, asked):
    asked(metrics="revenue_lift")
    settings.HOLDOUT_BASIS_POINTS = 100
    clock.advance(days=3)
    asked(metrics="revenue_lift")  # It is noted now.
    clock.advance(days=1)
    found = asked(metrics="revenue_lift", from_="2026-04-01", status=409)
    assert (found["code"], found["changed_at"]) == (
        "holdout_changed",
        [(NOW + 3 * DAY).isoformat()],
    )
    # What does not compare is answered, and without a beginning it is that of the change.
    asked(metrics="exposures,clicks", from_="2026-04-01")
    assert asked(metrics="revenue_lift")["from"] == "2026-04-13T12:00:00Z"
