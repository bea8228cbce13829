"""Segments of the engine's tests in the state from which several of its files go on."""

import pytest

from segments.engine.changed_customers import process_changes
from segments.engine.passing_time import sweep
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
