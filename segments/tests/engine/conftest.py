"""Segments of the engine's tests in the state from which several of its files go on."""

import pytest

from segments.engine import measuring
from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.tests.engine.harness import AT_SHOP

IN_BASE = [{"attribute": "segment", "operator": "is", "value": "base"}]


@pytest.fixture
def shop(make_customer, make_segment):
    """A segment and one that builds on it, both current; four customers, none of them a member."""
    for number in range(4):
        make_customer(f"{number}")
    segments = make_segment("Base", AT_SHOP), make_segment("Above", IN_BASE)
    for segment in segments:
        assert refresh_segment(segment).state == "completed"
    process_changes()
    sweep()
    return segments


@pytest.fixture
def seconds(monkeypatch, settings):
    """What each segment costs, by its code; nothing unless given. One second is costly."""
    found = {}
    settings.COSTLY_SECONDS = 1.0

    def measured(rule, **limits):
        code = Segment.objects.values_list("code", flat=True).get(pk=rule.segment_id)
        return found.get(code, 0.0)

    monkeypatch.setattr(measuring, "seconds_for_a_batch", measured)
    return found


@pytest.fixture
def lanes(make_segment, seconds):
    """A segment that is cheap and one that is costly, both current."""
    seconds["dear"] = 3.0
    both = make_segment("Cheap", AT_SHOP), make_segment("Dear", AT_SHOP)
    for segment in both:
        assert refresh_segment(segment).state == "completed"
        segment.refresh_from_db()
    process_changes()
    sweep()
    assert [segment.is_costly for segment in both] == [False, True]
    return both
