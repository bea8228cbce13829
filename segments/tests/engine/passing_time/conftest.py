"""Segments that time has been looked at for."""

import pytest

from segments.engine.live_changes.changed_customers import process_changes
from segments.engine.live_changes.passing_time import sweep
from segments.refresh import refresh_segment


@pytest.fixture
def kept(make_segment):
    """Return a function that makes a segment of these conditions, right and swept now."""

    def make(*conditions, **values):
        segment = make_segment(conditions=list(conditions), **values)
        assert refresh_segment(segment).state == "completed"
        process_changes()
        sweep()
        process_changes()
        return segment

    return make
