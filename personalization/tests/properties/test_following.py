"""Segments follow the data of behaviours, and what is declared of it."""

import pytest
from django.db import connection

from core import clock
from customers.refolding import refold_unchecked
from personalization.models import BehaviorEvent
from personalization.properties.resource import BEHAVIOR_PROPERTIES
from segments.engine.live_changes.changed_customers import process_changes
from segments.models import Membership
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

NAMED = {"attribute": "behavior.result", "operator": "is_not_empty"}


@pytest.fixture
def members():
    """Return a function that processes what changed and returns the members of a segment."""

    def current(segment):
        process_changes()
        rows = Membership.objects.filter(segment=segment).order_by("customer")
        return list(rows.values_list("customer__external_id", flat=True))

    return current


def declare(**more):
    document = {"key": "result", "label": "Result", "type": "choice", **more}
    return BEHAVIOR_PROPERTIES.create(document, author=None).row


def test_segments_are_refreshed_that_name_a_property_whose_values_change(
    make_customer, make_segment, members, doing
):
    customer = make_customer("C1")
    row = declare()
    segment = make_segment("Quizzed", [NAMED])
    within = make_segment(
        "Within", [{"attribute": "segment", "operator": "is", "value": "quizzed"}]
    )
    other = make_segment("Other", [{"attribute": "behavior.type", "operator": "is", "value": "a"}])
    for one in (segment, within, other):
        refresh_segment(one)

    def owed():
        owed = {one.code for one in (segment, within, other) if one.runs.unfinished().exists()}
        for one in (segment, within):
            refresh_segment(one)
        return owed, members(segment), members(within)

    event = doing.behave(customer, clock.now(), "quiz")
    assert members(segment) == []
    BehaviorEvent.objects.filter(pk=event.pk).update(data={"result": "pass"})
    assert members(segment) == members(within) == ["C1"]
    row = BEHAVIOR_PROPERTIES.change(row, {"label": "Outcome"}, author=None).row
    assert owed() == (set(), ["C1"], ["C1"])
    row = BEHAVIOR_PROPERTIES.change(row, {"options": ["fail"]}, author=None).row
    assert owed() == ({"quizzed", "within"}, [], [])
    # Gone past the resource and declared anew.
    row.delete()
    declare(options=["pass"])
    assert owed() == ({"quizzed", "within"}, ["C1"], ["C1"])


def test_texts_that_sql_writes_are_folded(make_customer, make_segment, members, doing):
    customer = make_customer("C1")
    node = {"attribute": "behavior.path", "operator": "is", "value": "/STRAßE-ÄÖ"}
    segment = make_segment("Street", [node])
    refresh_segment(segment)
    event = doing.behave(customer, clock.now(), "page_viewed")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE personalization_behaviorevent SET data = %s WHERE id = %s",
            ['{"path": "/straße-äö"}', event.pk],
        )
    refold_unchecked()
    assert members(segment) == ["C1"]
    event.refresh_from_db()
    assert event.data_folded == '{"path": "/stra\\u00dfe-\\u00e4\\u00f6"}'
    event.data = {"path": "/strasse"}
    event.save()
    assert (event.data_folded, members(segment)) == ("", [])
