"""The form of senders: one for all stores or for one of them, and the page of the brand."""

import re

import pytest
from django.urls import reverse

from campaigns.audience.senders import sender_of
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender, Message
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
    (following,) = re.findall(r'action="([?]next=[^"]+)"', boss.get(status).content.decode())
    wrong = {"from_email": "shop-at-home", "from_name": "The shop", "_save": ""}
    refused = boss.post(status + following, TYPED | wrong).content.decode()
    assert "no e-mail address" in refused and 'value="The shop"' in refused
    assert f'action="{following}"' in refused and not MailSender.objects.exists()
    assert boss.post(status + following, TYPED | {"_save": ""})["Location"] == send
    assert MailSender.objects.get().is_default
    shown = boss.get(status).content.decode()
    assert f'action="{following}"' not in shown and send in shown


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


def test_a_new_sender_is_saved_and_tested_at_once(boss, mail):
    """Catches a test from another sender, one that nobody logs, and a page without a next step."""
    answer = boss.post(ADD, TYPED | {"do": "test", "to": "me@shop.example"}, follow=True)
    sender = MailSender.objects.get()
    assert answer.redirect_chain == [(f"{page('mailsender_change', sender.pk)}#top", 302)]
    shown = answer.content.decode()
    assert "The test mail is sent to me@shop.example." in shown
    assert f'<a href="{page("campaign_add")}">Send to a segment</a>' in shown
    assert [(one["To"], one["From"]) for one in mail] == [
        ("me@shop.example", "Shop <news@shop.example>")
    ]
    entry = AuditEntry.objects.get(action="tested")
    assert (entry.subject, entry.name, entry.after) == (
        "campaigns.sender",
        sender.store.code,
        {"messages": 1},
    )


def test_test_mail_comes_from_the_sender_of_the_page(boss, bern, mail):
    """Another store's sender is the one that test mail comes from otherwise."""
    boss.post(ADD, TYPED)
    boss.post(ADD, TYPED | {"store": bern.pk, "from_email": "bern@shop.example"})
    form = page("mailsender_change", MailSender.objects.get(store=bern).pk)
    typed = TYPED | {"from_email": "new@shop.example", "opened_version": 1}
    boss.post(form, typed | {"do": "test", "to": "me@shop.example"})
    assert [one["From"] for one in mail] == ["Shop <new@shop.example>"]


def test_a_test_that_fails_leaves_the_sender_saved_and_says_why(boss, bern, mail, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    typed = TYPED | {"do": "test", "to": "me@shop.example"}
    shown = boss.post(f"{ADD}?next=/admin/", typed)
    sender = MailSender.objects.get()
    assert shown.context["test"]["to"].value() == "me@shop.example"
    (reason,) = shown.context["test"].errors["to"]
    assert "was not sent: the mail server could not be reached (" in reason
    assert 'The test was not sent. <a href="#test">See why</a>' in shown.content.decode()
    # The next attempt changes the sender, and still leads back to where it was missing.
    form = page("mailsender_change", sender.pk)
    assert f'action="{form}?next=%2Fadmin%2F"' in shown.content.decode()
    assert shown.context["adminform"].form.instance == sender
    assert Message.objects.get().reason == "unreachable"

    settings.EMAIL_URL = "memory://"
    again = boss.post(f"{form}?next=/admin/", typed | {"opened_version": sender.version})
    assert (again.status_code, again["Location"]) == (302, "/admin/")
    assert len(mail) == 1


def test_no_test_without_a_saved_sender_and_the_right(boss, clerk, mail):
    asked = TYPED | {"do": "test", "to": "me@shop.example"}
    refused = boss.post(ADD, asked | {"from_email": "no address"})
    assert list(errors_of(refused)) == ["from_email"]
    assert refused.context["test"]["to"].value() == "me@shop.example"
    rights = [f"campaigns.{right}_mailsender" for right in ("view", "add", "change")]
    assert clerk(*rights).post(ADD, asked).status_code == 403
    assert not MailSender.objects.exists()

    wrong = boss.post(ADD, asked | {"to": "nobody"})
    assert "is no e-mail address" in str(wrong.context["test"].errors)
    form = page("mailsender_change", MailSender.objects.get().pk)
    looker = clerk("campaigns.view_mailsender", "campaigns.send_test")
    assert 'name="to"' not in looker.get(form).content.decode()
    assert mail == []


def test_a_missing_postal_address_is_named_with_a_link(boss, make_campaign, make_subscriber):
    campaign = make_campaign()
    make_subscriber("1")
    MailSender.objects.update(postal_address="")
    shown = boss.get(page("campaign_status", campaign.pk)).content.decode()
    assert "(the postal address is missing)</a>" in shown
    assert page("mailsender_change", MailSender.objects.get().pk) in shown
