"""The Look-alikes page of a segment: its states, and the list that it saves."""

import pytest
from django.urls import reverse

from segments.models import Segment
from segments.tests.admin.pages import VIEW, text_of
from segments.tests.lookalikes.conftest import put_on_list
from tests.factories.clients import staff_user

pytestmark = pytest.mark.django_db


def address(segment, query="?size=20"):
    return reverse("admin:segments_segment_lookalikes", args=[segment.pk]) + query


@pytest.fixture
def merchant(client):
    """Return a function that logs in somebody with the given permissions only."""

    def log_in(*codenames):
        client.force_login(staff_user("merchant-" + "-".join(codenames), *codenames))
        return client

    return log_in


@pytest.fixture
def boss(merchant):
    return merchant(VIEW, "view_members", "add_segment")


def test_page_shows_how_good_each_size_is_and_saves_a_list(boss, members):
    assert boss.get(address(members, "")).context["found"] is None
    page = boss.get(address(members))
    found, lines = page.context["found"], page.context["lines"]
    assert [(one.size, one.is_chosen) for one in lines] == [(20, True), (50, False), (100, False)]
    assert lines[0].precision > found.chance
    assert "Look-alikes 20" in text_of(page)
    reply = boss.post(address(members), {"code": "alike", "name": "Alike"})
    saved = Segment.objects.get(code="alike")
    assert reply.url == reverse("admin:segments_segment_members", args=[saved.pk])
    assert (saved.name, saved.members_count, saved.is_active) == ("Alike", 20, True)
    again = boss.post(address(members), {"code": "alike"})
    assert again.context["save"].errors["code"]


def test_page_explains_why_there_is_no_answer(boss, members, bought):
    few = put_on_list("few", ["M1"])
    assert "1 member of the segment has bought something" in text_of(boss.get(address(few)))
    anybody = put_on_list("anybody", sorted(bought)[::2])
    assert "no better than chance" in text_of(boss.get(address(anybody)))
    refused = boss.post(address(anybody), {"code": "by-chance"})
    assert refused.context["save"].errors["reason"]
    assert boss.get(address(members, "?size=0")).context["form"].errors["size"]


def test_nobody_without_permission_saves_a_list(merchant, members):
    reader = merchant(VIEW, "view_members")
    assert "Save as a list" not in text_of(reader.get(address(members)))
    assert reader.post(address(members), {"code": "alike"}).status_code == 403
    assert merchant(VIEW).get(address(members)).status_code == 403
