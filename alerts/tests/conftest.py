"""Segments with a history of sizes, as the refreshes of earlier days have left it."""

from datetime import timedelta

import pytest

from segments.models import Segment, SegmentSize


@pytest.fixture
def with_sizes(make_segment, clock):
    """Return a function that stores a segment with a steady size on the days before today."""

    def make(name="VIP", *, size=1_000, days=60, today=None):
        segment = make_segment(name)
        day = clock.at.date()
        SegmentSize.objects.bulk_create(
            SegmentSize(
                segment=segment,
                day=day - timedelta(days=back),
                members_count=size + (back * 7) % 11,
                entered=0,
                left=0,
            )
            for back in range(1, days + 1)
        )
        Segment.objects.filter(pk=segment.pk).update(
            members_count=size if today is None else today,
            members_version=segment.version,
            refreshed_at=clock.at,
            created_at=clock.at - timedelta(days=days + 1),
        )
        segment.refresh_from_db()
        return segment

    return make
