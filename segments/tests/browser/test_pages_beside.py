"""Webhooks, exports, lists, tokens, privacy in a browser: accessible, nothing cut off."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.access.tokens import create_token
from core.clock import now
from customers.models import ConsentState, Orders, Purpose
from customers.privacy.consent import note_consent
from customers.privacy.erasing import request_erasure
from segments.editing.priority_lists import PRIORITY_LISTS
from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS
from segments.webhooks.delivery import new_delivery
from segments.webhooks.resource import WEBHOOKS
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
UNFOLD = (
    "for (const one of document.querySelectorAll('details:not(.menu, [name=filter])'))"
    " one.open = true"
)


@pytest.fixture
def rows(shop, make_segment, settings, tmp_path):
    """Return a function that makes a row of each kind, for the user who is there."""
    settings.EXPORT_DESTINATIONS = {"archive": tmp_path.as_uri()}
    segment = make_segment("All", code="all")

    def make():
        boss, at = User.objects.get(), now()
        document = {"name": "Shop", "url": "https://receiver.example/hook"}
        endpoint = WEBHOOKS.create(document, author=boss).row
        for state in ("dead", "delivered"):
            delivery = new_delivery(endpoint, [1, 2], is_test=False)
            delivery.state, delivery.status_code, delivery.attempted_at = state, 500, at
            delivery.error = "The server answered 500 Internal Server Error. " * 3
            delivery.save()
        document = {
            "name": "Nightly",
            "segment": segment.code,
            "schedule": "0 5 * * *",
            "destination": "archive",
        }
        scheduled = SCHEDULED_EXPORTS.create(document, author=boss).row
        document = {"code": "offers", "name": "Offers", "segments": ["all"]}
        offers = PRIORITY_LISTS.create(document, author=boss).row
        token = create_token(boss, author=boss, name="till", expires_at=at + timedelta(days=9))
        said = {Purpose.TRACKING: ConsentState.REFUSED}
        note_consent(shop["GB"], said, source="form", author=boss, at=at, evidence="By letter.")
        erasure = request_erasure(shop["GN"], Orders.DELETE, author=boss)
        return {
            "segments_webhookendpoint": endpoint,
            "segments_scheduledexport": scheduled,
            "segments_prioritylist": offers,
            "customers_apitoken": token.token,
            "customers_erasure": erasure,
        }

    return make


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_every_page_is_clean(visitor, rows, shop, scheme, width):
    visit = visitor(scheme, width)
    page = visit.page
    faults = []

    def look(address):
        visit.open(address)
        page.evaluate(UNFOLD)
        faults.extend(visit.faults())

    for name, row in rows().items():
        look(reverse(f"admin:{name}_changelist"))
        look(reverse(f"admin:{name}_change", args=[row.pk]))
        if name != "customers_erasure":
            look(reverse(f"admin:{name}_add"))
        if name.startswith("segments"):
            look(reverse(f"admin:{name}_delete", args=[row.pk]))
    privacy = reverse("admin:customers_customer_privacy", args=[shop["GB"].pk])
    look(privacy)
    for button in ("Note it", "Erase"):
        visit.open(privacy)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".errorlist").first).to_be_visible()
        faults += visit.faults()

    # Secrets are shown once, behind forms.
    visit.open(reverse("admin:customers_apitoken_add"))
    page.fill("#id_name", "made")
    page.click("[name=_save]")
    expect(page.locator("#key")).to_be_visible()
    faults += visit.faults()
    visit.open(reverse("admin:segments_webhookendpoint_changelist"))
    page.get_by_role("link", name="Shop", exact=True).click()
    page.get_by_text("Make a new secret").click()
    page.get_by_role("button", name="Make it", exact=True).click()
    expect(page.get_by_role("region", name="Secret")).to_be_visible()
    faults += visit.faults()
    assert faults == []
    assert visit.complaints == []
