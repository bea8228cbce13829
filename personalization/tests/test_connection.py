"""The page “Storefront connection”: keys, what has arrived, and what is still missing."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from core.clock import now
from customers.models import AuditEntry, Website
from customers.storefront_origins import allowed_origins, is_allowed
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
    for sent in ({"website": website.code}, {"allow": "https://shop.example"}):
        assert client.post(PAGE, sent).status_code == 403
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


def test_an_address_is_allowed_and_removed_on_the_page(admin_client, settings):
    """Catches an address that is kept otherwise than a browser sends it, so that it never fits."""
    settings.TRACK_ALLOWED_ORIGINS = ["https://set.example"]
    for typed in ("Shop.Example/de?x=1", "https://shop.example:443", "https://set.example"):
        assert admin_client.post(PAGE, {"allow": typed}).url == f"{PAGE}#allowed"
    assert allowed_origins() == ["https://set.example", "https://shop.example"]
    admin_client.post(PAGE, {"allow": "http://bücher.example:8080"})
    assert is_allowed("http://xn--bcher-kva.example:8080")
    for wrong in ("", "shop example", "ftp://shop.example", "https://a@shop.example", "x" * 300):
        refused = admin_client.post(PAGE, {"allow": wrong}).content.decode()
        assert "This is no address of a shop" in refused and 'aria-invalid="true"' in refused
    page = admin_client.get(PAGE).content.decode()
    assert 'value="https://shop.example"' in page and 'value="https://set.example"' not in page
    admin_client.post(PAGE, {"forbid": "https://shop.example"})
    assert not is_allowed("https://shop.example")
    written = AuditEntry.objects.filter(subject="personalization.allowed_address")
    assert sorted(written.values_list("action", "name")) == [
        ("created", "http://xn--bcher-kva.example:8080"),
        ("created", "https://shop.example"),
        ("deleted", "https://shop.example"),
    ]
