"""What a segment costs is measured and said, and costly refreshes go one at a time."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse

from segments.editing.saving import save_segment
from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.lease import claim
from segments.models import RefreshRun, Segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.rules.evaluation import cost
from segments.rules.evaluation.rule import rule_of
from segments.tests.engine.harness import AT_SHOP

pytestmark = pytest.mark.django_db


# What it costs ----------------------------------------------------------------------------------


def test_each_definition_is_measured_once_a_day(make_segment, seconds, clock):
    segment = make_segment("One", AT_SHOP)
    found = []
    for code_seconds, step, name in (
        (1.5, 0, "One"),
        (2.5, 0, "One"),
        (3.5, 0, "Two"),
        (4.5, 23, "Two"),
        (5.5, 2, "Two"),
    ):
        seconds["one"] = code_seconds
        clock.advance(hours=step)
        save_segment(segment, Definition(name), author=None)
        refresh_segment(segment)
        segment.refresh_from_db()
        found.append(segment.batch_seconds)
    assert found == [1.5, 1.5, 3.5, 3.5, 5.5]


def test_segments_of_a_statement_that_takes_long_are_measured_again(
    clock, make_customer, lanes, seconds, monkeypatch
):
    cheap, _dear = lanes
    seconds["cheap"] = 9.0
    monkeypatch.setattr(changed_customers, "EXPECTED", -1.0)
    for minutes, expected in ((5, 0.0), (6, 9.0)):
        clock.advance(minutes=minutes)
        make_customer()
        process_batch()
        cheap.refresh_from_db()
        assert cheap.batch_seconds == expected


def test_a_real_measurement_asks_the_database_and_writes_nothing(
    make_customer, make_segment, settings
):
    for number in range(5):
        make_customer(f"{number}")
    segment = make_segment("One", AT_SHOP)
    refresh_segment(segment)
    segment.refresh_from_db()
    assert 0 < segment.batch_seconds < cost.LONGEST
    assert segment.batch_version == 1

    settings.COSTLY_SECONDS = 0.0
    assert segment.is_costly
    assert list(Segment.objects.costly()) == [segment]


def test_without_customers_there_is_nothing_to_measure(make_segment):
    segment = make_segment("One", AT_SHOP)
    assert refresh_segment(segment).state == "completed"


@pytest.mark.parametrize(
    ("batch", "rest"), [(0.1, 2), (0.2, 2), (1.0, 10), (9.0, 90), (1000.0, 600)]
)
def test_the_rest_grows_with_the_cost_within_bounds(batch, rest):
    assert cost.rest_of(batch) == timedelta(seconds=rest)


# Refreshes --------------------------------------------------------------------------------------


def test_costly_segments_are_refreshed_one_at_a_time(lanes, make_segment, seconds):
    seconds["other"] = 3.0
    cheap, dear = lanes
    other = make_segment("Other", AT_SHOP)
    refresh_segment(other)
    held = request_refresh(dear)
    claim(held.pk)
    waiting, free = request_refresh(other), request_refresh(cheap)

    assert execute_run(waiting).state == "queued"
    assert execute_run(free).state == "completed"
    # Whoever waits for the answer gets it.
    assert refresh_segment(other).state == "completed"

    again = request_refresh(other)
    RefreshRun.objects.filter(pk=held.pk).update(lease_expires_at=None)
    assert execute_run(again).state == "completed"


def test_when_a_costly_refresh_ends_the_next_is_woken_at_once(lanes, make_segment, seconds):
    seconds["other"] = 3.0
    dear = lanes[1]
    other = make_segment("Other", AT_SHOP)
    refresh_segment(other)
    waiting = request_refresh(other)
    execute_run(request_refresh(dear))

    waiting.refresh_from_db()
    assert waiting.woken_at is None


# What is said of it -----------------------------------------------------------------------------


def test_a_segment_says_that_it_is_costly_on_its_page_and_in_the_api(lanes, admin_client):
    for segment, is_costly in zip(lanes, (False, True), strict=True):
        page = admin_client.get(reverse("admin:segments_segment_history", args=[segment.pk]))
        told = admin_client.get(reverse("api:segment", args=[segment.code])).json()
        assert ("These conditions take long to check" in page.content.decode()) == is_costly
        assert told["is_costly"] == is_costly


def test_a_preview_of_many_conditions_says_what_they_cost(admin_client, seconds, monkeypatch):
    monkeypatch.setattr(cost, "seconds_for_a_batch", lambda rule, **limits: 3.0)
    said = []
    for number in (1, cost.MANY_NODES):
        tree = {"match": "all", "conditions": AT_SHOP * number}
        body = {"conditions": tree, "counts": True}
        address = reverse("api:preview")
        reply = admin_client.post(address, body, content_type="application/json").json()
        said.append(reply["costly"])
    assert said[0] == ""
    assert "every 30 seconds" in said[1]


def test_what_cannot_be_measured_in_time_is_not_said(make_segment, settings):
    settings.COSTLY_SECONDS = 0.0
    tree = {"match": "all", "conditions": AT_SHOP * cost.MANY_NODES}
    rule = rule_of(make_segment("Many", tree["conditions"]))
    assert cost.cost_of_unsaved(rule, time.monotonic() - 1) is None
    assert cost.cost_of_unsaved(rule, time.monotonic() + 60) > 0
    assert cost.cost_sentence(None) == ""
