"""The page “Storefront connection”: keys, what has arrived, and what is still missing."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from customers.models import AuditEntry
from personalization.models import TrackingSite
from personalization.visitors.last_requests import note_refusal, note_request

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:personalization_placement_connection")


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def findings(admin_client):
    return admin_client.get(PAGE, {"test": "1"}).context["findings"]


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


def test_making_a_key_needs_a_permission_of_its_own(client_with, make_customer):
    website = make_customer("C1").store.website
    client = client_with("personalization.view_placement")
    client.user.is_staff = True
    client.user.save()
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"website": website.code}).status_code == 403
    assert not TrackingSite.objects.exists()


def test_test_says_the_next_thing_to_do(admin_client, settings, clock, make_customer):
    website = make_customer("C1").store.website
    settings.TRACK_ALLOWED_ORIGINS = []
    assert "No website has a key yet" in findings(admin_client)[0]
    admin_client.post(PAGE, {"website": website.code})
    assert "No address may report yet" in findings(admin_client)[0]
    settings.TRACK_ALLOWED_ORIGINS = ["https://shop.example"]
    note_refusal("https://other.example", clock.at)
    note_refusal("null", clock.at)
    found = findings(admin_client)
    assert "Nothing has arrived yet" in found[0]
    assert "https://other.example" in found[1]
    note_request(TrackingSite.objects.get().pk, clock.at)
    assert "It works" in findings(admin_client)[0]
