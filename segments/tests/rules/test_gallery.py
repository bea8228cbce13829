"""The gallery and its starters: right in the language, choosing somebody, made once."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from conditions.parse import parse_tree
from customers.generate.shop import generate_shop
from segments.insight.previews.preview import preview
from segments.models import Segment
from segments.refresh import refresh_segment
from segments.rules.gallery import GROUPS, templates
from segments.rules.starters import STARTERS

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
TEMPLATES = templates()


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_each_template_is_valid_without_a_warning_and_can_be_said(template, make_segment):
    for code in template.needs:
        make_segment(code=code)
    root = parse_tree(template.conditions)

    assert root.warnings == ()
    assert root.sentence()
    assert root.json == template.conditions


def test_there_are_many_in_groups_each_once_and_each_with_its_use():
    every = [template for group in GROUPS for template in group.templates]

    assert len(every) == len(TEMPLATES) >= 30
    assert [group.code for group in GROUPS] == [
        *("grow", "keep", "win-back", "season", "email-hygiene", "b2b", "mail")
    ]
    for text in ("name", "description", "use"):
        assert len({str(getattr(one, text)) for one in every}) == len(every)


def test_each_template_chooses_somebody_and_none_everybody_in_a_made_up_shop():
    generate_shop(2_000, 1, UNTIL)

    found = {
        code: preview(one.conditions, applies_to=one.applies_to, as_of=UNTIL, limit=0)
        for code, one in TEMPLATES.items()
        # The shop has sent no mail, and nobody has been in a segment.
        if not one.needs and one not in GROUPS["mail"].templates
    }

    assert [code for code, one in found.items() if not one.count] == []
    assert [code for code, one in found.items() if one.count == one.scope_count] == []


def test_the_starters_are_created_once_and_can_be_refreshed():
    call_command("create_starter_segments", verbosity=0)
    Segment.objects.filter(code="at-risk").update(name="Ours now")
    call_command("create_starter_segments", verbosity=0)

    assert Segment.objects.count() == len(STARTERS) == 10
    assert Segment.objects.get(code="at-risk").name == "Ours now"
    assert {refresh_segment(segment).state for segment in Segment.objects.all()} == {"completed"}
