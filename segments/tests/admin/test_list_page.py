"""The list of segments: what it shows, does to many at once, and costs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.clock import now
from segments.editing.saving import save_segment
from segments.engine.workers import MISSING_AFTER, note_alive
from segments.models import RefreshRun, Segment, Worker
from segments.refresh import refresh_segment
from segments.rules.definition import Definition
from segments.rules.starters import STARTERS
from segments.tests.admin.pages import LIST, VIEW, has_number, of

pytestmark = pytest.mark.django_db


def test_an_empty_list_offers_starters_and_makes_the_one_that_is_chosen(boss):
    html = boss.get(reverse(LIST)).content.decode()
    assert all(f'value="{starter.code}"' in html for starter in STARTERS)

    response = boss.post(reverse("admin:segments_segment_begin"), {"starter": "at-risk"})

    segment = Segment.objects.get()
    assert (segment.code, segment.created_by.username) == ("at-risk", "boss")
    assert response["Location"] == of(segment, "change")
    assert 'name="starter"' not in boss.get(reverse(LIST)).content.decode()


def test_all_starters_can_be_taken_at_once_and_unknown_ones_cannot(boss):
    begin = reverse("admin:segments_segment_begin")

    assert boss.post(begin, {"starter": "all"})["Location"] == reverse(LIST)
    assert Segment.objects.count() == len(STARTERS)
    assert boss.post(begin, {"starter": "none-such"}).status_code == 404


def test_an_empty_list_offers_nothing_to_who_may_not_make_segments(merchant):
    client = merchant(VIEW)

    assert 'name="starter"' not in client.get(reverse(LIST)).content.decode()
    begin = reverse("admin:segments_segment_begin")
    assert client.post(begin, {"starter": "all"}).status_code == 403
    assert not Segment.objects.exists()


def test_a_search_that_finds_nothing_says_so_and_offers_no_starters(boss, make_segment):
    make_segment()

    html = boss.get(reverse(LIST), {"q": "nothing-such"}).content.decode()

    assert "No segment fits" in html
    assert 'name="starter"' not in html


def test_the_list_shows_members_with_their_share_author_and_line(boss, make_customer, make_segment):
    for number in ("a", "b", "c", "d"):
        make_customer(number)
    segment = make_segment("One of four", has_number("a"))
    refresh_segment(segment)
    Segment.objects.update(created_by=User.objects.get(), created_at=now() - timedelta(days=5))

    html = boss.get(reverse(LIST)).content.decode()

    assert "25.0%" in html
    assert "by boss" in html
    assert 'aria-label="from 0 to 1 members in 6 days"' in html


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda segment: save_segment(segment, Definition("New"), author=None), "has changed"),
        (
            lambda segment: RefreshRun.objects.create(
                segment=segment, outcome="failed", created_at=now(), finished_at=now()
            ),
            "last refresh failed",
        ),
        (
            lambda segment: Segment.objects.update(refreshed_at=now() - timedelta(hours=37)),
            "Not refreshed for 1\xa0day",
        ),
    ],
)
def test_the_list_says_why_members_may_be_out_of_date(boss, make_segment, spoil, reason):
    segment = make_segment()
    refresh_segment(segment)
    assert "segment-stale" not in boss.get(reverse(LIST)).content.decode()

    spoil(segment)

    assert reason in boss.get(reverse(LIST)).content.decode()
    assert reason in boss.get(of(segment, "history")).content.decode()


def test_a_banner_stands_where_no_worker_is_seen(boss, make_segment):
    address = reverse(LIST)
    assert "No worker has been seen yet" in boss.get(address).content.decode()
    note_alive()
    assert "No worker" not in boss.get(address).content.decode()
    Worker.objects.update(seen_at=now() - MISSING_AFTER - timedelta(minutes=3))
    assert "No worker has been seen for 5\xa0minutes" in boss.get(address).content.decode()


def test_before_switching_off_a_segment_that_others_use_it_is_asked(boss, make_segment):
    used = make_segment("Used")
    make_segment("User", [{"attribute": "segment", "operator": "is", "value": "used"}])
    data = {"action": "deactivate_selected", "_selected_action": [used.pk]}

    asked = boss.post(reverse(LIST), data).content.decode()
    assert "“User” refers to “Used”" in asked
    assert Segment.objects.get(code="used").is_active

    boss.post(reverse(LIST), data | {"confirmed": "yes"})
    assert not Segment.objects.get(code="used").is_active
