"""Tags: what may be one, how it is spelled, given to many and taken away."""

import pytest

from customers.models import AuditEntry
from segments.editing.saving import InvalidDefinition, create_segment, save_segment
from segments.editing.tagging import InvalidTag, add_tags, remove_tags, settled_tags, tags_in
from segments.models import Segment, SegmentTag
from segments.rules.definition import Definition, Handling, definition_of, tags_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def tagged(name, *tags):
    return create_segment(Definition(name), Handling(tags=tags), author=None).segment


def stored(code):
    return tags_of(Segment.objects.get(code=code))


def test_tags_are_stored_by_the_alphabet_once_each_without_needless_spaces():
    tagged("One", "vip", "  Black   Friday ", "VIP", "")

    assert stored("one") == ("Black Friday", "vip")


def test_a_tag_that_others_have_is_spelled_as_theirs_and_ones_own_can_be_spelled_anew():
    one = tagged("One", "Vip")
    save_segment(one, definition_of(one), Handling(tags=("VIP",)), author=None)
    assert stored("one") == ("VIP",)

    tagged("Two", "vip")
    assert stored("two") == ("VIP",)


@pytest.mark.parametrize("tag", ["a" * 65, "a,b", "a|b", "a\0b", "\ud800"])
def test_what_is_no_tag_is_refused_wherever_it_comes_from(tag):
    segment = tagged("One", "vip")

    with pytest.raises(InvalidDefinition) as refused:
        save_segment(segment, Definition("One"), Handling(tags=(tag,)), author=None)
    assert [problem.path for problem in refused.value.by_field["tags"]] == ["tags[0]"]
    with pytest.raises(InvalidTag):
        add_tags([segment], [tag], author=None)
    assert stored("one") == ("vip",)


def test_a_segment_has_twenty_tags_at_most():
    segment = tagged("One", *(str(number) for number in range(20)))

    with pytest.raises(InvalidTag):
        add_tags([segment], ["one more"], author=None)
    assert len(stored("one")) == 20
    assert settled_tags(map(str, range(21)))[1][0].code == "too_many"


def test_many_get_tags_besides_their_own_and_lose_them_and_it_is_noted():
    one, two = tagged("One", "vip"), tagged("Two")

    assert add_tags([one, two], ["VIP", "summer"], author=None) == 2
    assert add_tags([one, two], ["summer"], author=None) == 0
    assert (stored("one"), stored("two")) == (("summer", "vip"), ("summer", "vip"))
    assert remove_tags([one, two], ["Summer"], author=None) == 2
    assert stored("two") == ("vip",)
    assert AuditEntry.objects.latest("pk").after == {"tags": ["vip"]}


def test_saving_without_handling_keeps_tags_and_they_go_with_their_segment():
    segment = tagged("One", "vip")
    save_segment(segment, Definition("Other"), author=None)
    assert stored("one") == ("vip",)
    assert Segment.objects.get().version == 2

    segment.delete()
    assert not SegmentTag.objects.exists()


def test_tags_of_a_line_stand_between_commas():
    assert tags_in(" vip , , Black Friday,") == ("vip", "Black Friday")
