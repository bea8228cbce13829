"""The shop of two tastes, and its segment of members."""

import pytest

from segments.editing.lists import Verb, change_list
from segments.editing.saving import create_segment
from segments.models import Segment
from segments.rules.definition import Definition, Handling
from segments.tests.editing.test_lists import numbers
from segments.tests.lookalikes.shop import MEMBERS, make_shop


def put_on_list(code, names, **definition):
    """Return a new segment with a list of these customers."""
    segment = create_segment(
        Definition(name=code.title(), **definition),
        Handling(refresh_mode="list"),
        code=code,
        author=None,
    ).segment
    change_list(segment, Verb.ADD, numbers(*names), author=None)
    return segment


@pytest.fixture(scope="module")
def bought(rows_for_all):
    bought = make_shop()
    put_on_list("members", [f"M{number}" for number in range(MEMBERS)])
    return bought


@pytest.fixture
def members(bought):
    return Segment.objects.get(code="members")
