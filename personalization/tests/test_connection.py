"""The page “Storefront connection”: keys, what has arrived, and what is still missing."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from core.clock import now
from customers.models import AuditEntry, Website
from personalization.intake.receiving import Caller
from personalization.models import TrackingSite
from personalization.visitors.collecting import collect
from personalization.visitors.last_requests import note_refusal, note_request

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:personalization_placement_connection")
VISITOR = "v-" + "0" * 32


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def findings(admin_client):
    return [one.text for one in admin_client.get(PAGE, {"test": "1"}).context["findings"]]


def test_key_and_its_secret_are_made_once(admin_client, make_customer):
    website = make_customer("C1").store.website
    page = admin_client.post(PAGE, {"website": website.code}).content.decode()
    site = TrackingSite.objects.get()
    assert site.secret in page
    assert f"data-site=&quot;{site.key}&quot;" in page
    assert "/static/personalization/track.js" in page
    again = admin_client.post(PAGE, {"website": website.code}).content.decode()
    assert site.secret not in again and site.secret not in admin_client.get(PAGE).content.decode()
    assert AuditEntry.objects.get(subject="personalization.storefront").name == website.code
    assert admin_client.post(PAGE, {"website": "none"}).status_code == 404


def test_making_a_key_needs_a_fresh_log_in(admin_client, settings, monkeypatch, make_customer):
    website = make_customer("C1").store.website
    later = now() + timedelta(minutes=settings.REAUTH_MINUTES, seconds=5)
    monkeypatch.setattr("login.sessions.now", lambda: later)
    asked = admin_client.post(PAGE, {"website": website.code})
    assert asked.url.startswith("/accounts/confirm/?next=%2F") and not TrackingSite.objects.exists()


def test_making_a_key_needs_a_permission_of_its_own(client_with, make_customer):
    website = make_customer("C1").store.website
    client = client_with("personalization.view_placement")
    client.user.is_staff = True
    client.user.save()
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"website": website.code}).status_code == 403
    assert not TrackingSite.objects.exists()


def test_test_says_the_next_thing_to_do(clock, admin_client, settings, make_customer):
    website = make_customer("C1").store.website
    settings.TRACK_ALLOWED_ORIGINS = []
    assert "No website has a key yet" in findings(admin_client)[0]
    admin_client.post(PAGE, {"website": website.code})
    assert "No address may report yet" in findings(admin_client)[0]
    settings.TRACK_ALLOWED_ORIGINS = ["https://shop.example"]
    note_refusal("https://other.example", clock.at)
    note_refusal("null", clock.at)
    found = findings(admin_client)
    assert "Nothing has arrived from" in found[0]
    assert "https://other.example" in found[1]
    note_request(TrackingSite.objects.get().pk, clock.at)
    assert "It works" in findings(admin_client)[0]
    settings.TRACK_ALLOWED_ORIGINS = []
    assert "No address may report yet" in findings(admin_client)[0]


def test_each_website_is_judged_by_itself(admin_client, settings, make_customer):
    settings.TRACK_ALLOWED_ORIGINS = ["https://shop.example"]
    silent = make_customer("C1").store.website
    reporting = Website.objects.create(code="zz", name="ZZ")
    for website in (silent, reporting):
        admin_client.post(PAGE, {"website": website.code})
    site = TrackingSite.objects.get(website=reporting)
    caller = Caller()
    collect(b"{", site.key, caller)
    assert admin_client.get(PAGE).context["status"] == "No request is known yet"
    collect(json.dumps({"visitor": VISITOR, "consent": True}).encode(), site.key, caller)
    assert admin_client.get(PAGE).context["status"] == "Connected: ZZ"
    first, second = findings(admin_client)
    assert f"Nothing has arrived from “{silent.name}”" in first and "It works" in second


@pytest.mark.parametrize(
    ("url", "status", "known"),
    [
        ("", "No request is known yet", "own server process"),
        ("redis://cache.example", "Not connected yet", "none in 30 days"),
    ],
)
def test_page_says_how_far_its_cache_knows(
    admin_client, settings, make_customer, url, status, known
):
    settings.TRACK_ALLOWED_ORIGINS, settings.CACHE_URL = ["https://shop.example"], url
    admin_client.post(PAGE, {"website": make_customer("C1").store.website.code})
    page = admin_client.get(PAGE)
    assert page.context["status"] == status and known in page.content.decode()
