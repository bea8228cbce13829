"""The starters: right in the language, made once, found again."""

import pytest
from django.core.management import call_command

from conditions.parse import parse_tree
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.rules.starters import STARTERS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.code)
def test_each_starter_is_valid_without_a_warning(starter):
    assert parse_tree(starter.conditions).warnings == ()


def test_they_are_created_once_and_can_be_refreshed():
    call_command("create_starter_segments", verbosity=0)
    Segment.objects.filter(code="at-risk").update(name="Ours now")
    call_command("create_starter_segments", verbosity=0)

    assert Segment.objects.count() == 10
    assert Segment.objects.get(code="at-risk").name == "Ours now"
    assert {refresh_segment(segment).state for segment in Segment.objects.all()} == {"completed"}
