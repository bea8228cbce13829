"""Intersections of segments' stored members."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segments.insight.overlap import overlap
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def tagged(make_customer, make_segment):
    """Return a function that makes a segment of the customers with these numbers."""
    for number in "abcdef":
        make_customer(number)

    def make(*numbers):
        value = list(numbers) or ["nobody"]
        segment = make_segment(
            name="".join(numbers) or "none",
            conditions=[{"attribute": "customer.id", "operator": "is_one_of", "value": value}],
        )
        refresh_segment(segment)
        return segment

    return make


def figures(found):
    return {
        "+".join(one.code for one in part.segments): (part.count, part.only)
        for part in found.intersections
    }


def test_every_intersection_is_counted_in_one_statement(tagged):
    segments = [tagged(*"abcd"), tagged(*"cde"), tagged(*"d"), tagged()]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = overlap(segments)

    assert len(queries) == 1
    assert len(found.intersections) == 2**4 - 1
    assert {name: pair for name, pair in figures(found).items() if any(pair)} == {
        "abcd": (4, 2),
        "cde": (3, 1),
        "d": (1, 0),
        "abcd+cde": (2, 1),
        "abcd+d": (1, 0),
        "cde+d": (1, 0),
        "abcd+cde+d": (1, 1),
    }
    assert found.total == 5
    assert found.shared_by(segments[1], segments[0]).count == 2
    assert found.shared_by(segments[2]).count == segments[2].memberships.count()


def test_six_segments_are_sixty_three_intersections(tagged):
    found = overlap([tagged(letter, "f") for letter in "abcde"] + [tagged("f")])

    assert len(found.intersections) == 63
    assert found.intersections[-1].count == 1
    assert found.total == 6


def test_one_seven_and_the_same_twice_are_refused(tagged):
    one, other = tagged("a"), tagged("b")

    for segments in ([one], [one, other, one], [tagged(*"ab"[:n], "c") for n in range(3)] * 3):
        with pytest.raises(ValueError):
            overlap(segments)
