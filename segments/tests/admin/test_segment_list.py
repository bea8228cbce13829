"""The list of segments, what is done to many at once, and deleting."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from core.clock import now
from segments.models import RefreshRun, Segment, SegmentSize
from segments.refresh import refresh_segment
from segments.tests.admin.forms import page

pytestmark = pytest.mark.django_db


def test_the_list_shows_a_word_and_an_icon_and_costs_the_same_however_long(
    boss, make_segment, django_assert_max_num_queries
):
    address = reverse("admin:segments_segment_changelist")
    for number in range(3):
        make_segment(f"Segment {number}")
    boss.get(address)
    with CaptureQueriesContext(connection) as few:
        boss.get(address)
    for number in range(20):
        refresh_segment(make_segment(f"More {number}"))

    with CaptureQueriesContext(connection) as many:
        html = boss.get(address).content.decode()

    assert len(many) == len(few)
    assert '<span aria-hidden="true">✓</span> refreshed' in html
    assert "never refreshed" in html


def test_the_list_is_searched_whatever_the_case_and_filtered_by_status(boss, make_segment):
    make_segment("ÉLITE", code="one")
    refresh_segment(make_segment("Other", code="two"))
    address = reverse("admin:segments_segment_changelist")

    by_name = boss.get(address, {"q": "élite"}).context["cl"].result_list
    by_status = boss.get(address, {"status": "completed"}).context["cl"].result_list

    assert [segment.code for segment in by_name] == ["one"]
    assert [segment.code for segment in by_status] == ["two"]


@pytest.mark.parametrize(
    ("action", "check"),
    [
        ("refresh_selected", lambda: RefreshRun.objects.count() == 1),
        ("deactivate_selected", lambda: not Segment.objects.get(code="on").is_active),
        ("activate_selected", lambda: Segment.objects.get(code="off").is_active),
    ],
)
def test_actions_on_many_do_what_they_say(boss, make_segment, action, check):
    make_segment("On")
    make_segment("Off", handling={"is_active": False})

    boss.post(
        reverse("admin:segments_segment_changelist"),
        {"action": action, "_selected_action": [s.pk for s in Segment.objects.all()]},
        follow=True,
    )

    assert check()


def test_a_share_stands_apart_from_its_number(boss, make_customer, make_segment):
    """Catches a list that reads "2100%" where the values of a row follow each other."""
    make_customer("1")
    make_customer("2")
    refresh_segment(make_segment("All"))
    shown = strip_tags(boss.get(reverse("admin:segments_segment_changelist")).content.decode())
    assert "2 100.0%" in shown and "● active automatic" in shown


def test_selected_segments_are_compared_and_members_are_a_click_away(boss, make_segment):
    chosen = [make_segment("One"), make_segment("Two")]
    refresh_segment(chosen[0])
    address = reverse("admin:segments_segment_changelist")

    answer = boss.post(
        address, {"action": "compare_selected", "_selected_action": [one.pk for one in chosen]}
    )

    assert "segments=one" in answer.headers["Location"]
    assert len(boss.get(answer.headers["Location"]).context["overlap"].segments) == 2
    assert (
        reverse("admin:segments_segment_members", args=[chosen[0].pk])
        in boss.get(address).content.decode()
    )


def test_before_deleting_the_users_are_named_and_it_is_refused(boss, make_segment):
    used = make_segment("Used")
    make_segment("User", [{"attribute": "segment", "operator": "is", "value": "used"}])

    asked = boss.get(page("delete", used)).content.decode()
    boss.post(page("delete", used), {"post": "yes"})
    many = boss.post(
        reverse("admin:segments_segment_changelist"),
        {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"},
    )

    assert "“User” refers to “Used”" in asked
    assert "“User” refers to “Used”" in many.content.decode()
    assert Segment.objects.filter(pk=used.pk).exists()


def test_deleting_one_that_nobody_uses_takes_its_members_along(boss, make_customer, make_segment):
    make_customer()
    segment = make_segment()
    refresh_segment(segment)

    shown = boss.get(page("delete", segment)).content.decode()
    assert "Memberships (the customers stay): 1" in shown
    boss.post(page("delete", segment), {"post": "yes"})

    assert not Segment.objects.exists()


def test_tags_are_searched_filtered_by_and_changed_for_many(boss, make_segment):
    address = reverse("admin:segments_segment_changelist")
    make_segment("One", handling={"tags": ("Christmas",)})
    make_segment("Two")

    def codes(**given):
        return [one.code for one in boss.get(address, given).context["cl"].result_list]

    def act(action, tags):
        numbers = [segment.pk for segment in Segment.objects.all()]
        data = {"action": action, "_selected_action": numbers, "tags": tags}
        return boss.post(address, data, follow=True).content.decode()

    assert codes(q="christ") == codes(tag="christmas") == ["one"]
    assert "2 segments changed." in act("tag_selected", "vip, Christmas")
    assert codes(tag="Christmas") == codes(tag="vip") == ["one", "two"]
    assert "2 segments changed." in act("untag_selected", "VIP")
    assert codes(tag="vip") == []
    assert "Write the tags beside the action" in act("tag_selected", " , ")
    assert "A tag has 64 characters at most." in act("tag_selected", "x" * 65)


def test_many_are_copied_but_those_that_are_no_longer_valid(boss, make_segment):
    make_segment("One")
    Segment.objects.filter(pk=make_segment("Two").pk).update(conditions={"attribute": "gone"})

    html = boss.post(
        reverse("admin:segments_segment_changelist"),
        {
            "action": "duplicate_selected",
            "_selected_action": [segment.pk for segment in Segment.objects.all()],
        },
        follow=True,
    ).content.decode()

    assert "1 copy is made." in html
    assert "“Two” is not copied" in html
    assert set(Segment.objects.values_list("code", flat=True)) == {"one", "two", "copy-of-one"}


def test_the_list_is_sorted_by_members_and_by_how_they_changed(boss, make_segment, clock):
    for code, members, entered, left in (("a", 5, 1, 3), ("b", 9, 2, 0), ("c", 7, 0, 0)):
        segment = make_segment(code, code=code)
        Segment.objects.filter(pk=segment.pk).update(members_count=members, refreshed_at=now())
        for days, factor in ((0, 1), (6, 1), (7, 100)):
            SegmentSize.objects.create(
                segment=segment,
                day=clock.at.date() - timedelta(days=days),
                members_count=members,
                entered=entered * factor,
                left=left * factor,
            )

    def codes(order):
        page = boss.get(reverse("admin:segments_segment_changelist"), {"o": order})
        return [one.code for one in page.context["cl"].result_list], page.content.decode()

    # The box to tick is the first column.
    assert codes("-2")[0] == ["b", "c", "a"]
    by_change, html = codes("-3")
    assert by_change == ["b", "c", "a"]
    assert codes("3")[0] == ["a", "c", "b"]
    assert '<span class="segment-change">+4</span>' in html
    assert '<span class="segment-change">−4</span>' in html or ">-4</span>" in html


def test_a_button_copies_a_segment_and_save_as_new_what_was_made_of_it(boss, make_segment):
    segment = make_segment("One", [{"attribute": "customer.id", "operator": "is", "value": "1"}])

    response = boss.post(reverse("admin:segments_segment_duplicate", args=[segment.pk]))
    copy = Segment.objects.get(code="copy-of-one")
    assert response["Location"] == f"{page('change', copy)}?copied"

    form = {
        "name": "One",
        "applies_to": "registered",
        "refresh_mode": "auto",
        "is_active": "on",
        "priority": "0",
        "tags": "vip",
        "conditions": '{"match": "all", "conditions": [{"attribute": "customer.id",'
        ' "operator": "is", "value": "2"}]}',
        "opened_version": "1",
        "_saveasnew": "Save as new",
    }
    refused = boss.post(page("change", segment), form | {"conditions": "{}"})
    assert 'name="_saveasnew"' in refused.content.decode()
    assert 'name="_save"' not in refused.content.decode()

    response = boss.post(page("change", segment), form)

    made = Segment.objects.get(code="copy-of-one-2")
    assert response["Location"] == page("change", made)
    assert (made.name, made.conditions["conditions"][0]["value"]) == ("Copy of One", "2")
    assert [one.tag for one in made.tags.all()] == ["vip"]
    segment.refresh_from_db()
    assert (segment.version, segment.conditions["conditions"][0]["value"]) == (1, "1")


def test_who_may_not_add_segments_copies_none(merchant, make_segment):
    segment = make_segment("One")
    client = merchant("view_segment", "change_segment")

    html = client.get(page("change", segment)).content.decode()

    address = reverse("admin:segments_segment_duplicate", args=[segment.pk])
    assert address not in html
    assert "_saveasnew" not in html
    assert client.post(address).status_code == 403
    assert client.post(page("change", segment), {"_saveasnew": "1"}).status_code == 403
    assert Segment.objects.count() == 1
