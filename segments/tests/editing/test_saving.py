"""Saving definitions: all problems at once, nothing half stored, every version kept."""

import pytest

from customers.models import CustomerGroup, Website
from segments.api.urls import urlpatterns
from segments.editing.resource import SEGMENTS
from segments.editing.saving import (
    RESERVED_CODES,
    InvalidDefinition,
    VersionConflict,
    create_segment,
    save_segment,
)
from segments.models import Segment, SegmentVersion
from segments.rules.definition import Definition, Handling, definition_of

pytestmark = pytest.mark.django_db

TREE = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": 500}],
}


def test_a_tree_is_stored_in_its_canonical_form_as_version_one():
    segment = create_segment(Definition("Big spenders", conditions=TREE), author=None).segment

    segment.refresh_from_db()
    assert (segment.code, segment.version) == ("big-spenders", 1)
    assert segment.conditions["conditions"][0]["value"] == "500"
    assert segment.versions.get().definition["conditions"] == segment.conditions


def test_a_second_segment_of_a_name_gets_another_code():
    codes = [create_segment(Definition("Best"), author=None).segment.code for _ in range(3)]

    assert codes == ["best", "best-2", "best-3"]


def test_a_name_without_latin_letters_still_gives_a_code():
    assert create_segment(Definition("最好的"), author=None).segment.code == "segment"


def test_a_code_that_is_an_address_of_the_api_is_refused_and_never_made():
    reserved = {
        pattern.pattern._route.split("/")[1]
        for pattern in urlpatterns
        if str(getattr(pattern.pattern, "_route", "")).startswith("segments/")
    }
    reserved = {word for word in reserved if word and "<" not in word}
    assert reserved == RESERVED_CODES
    for code in reserved:
        with pytest.raises(InvalidDefinition) as caught:
            create_segment(Definition("Any"), code=code, author=None)
        assert [one.code for one in caught.value.by_field["code"]] == ["reserved"]
        named = create_segment(Definition(code.title()), author=None).segment
        assert named.code == f"{code}-2"


def test_all_problems_are_reported_at_once_and_nothing_is_stored():
    bad = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}
    definition = Definition(
        " ", conditions=bad, websites=("default", "nowhere"), applies_to="everyone"
    )

    with pytest.raises(InvalidDefinition) as caught:
        create_segment(definition, Handling(refresh_mode="often"), code="Not A Code", author=None)

    problems = caught.value.by_field
    assert set(problems) == {
        "name",
        "code",
        "conditions",
        "websites",
        "applies_to",
        "refresh_mode",
    }
    assert problems["websites"][0].path == "websites[1]"
    assert problems["conditions"][0].path == "conditions[0].attribute"
    assert not Segment.objects.exists()


def test_a_change_makes_a_version_and_no_change_makes_none():
    segment = create_segment(Definition("Best", conditions=TREE), author=None).segment

    same = save_segment(segment, definition_of(segment), author=None)
    changed = save_segment(
        segment, Definition("Better", conditions=TREE, websites=("default",)), author=None
    )

    assert (same.changed, changed.changed, changed.segment.version) == (False, True, 2)
    assert [website.code for website in changed.segment.websites.all()] == ["default"]
    assert SegmentVersion.objects.count() == 2
    assert Segment.objects.get().name_folded == "better"


def test_handling_alone_makes_no_version():
    segment = create_segment(Definition("Best"), author=None).segment

    saved = save_segment(
        segment, definition_of(segment), Handling(is_active=False, priority=3), author=None
    )

    segment.refresh_from_db()
    assert (saved.changed, segment.version) == (False, 1)
    assert (segment.is_active, segment.priority) == (False, 3)


def test_saving_over_a_newer_version_is_a_conflict_and_loses_nothing():
    segment = create_segment(Definition("Best"), author=None).segment
    save_segment(segment, Definition("Theirs"), author=None, opened_version=1)

    with pytest.raises(VersionConflict) as caught:
        save_segment(segment, Definition("Mine"), author=None, opened_version=1)

    assert caught.value.segment.version == 2
    assert Segment.objects.get().name == "Theirs"


def test_an_older_version_can_be_restored_as_the_newest():
    CustomerGroup.objects.create(code="vip", name="VIP")
    first = Definition("Best", conditions=TREE, customer_groups=("vip",), description="d")
    segment = create_segment(first, author=None).segment
    save_segment(segment, Definition("Other"), author=None)

    restored = SEGMENTS.restore(segment, 1, author=None).row

    assert restored.version == 3
    assert restored.versions.get(number=3).definition == restored.versions.get(number=1).definition


def test_a_version_whose_website_is_gone_is_not_restored():
    website = Website.objects.create(code="gone", name="Gone")
    segment = create_segment(Definition("Best", websites=("gone",)), author=None).segment
    save_segment(segment, Definition("Best"), author=None)
    website.delete()

    with pytest.raises(InvalidDefinition, match="gone"):
        SEGMENTS.restore(segment, 1, author=None)


def test_a_segment_may_not_refer_to_itself():
    segment = create_segment(Definition("Best"), author=None).segment
    tree = {
        "match": "all",
        "conditions": [{"attribute": "segment", "operator": "is", "value": "best"}],
    }

    with pytest.raises(InvalidDefinition):
        save_segment(segment, Definition("Best", conditions=tree), author=None)
