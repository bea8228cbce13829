"""Journey, projection and benchmarks on their pages as long as nothing of them is kept."""

import pytest

from predictions.figures.single_computation import turn
from predictions.scoring.runs import score
from predictions.tests.admin.test_insights import VALUE, shown
from predictions.tests.admin.test_insights_computed import PAGE_OF, said, section
from predictions.tests.figures.test_projection import AS_OF, deployed, returning

__all__ = ["returning"]


def test_without_a_deployed_version_it_says_so(returning):
    returning(count=3)
    score(as_of=AS_OF)
    part = section(shown(VALUE), "projection")
    assert "There are no expected sales yet" in said(part) and "<form" not in part


@pytest.mark.parametrize("name", PAGE_OF)
def test_before_it_is_kept_that_is_said_and_it_can_be_worked_out(returning, name):
    returning(count=60)
    deployed()
    score(as_of=AS_OF)
    part = section(shown(PAGE_OF[name]), name)
    assert "It is not there yet." in said(part) and "<table" not in part
    part = section(shown(PAGE_OF[name], show=name), name)
    assert "<table" in part and "not there yet." not in said(part)
    # Somebody else has the turn.
    with turn():
        assert "try again" in said(section(shown(PAGE_OF[name], show=name), name))
