"""Filters that users keep: their own, made only of what the list filters by."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from segments.admin.segment_list.saved_filters import MOST
from segments.models import SavedFilter
from segments.tests.admin.pages import LIST, VIEW, text_of

pytestmark = pytest.mark.django_db
SAVE, REMOVE = "admin:segments_segment_filters_save", "admin:segments_segment_filters_remove"


def save(client, name, query):
    return client.post(reverse(SAVE), {"name": name, "query": query})


def test_a_filter_is_kept_under_a_name_and_offered_from_then_on(boss, make_segment):
    make_segment("Vip")
    assert "Save this filter" in text_of(boss.get(reverse(LIST), {"q": "vip"}))

    response = save(boss, "  My   vips ", "q=vip&is_active__exact=1&p=3&e=1")

    assert response["Location"] == f"{reverse(LIST)}?q=vip&is_active__exact=1"
    assert SavedFilter.objects.get().name == "My vips"
    said = text_of(boss.get(response["Location"]))
    assert "My vips" in said
    assert "Save this filter" not in said
    assert "Remove the filter “My vips”" in said
    assert "Remove the filter" not in text_of(boss.get(reverse(LIST)))


def test_the_same_name_again_takes_the_place_of_the_older_one(boss):
    save(boss, "Mine", "q=one")
    save(boss, "Mine", "q=two")

    assert SavedFilter.objects.get().query == "q=two"


@pytest.mark.parametrize(
    ("name", "query"),
    [("", "q=a"), ("\0", "q=a"), ("Mine", ""), ("Mine", "author__is=a")],
)
def test_nothing_is_kept_without_a_name_or_without_a_filter_of_the_list(boss, name, query):
    assert save(boss, name, query).status_code == 302
    assert not SavedFilter.objects.exists()


def test_nobody_keeps_more_than_so_many(boss):
    for number in range(MOST + 1):
        save(boss, f"Number {number}", "q=a")

    assert SavedFilter.objects.count() == MOST
    save(boss, "Number 1", "q=b")
    assert SavedFilter.objects.get(name="Number 1").query == "q=b"


def test_others_neither_see_nor_remove_it(boss, merchant, make_segment):
    make_segment()
    save(boss, "Boss’s own", "q=a")
    number = SavedFilter.objects.get().pk
    client = merchant(VIEW)

    assert "Boss’s own" not in text_of(client.get(reverse(LIST)))
    assert client.post(reverse(REMOVE), {"filter": number}).status_code == 404
    assert client.post(reverse(REMOVE), {"filter": "x"}).status_code == 404
    save(client, "Boss’s own", "q=b")
    assert SavedFilter.objects.count() == 2

    client.force_login(User.objects.get(username="boss"))
    client.post(reverse(REMOVE), {"filter": number})
    assert SavedFilter.objects.get().query == "q=b"
