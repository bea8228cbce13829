"""The page of templates: what it offers, how many each would choose, and what is made of one."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.models import Segment
from segments.rules.gallery import GROUPS, templates
from segments.tests.admin.pages import VIEW, of, text_of

pytestmark = pytest.mark.django_db

PAGE = "admin:segments_segment_templates"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


def count(code):
    return reverse("admin:segments_segment_template_count", args=[code])


def test_all_templates_stand_there_with_their_use_and_nothing_is_counted(boss):
    with CaptureQueriesContext(connection) as asked:
        response = boss.get(reverse(PAGE))

    said = text_of(response)
    for group in GROUPS:
        assert str(group.name) in said
        for template in group.templates:
            assert str(template.name) in said
            assert f'data-count="{count(template.code)}"' in response.content.decode()
    assert not [one for one in asked if "customers_customer" in one["sql"]]


def test_how_many_a_template_chooses_is_counted_once(boss, make_customer):
    make_customer("1", email="one@shop.example")
    make_customer("2", email="")

    assert boss.get(count("no-email-address")).json() == {"said": "1 customer (50%)"}
    make_customer("3", email="")
    assert boss.get(count("no-email-address")).json() == {"said": "1 customer (50%)"}
    assert boss.get(count("none-such")).status_code == 404


def test_a_count_without_a_free_turn_is_to_be_asked_for_again(boss, settings):
    settings.PREVIEWS_PER_USER = 0
    refused = boss.get(count("at-risk"))
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")

    settings.PREVIEWS_PER_USER = 1
    assert boss.get(count("at-risk")).json() == {"said": "0 customers"}


def test_who_may_neither_count_nor_make_segments_reads(merchant):
    client = merchant(VIEW)
    html = client.get(reverse(PAGE)).content.decode()

    assert "data-count" not in html
    assert 'name="starter"' not in html
    assert client.get(count("at-risk")).status_code == 403


def test_a_template_is_made_once_with_its_scope_and_opened_from_then_on(boss):
    begin = reverse("admin:segments_segment_begin")

    response = boss.post(begin, {"starter": "guests-who-ordered"})

    segment = Segment.objects.get()
    assert response["Location"] == of(segment, "change")
    assert (segment.applies_to, segment.conditions) == (
        "guest",
        templates()["guests-who-ordered"].conditions,
    )
    html = boss.get(reverse(PAGE)).content.decode()
    assert of(segment, "change") in html
    assert 'value="guests-who-ordered"' not in html
    assert boss.post(begin, {"starter": "none-such"}).status_code == 404


def test_a_template_that_names_another_segment_is_made_with_it(boss):
    """Catches a template whose conditions name a segment that the shop has not."""
    said = boss.get(count("at-risk-for-30-days")).json()["said"]
    assert said == "“At risk” is made with it, and fills first."

    boss.post(reverse("admin:segments_segment_begin"), {"starter": "at-risk-for-30-days"})
    assert set(Segment.objects.values_list("code", flat=True)) == {
        *("at-risk", "at-risk-for-30-days")
    }
    assert boss.get(count("at-risk-for-30-days")).json() == {"said": "0 customers"}
