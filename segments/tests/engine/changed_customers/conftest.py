"""Segments that are kept current while customers change."""

import pytest

from segments.engine.live_changes.changed_customers import process_changes
from segments.refresh import refresh_segment


@pytest.fixture
def kept(make_segment):
    """Return a function that makes a segment that is kept current from now on."""

    def make(*args, **values):
        segment = make_segment(*args, **values)
        assert refresh_segment(segment).state == "completed"
        process_changes()
        return segment

    return make
