"""The form of senders: one for all stores or for one of them, and the page of the brand."""

import re

import pytest
from django.urls import reverse

from campaigns.audience.senders import sender_of
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender
from campaigns.tests.admin.test_campaigns import boss, errors_of, page
from core.audit import AuditAction
from customers.models import AuditEntry, Store

__all__ = ["boss"]
pytestmark = pytest.mark.django_db
ADD = page("mailsender_add")
TYPED = {"from_name": "Shop", "from_email": "news@shop.example", "postal_address": "Town"}


@pytest.fixture
def bern():
    """A second store."""
    store = Store.objects.get()
    return Store.objects.create(code="bern", name="Bern", website=store.website)


def test_one_sender_for_all_stores_needs_no_store(boss, bern):
    errors = errors_of(boss.post(ADD, TYPED | {"postal_address": ""}))
    assert list(errors) == ["postal_address"]

    boss.post(ADD, TYPED | {"logo_url": "https://shop.example/logo.png"})

    sender = MailSender.objects.get()
    assert (sender.is_default, sender.logo_url) == (True, "https://shop.example/logo.png")
    assert {sender_of(one.pk) for one in Store.objects.all()} == {sender}
    assert "All stores without a sender" in boss.get(page("mailsender_changelist")).content.decode()
    shown = boss.get(page("mailsender_change", sender.pk))
    assert "All stores without a sender" in shown.content.decode()
    sample = boss.get(page("mailsender_sample", sender.pk))
    assert 'src="https://shop.example/logo.png"' in sample.content.decode()


def test_a_campaign_asks_for_the_first_sender(boss, bern, make_campaign, make_subscriber):
    """Catches a form on the campaign's page that is refused or does not lead back."""
    make_subscriber("1")
    campaign = make_campaign()
    MailSender.objects.all().delete()
    status, send = (page(f"campaign_{name}", campaign.pk) for name in ("status", "send"))
    (url,) = re.findall(rf'action="({ADD}[^"]+)"', boss.get(status).content.decode())
    assert boss.post(url, TYPED | {"_save": ""})["Location"] == send
    assert MailSender.objects.get().is_default
    shown = boss.get(status).content.decode()
    assert f'action="{ADD}' not in shown and send in shown


def test_every_store_can_have_another_sender_than_the_default(boss, bern):
    """Also the store at which the default sender's row happens to stand."""
    boss.post(ADD, TYPED)
    default = MailSender.objects.get()
    own = {"store": default.store_id, "from_email": "own@shop.example"}

    boss.post(ADD, TYPED | own)

    assert sender_of(own["store"]).from_email == "own@shop.example"
    assert sender_of(bern.pk) == default
    moved = AuditEntry.objects.get(subject="campaigns.sender", action=AuditAction.CHANGED)
    assert (moved.before, moved.after) == ({"store": "default"}, {"store": "bern"})
    shown = boss.get(ADD, follow=True)
    assert shown.redirect_chain == [(page("mailsender_change", default.pk), 302)]
    assert "There is no store without a sender" in shown.content.decode()
    # A third sender has no store that it could send for.
    assert list(errors_of(boss.post(ADD, TYPED))) == ["store"]
    assert list(errors_of(boss.post(ADD, TYPED | {"store": bern.pk}))) == ["store"]


def test_second_sender_for_all_stores_is_refused(boss, bern):
    boss.post(ADD, TYPED)
    default = MailSender.objects.get()
    link = f'<a href="{page("mailsender_change", default.pk)}">news@shop.example</a>'
    shown = boss.get(ADD).content.decode()
    assert (link in shown, "All stores<" in shown) == (True, False)

    refused = boss.post(ADD, TYPED | {"from_email": "new@shop.example"})

    assert list(errors_of(refused)) == ["store"]
    assert link in refused.content.decode()
    assert MailSender.objects.get() == default


def test_default_sender_ends_only_when_another_replaces_it(boss, bern):
    boss.post(ADD, TYPED)
    boss.post(ADD, TYPED | {"store": bern.pk, "from_email": "bern@shop.example"})
    default, own = MailSender.objects.get(is_default=True), MailSender.objects.get(store=bern)
    form = page("mailsender_change", default.pk)
    assert 'name="is_default"' not in boss.get(form).content.decode()
    boss.post(form, TYPED | {"from_name": "New", "opened_version": default.version})
    default.refresh_from_db()
    assert (default.from_name, default.is_default) == ("New", True)

    typed = TYPED | {"from_email": "bern@shop.example", "is_default": "on", "opened_version": 1}
    saved = boss.post(page("mailsender_change", own.pk), typed, follow=True)

    assert f"“{default.store.name}” keeps its sender" in saved.content.decode()
    assert MailSender.objects.get(is_default=True) == own


def test_brand_leads_to_the_sender_for_all_stores(boss, bern, clerk):
    brand = page("mailsender_brand")
    assert brand in boss.get(reverse("admin:settings")).content.decode()
    assert boss.get(brand)["Location"] == ADD
    first = SENDERS.save(MailSender(store=bern), TYPED, author=None).row
    assert boss.get(brand)["Location"] == page("mailsender_change", first.pk)
    own = SENDERS.save(MailSender(store=Store.objects.get(code="default")), TYPED, author=None).row
    assert boss.get(brand)["Location"] == page("mailsender_changelist")
    SENDERS.change(own, {"is_default": True}, author=None)
    assert boss.get(brand)["Location"] == page("mailsender_change", own.pk)

    looker = clerk("campaigns.view_mailsender")
    assert looker.get(brand, follow=True).status_code == 200
    assert looker.get(page("mailsender_sample", own.pk)).status_code == 200
    stranger = clerk()
    assert stranger.get(brand).status_code == 403
    assert stranger.get(page("mailsender_sample", own.pk)).status_code == 403


def test_a_missing_postal_address_is_named_with_a_link(boss, make_campaign, make_subscriber):
    campaign = make_campaign()
    make_subscriber("1")
    MailSender.objects.update(postal_address="")
    shown = boss.get(page("campaign_status", campaign.pk)).content.decode()
    assert "(the postal address is missing)</a>" in shown
    assert page("mailsender_change", MailSender.objects.get().pk) in shown
