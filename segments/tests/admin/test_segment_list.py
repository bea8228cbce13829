"""The list of segments, what is done to many at once, and deleting."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.models import RefreshRun, Segment
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

    assert "Members: 1" in boss.get(page("delete", segment)).content.decode()
    boss.post(page("delete", segment), {"post": "yes"})

    assert not Segment.objects.exists()
