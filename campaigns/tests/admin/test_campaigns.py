"""The pages of mail: a campaign from its form to its end, templates, what is uncertain."""

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from campaigns.admin.campaigns import outcome
from campaigns.audience.freezing import freeze, freeze_due
from campaigns.consent.suppression import find_suppression, suppress
from campaigns.content.contents import content_of
from campaigns.delivery import test_mail
from campaigns.delivery.lifecycle import cancel, send
from campaigns.delivery.test_mail import preview_content
from campaigns.editing.campaigns import CAMPAIGNS
from campaigns.editing.templates import TEMPLATES
from campaigns.models import (
    Campaign,
    MailSender,
    MailTemplate,
    Message,
    Suppression,
    SuppressionReason,
)
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.transports.outcome import Outcome
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from core.clock import now
from customers.models import AuditEntry, Consent, Customer, CustomerGroup, Store, Website
from price_rules.models import Coupon
from price_rules.resource import PRICE_RULES
from segments.models import Segment

pytestmark = pytest.mark.django_db
TEMPLATE = {
    "name": "Welcome",
    "code": "",
    "subject": "Hello",
    "preheader": "",
    "html": "<p>Hello</p>",
    "text": "",
    "format": "html",
}
CAMPAIGN = {
    "name": "Spring",
    "code": "",
    "template": "of-x",
    "stores": ["default"],
    "match": "any",
    "send_time": "asap",
    "send_at": "",
}


@pytest.fixture
def boss(admin_client):
    return admin_client


def page(name, *args):
    return reverse(f"admin:campaigns_{name}", args=args)


def what_it_showed(boss, send):
    """Return the hidden fields of the page for sending."""
    return dict(
        re.findall(r'type="hidden" name="(\w+)" value="([\w-]*)"', boss.get(send).content.decode())
    )


def errors_of(response):
    return response.context["adminform"].form.errors


def test_a_template_by_its_form(boss):
    assert boss.post(page("mailtemplate_add"), TEMPLATE).status_code == 302
    template = MailTemplate.objects.get()
    assert (template.code, template.version) == ("welcome", 1)
    change = page("mailtemplate_change", template.pk)
    bad = boss.post(change, TEMPLATE | {"html": "a\n{% load x %}", "opened_version": "1"})
    assert "Line 2" in errors_of(bad)["html"][0]
    boss.post(change, TEMPLATE | {"subject": "Hi", "opened_version": "1"})
    stale = boss.post(change, TEMPLATE | {"subject": "Other", "opened_version": "1"})
    assert "Somebody else" in str(errors_of(stale))
    template.refresh_from_db()
    assert (template.subject, template.version) == ("Hi", 2)
    boss.post(page("mailtemplate_restore", template.pk), {"version": "1"})
    template.refresh_from_db()
    assert (template.subject, template.version) == ("Hello", 3)
    assert b"Version 2" in boss.get(page("mailtemplate_history", template.pk)).content


def test_when_it_is_sent_keeps_its_seconds_where_the_form_is_sent_back(boss, make_campaign):
    at = AT.replace(second=7, microsecond=5)
    campaign = make_campaign(send_at=at)
    shown = boss.get(page("campaign_change", campaign.pk)).context["adminform"].form
    value = shown["send_at"].field.widget.format_value(shown["send_at"].value())
    sent = CAMPAIGN | {"template": campaign.template.code, "name": "New", "opened_version": "1"}
    for typed, kept in ((value, at), ("2026-05-01T10:00", None)):
        answer = boss.post(page("campaign_change", campaign.pk), sent | {"send_at": typed})
        assert answer.status_code == 302, errors_of(answer)
        campaign.refresh_from_db()
        assert (campaign.send_at == at) is (kept == at)
        sent["opened_version"] = str(campaign.version)


def test_the_preview_runs_nothing(boss, make_template):
    template = make_template(html="<p>Hello {{ customer.name }}</p><script>alert(1)</script>")
    shown = boss.get(page("mailtemplate_preview", template.pk)).content.decode()
    assert shown.count("sandbox src=") == 2
    mail = boss.get(page("mailtemplate_html", template.pk))
    assert b"<script" not in mail.content
    policy = mail.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "default-src 'none'" in policy


def test_a_test_from_the_preview(boss, make_template, sender, mail):
    address = page("mailtemplate_preview", make_template().pk)
    assert b"no e-mail address" in boss.post(address, {"to": "a@shop.example x"}).content
    refused = boss.post(address, {"to": '"a b"@shop.example'}).content.decode()
    assert "“&quot;a b&quot;@shop.example” is no e-mail address" in refused
    assert boss.post(address, {"to": "a@shop.example, b@shop.example;"}).status_code == 302
    assert [one["To"] for one in mail] == ["a@shop.example", "b@shop.example"]


def test_no_test_goes_to_a_blocked_address(boss, merchant, make_template, sender, mail):
    suppress("Ann@shop.example", SuppressionReason.COMPLAINT, AT)
    address = page("mailtemplate_preview", make_template("w").pk)
    shown = boss.post(address, {"to": "a@shop.example ann@SHOP.example"}).content.decode()
    assert "“ann@SHOP.example” gets no mail, and no test either: somebody reported" in shown
    to = ["a@shop.example", "ann@shop.example"]
    refused = merchant.send("POST", "mail-templates/w/test/", {"to": to})
    (problem,) = refused.json()["errors"]
    assert (refused.status_code, problem["path"], problem["code"]) == (400, "to[1]", "suppressed")
    assert mail == []


def test_a_campaign_from_its_form_to_its_end(boss, make_template, make_subscriber, sender, mail):
    make_template("of-x")
    for number in range(3):
        make_subscriber(str(number))
    make_subscriber("gone", status="unsubscribed")
    answer = boss.post(page("campaign_add"), CAMPAIGN | {"_save": "1"})
    campaign = Campaign.objects.get()
    status, send = (page(f"campaign_{one}", campaign.pk) for one in ("status", "send"))
    assert answer["Location"] == send
    shown = boss.get(status).content.decode()
    assert "Send to 3 recipients" in shown and "Unsubscribed" in shown
    asked = boss.get(send).content.decode()
    assert "Send to 3 customers?" in asked and "every subscriber" in asked
    assert Store.objects.get().name in asked
    showed = what_it_showed(boss, send)
    make_subscriber("late")
    again = boss.post(send, showed, follow=True).content.decode()
    assert "is another by now" in again and "Send to 4 customers?" in again
    assert not Message.objects.exists()
    assert boss.post(send, showed | {"expected": "4"})["Location"] == status
    assert boss.get(send)["Location"] == status
    boss.post(status, {"do": "pause"})
    assert "Resume" in boss.get(status).content.decode()
    boss.post(status, {"do": "resume"})
    send_due(limit=1)
    asked = boss.post(status, {"do": "cancel"}).content.decode()
    campaign.refresh_from_db()
    assert "3 mails that have not left yet" in asked and campaign.state == "sending"
    boss.post(status, {"do": "cancel", "confirmed": "yes"})
    campaign.refresh_from_db()
    assert (campaign.state, len(mail)) == ("cancelled", 1)
    shown = boss.get(status).content.decode()
    assert "The campaign was cancelled" in shown
    # Who was left out is still said.
    left_out = shown.split('id="left-out"')[1].split("</section>")[0]
    assert "5 customers were selected." in left_out and "Unsubscribed" in left_out
    assert boss.get(page("campaign_change", campaign.pk)).status_code == 200
    assert "3" in boss.get(page("campaign_changelist")).content.decode()


def test_without_personalization_a_campaign_has_a_form(boss, make_template, monkeypatch):
    """The form asks for no field that its page does not show."""
    monkeypatch.setattr("campaigns.admin.campaigns.form.are_possible", lambda: False)
    make_template("of-x")
    sent = {name: value for name, value in CAMPAIGN.items() if name != "send_time"}
    answer = boss.post(page("campaign_add"), sent)
    assert answer.status_code == 302, errors_of(answer)
    assert Campaign.objects.get().send_time == "asap"


def test_only_what_the_page_showed_is_sent(boss, make_campaign, make_subscriber, make_template):
    make_subscriber("1")
    campaign = make_campaign()
    send = page("campaign_send", campaign.pk)
    showed = what_it_showed(boss, send)
    seen = boss.get(send).context["original"].version
    make_template("other")
    CAMPAIGNS.change(campaign, {"template": "other"}, author=None)
    for version in (str(seen), "", "x", "9" * 400):
        answer = boss.post(send, showed | {"version": version}, follow=True)
        assert "Somebody else has changed" in answer.content.decode()
    assert not Message.objects.exists()
    showed = what_it_showed(boss, send)
    TEMPLATES.change(MailTemplate.objects.get(code="other"), {"subject": "New"}, author=None)
    answer = boss.post(send, showed, follow=True)
    assert "Its mail was changed" in answer.content.decode() and not Message.objects.exists()
    boss.post(send, what_it_showed(boss, send))
    assert Message.objects.count() == 1


def test_a_scheduled_campaign_for_others_is_confirmed_again(boss, make_campaign, make_subscriber):
    make_subscriber("1")
    campaign = make_campaign(send_at=now() + timedelta(days=1))
    send(campaign, now(), expected=1, author=None)
    form = CAMPAIGN | {"template": campaign.template.code, "opened_version": "1", "_save": ""}
    form |= {"send_at": campaign.send_at.strftime("%Y-%m-%dT%H:%M"), "match": "all"}
    past = boss.post(page("campaign_change", campaign.pk), form | {"send_at": "2020-01-01T00:00"})
    assert "this time is past" in errors_of(past)["send_at"][0]
    answer = boss.post(page("campaign_change", campaign.pk), form, follow=True)
    assert answer.redirect_chain[-1][0] == page("campaign_status", campaign.pk)
    assert "look at who gets it, and schedule it once more" in answer.content.decode()
    assert "It was to be sent, but was not" not in answer.content.decode()
    assert page("campaign_send", campaign.pk) in answer.content.decode()


def test_a_form_of_what_has_begun_says_so_and_keeps_what_was_typed(
    boss, make_campaign, make_subscriber
):
    make_subscriber("1")
    campaign = make_campaign()
    freeze(campaign, AT)
    form = CAMPAIGN | {"template": campaign.template.code, "opened_version": "1", "name": "Typed"}
    answer = boss.post(page("campaign_change", campaign.pk), form)
    assert answer.status_code == 200
    (found,) = errors_of(answer)["__all__"]
    assert "nothing of it changes any more" in found and "make another campaign" in found
    assert answer.context["adminform"].form["name"].value() == "Typed"
    campaign.refresh_from_db()
    assert campaign.name == "spring"
    shown = boss.get(page("campaign_change", campaign.pk))
    assert shown.status_code == 200 and "name" not in shown.context["adminform"].form.fields


def test_what_keeps_a_rule_is_named_before_it_is_deleted(boss, make_campaign, rule):
    address = reverse("admin:price_rules_cartpricerule_delete", args=[rule.pk])
    Coupon.objects.create(rule=rule, code="SPRING-1", created_at=AT)
    make_campaign(coupon_rule="ten", name="Spring sale")
    shown = boss.get(address).content.decode()
    assert "Campaigns: “Spring sale”" in shown and "switch this rule off instead" in shown
    assert "permission" not in shown
    Campaign.objects.all().delete()
    assert "Coupons: 1" in boss.get(address).content.decode()
    assert boss.post(address, {"post": "yes"}).status_code == 302
    assert not Coupon.objects.exists()


@pytest.mark.parametrize("is_past", [True, False])
def test_a_time_that_is_past_is_said_and_it_goes_out_at_once(
    boss, make_campaign, make_subscriber, is_past
):
    make_subscriber("1")
    at = now() + timedelta(hours=-1 if is_past else 1)
    campaign = make_campaign(send_at=at)
    for name in ("status", "send"):
        shown = boss.get(page(f"campaign_{name}", campaign.pk)).content.decode()
        assert ("The time at which it was to be sent is past" in shown) is is_past
        assert ("Schedule for" in shown) is not is_past
    shown = boss.get(page("campaign_change", campaign.pk)).content.decode()
    assert ("It would go out at once." in shown) is is_past
    shown = boss.get(page("campaign_send", campaign.pk)).content.decode()
    assert ("It goes out at once, and what has left" in shown) is is_past
    send = page("campaign_send", campaign.pk)
    boss.post(send, what_it_showed(boss, send))
    campaign.refresh_from_db()
    assert campaign.state == ("sending" if is_past else "scheduled")


def test_a_template_without_a_body_is_said(boss, make_campaign, make_subscriber, make_template):
    make_subscriber("1")
    make_template("empty", html=" ", text="")
    for template, is_empty in (("empty", True), ("full", False)):
        if not is_empty:
            make_template("full", html="", text="Hello")
        campaign = make_campaign(template, template=template)
        shown = boss.get(page("campaign_send", campaign.pk)).content.decode()
        assert ("Its template has no body" in shown) is is_empty


@pytest.mark.parametrize(
    ("html", "text", "is_empty"), [(" ", "\n", True), ("<p>A</p>", "", False), ("", "A", False)]
)
def test_a_template_without_a_body_says_so_itself(boss, html, text, is_empty):
    said = "It has no body: recipients see only the link to unsubscribe"
    sent = TEMPLATE | {"html": html, "text": text}
    stored = boss.post(page("mailtemplate_add"), sent, follow=True).content.decode()
    template = MailTemplate.objects.get()
    assert (said in stored) is is_empty
    shown = boss.get(page("mailtemplate_preview", template.pk)).content.decode()
    assert (said in shown) is is_empty
    draft = boss.post(page("mailtemplate_draft"), sent).json()
    assert any(said in one for one in draft["warnings"]) is is_empty


def test_a_sent_campaign_leads_to_what_was_sent(boss, make_campaign, make_subscriber):
    make_subscriber("1")
    campaign = freeze(make_campaign(), AT).campaign
    status = page("campaign_status", campaign.pk)
    history = page("mailtemplate_history", campaign.template_id)
    assert history not in boss.get(status).content.decode()
    TEMPLATES.change(campaign.template, {"subject": "Another"}, author=None)
    shown = boss.get(status).content.decode()
    assert history in shown and "version 1 (it has changed since)" in shown


def test_what_keeps_a_template_is_named_before_it_is_deleted(boss, make_campaign, make_template):
    campaign = make_campaign()
    Campaign.objects.update(name="<Spring>")
    address = page("mailtemplate_delete", campaign.template_id)
    shown = boss.get(address).content.decode()
    assert "“&lt;Spring&gt;”" in shown and "permission" not in shown
    boss.post(address, {"post": "yes"})
    assert MailTemplate.objects.filter(pk=campaign.template_id).exists()
    unused = make_template("unused")
    assert boss.post(page("mailtemplate_delete", unused.pk), {"post": "yes"}).status_code == 302
    assert not MailTemplate.objects.filter(pk=unused.pk).exists()


def test_of_very_many_mistakes_the_first_are_said(boss, make_template):
    unknown = TEMPLATE | {"html": "{{ nothing }}" * 60}
    said = errors_of(boss.post(page("mailtemplate_add"), unknown))["html"]
    assert len(said) == 51 and said[-1] == "And 10 more."
    dubious = TEMPLATE | {"html": "{first_name|there} " * 3 + "{{ customer.first_name }}"}
    assert boss.post(page("mailtemplate_add"), dubious).status_code == 302
    names = "".join(f"{{{{ content.a{number} }}}}" for number in range(60))
    found = preview_content(content_of(make_template("many", html=names)))
    assert len(found.warnings) == 51 and found.warnings[-1].startswith("And ")


def test_many_recipients_ask_for_the_code(boss, make_campaign, make_subscriber, settings):
    settings.CONFIRM_ABOVE = 1
    campaign = make_campaign()
    make_subscriber("1")
    make_subscriber("2")
    send = page("campaign_send", campaign.pk)
    assert "type its code" in boss.get(send).content.decode()
    showed = what_it_showed(boss, send)
    for body in ({}, {"code": "summer"}):
        assert boss.post(send, showed | body)["Location"] == send
        assert not Message.objects.exists()
    boss.post(send, showed | {"code": "spring"})
    assert Message.objects.count() == 2


def test_send_page_shows_the_mail_and_asks_about_its_faults(
    boss, make_campaign, make_subscriber, make_template, make_segment, put_into
):
    """Catches a design that is sent unchanged, with a button that leads nowhere."""
    html_ = '<p>{{ segment.name }}: {{ customer.first_name }}</p><a href="https://">Look</a>'
    make_template("news", subject="Hello {{ customer.first_name|default:'you' }}", html=html_)
    vip = make_segment("VIPs", code="vip")
    ann = make_subscriber("1", first_name="Ann")
    put_into(vip, ann, make_subscriber("2"), make_subscriber("3", status="unsubscribed"))
    campaign = make_campaign(template="news", segments=["vip"])
    send, status = (page(f"campaign_{name}", campaign.pk) for name in ("send", "status"))
    shown = boss.get(send)
    said = shown.content.decode()
    mail = shown.context["mail"]
    assert (mail.subject, mail.recipient, mail.sender) == (
        "Hello Ann",
        ann,
        "Shop <news@shop.example>",
    )
    assert "1 of 3 selected customers will receive it" in said
    assert "Unsubscribed" in said and 'name="despite"' in said
    for address in (send, status):
        text = boss.get(address).content.decode()
        assert "The link “Look” leads nowhere" in text
        assert "Line 1" not in text
        assert "1 of 2 recipients will get no mail, as it shows “customer.first_name”" in text
        assert page("mailtemplate_change", campaign.template_id) in text
    assert AuditEntry.objects.filter(after={"page": "send", "customers": ["1"]}).exists()
    second = boss.get(f"{send}{mail.following}").context["mail"]
    assert (second.recipient.external_id, second.subject) == ("2", "Hello you")
    assert any("is empty for this customer" in one for one in second.warnings)
    framed = boss.get(html.unescape(mail.frame))
    assert "VIPs: Ann" in framed.content.decode()
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert boss.get(page("campaign_mail", campaign.pk), {"customer": "?"}).status_code == 404

    body = what_it_showed(boss, send)
    for despite in ({}, {"despite": "yes"}):
        refused = boss.post(send, body | despite, follow=True).content.decode()
        assert "the mail has faults" in refused and not Message.objects.exists()
    boss.post(send, body | {"despite": mail.despite})
    assert Message.objects.count() == 2


def test_mail_is_shown_from_the_store_that_sends_it(
    boss, make_campaign, make_segment, make_template, make_subscriber, put_into
):
    """A segment of one website covers only its stores, whatever else its members subscribed to."""
    west = Website.objects.create(code="west", name="West", timezone="UTC")
    Store.objects.create(code="w", name="Western", website=west)
    make_template("t", subject="From {{ store.name }}")
    segment = make_segment("vip", websites=["west"])
    ann = make_subscriber("1")
    ann.subscriptions.create(
        store=Store.objects.get(code="w"), status="subscribed", status_changed_at=AT
    )
    put_into(segment, ann)
    campaign = make_campaign(template="t", segments=["vip"], stores=["default", "w"])
    MailSender.objects.update(store=Store.objects.get(code="w"))
    shown = boss.get(page("campaign_status", campaign.pk)).context["mail"]
    assert shown.subject == "From Western"
    shown = boss.get(page("campaign_send", campaign.pk)).context["mail"]
    assert (shown.recipient, shown.subject) == (ann, "From Western")
    assert "<title>From Western" in boss.get(html.unescape(shown.frame)).content.decode()


def test_nobody_is_named_to_readers_without_personal_data(
    clerk, make_campaign, make_subscriber, make_template
):
    make_template("news", html="<p>{{ customer.email }}</p>")
    make_subscriber("1")
    campaign = make_campaign(template="news")
    client = clerk("campaigns.view_campaign", "campaigns.send_campaign")
    mail = client.get(page("campaign_send", campaign.pk)).context["mail"]
    assert (mail.recipient, mail.frame, mail.edit) == (None, "", "")
    frame = page("campaign_mail", campaign.pk)
    assert client.get(frame).status_code == 403
    right = Permission.objects.get(codename="view_mailtemplate")
    client.user.user_permissions.add(right)
    assert "shop.example" not in client.get(frame).content.decode().partition("<body")[2]
    assert client.get(frame, {"customer": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("values", "linked"),
    [
        ({"segments": ["vip"]}, "#id_segments"),
        ({"template": "code"}, "#id_coupon_rule"),
        ({"template": "code", "coupon_rule": "ten"}, "/price_rules/cartpricerule/"),
    ],
)
def test_draft_that_cannot_be_sent_says_what_mends_it(
    boss, make_campaign, make_segment, make_template, make_subscriber, rule, values, linked
):
    make_segment("vip")
    Segment.objects.update(refreshed_at=now())
    make_template("code", html="{{ coupon.code }}")
    make_subscriber("1")
    campaign = make_campaign(**values)
    type(rule).objects.update(is_active=False)
    shown = boss.get(page("campaign_status", campaign.pk))
    assert shown.context["cannot_go"] and linked in shown.context["obstacle"].url
    assert shown.context["obstacle"].url in shown.content.decode()
    for name in ("status", "change"):
        text = boss.get(page(f"campaign_{name}", campaign.pk)).content.decode()
        assert "cannot be sent yet" in text
    assert "Next: see what is missing" in text
    assert boss.get(page("campaign_send", campaign.pk)).status_code == 302


def test_mail_with_a_name_that_all_lack_is_not_sent(
    boss, make_campaign, make_subscriber, make_template
):
    make_template("t", html="{{ segment.name }}")
    make_subscriber("1")
    campaign = make_campaign(template="t")
    shown = boss.get(page("campaign_status", campaign.pk))
    back = urlencode({"next": page("campaign_status", campaign.pk)})
    edit = f"{page('mailtemplate_change', campaign.template_id)}?{back}"
    assert shown.context["cannot_go"] and shown.context["obstacle"].url == edit
    assert "“segment.name” is empty for every recipient" in shown.content.decode()
    assert boss.get(page("campaign_send", campaign.pk)).status_code == 302


def test_a_store_without_its_sender_is_named_and_nothing_is_offered(
    boss, make_campaign, make_subscriber
):
    bern = Store.objects.create(code="ch", name="Bern", website=Store.objects.get().website)
    campaign = make_campaign(stores=["default", "ch"])
    make_subscriber("1")
    status, send = (page(f"campaign_{name}", campaign.pk) for name in ("status", "send"))
    shown = boss.get(status).content.decode()
    assert "At present nobody gets it from there" in shown and send in shown
    make_subscriber("2", store="ch")
    shown = boss.get(status).content.decode()
    assert "Draft · 2 recipients" in shown
    assert "A store has no sender" in shown and send not in shown
    assert f"{page('mailsender_add')}?store={bern.pk}" in shown
    assert boss.get(send)["Location"] == status
    row = MailSender.objects.create(store=bern, from_email="a@b.example")
    assert page("mailsender_change", row.pk) in boss.get(status).content.decode()
    row.postal_address = "Bern"
    row.save()
    shown = boss.get(status).content.decode()
    assert "has no sender" not in shown and send in shown


def test_what_cannot_go_out_says_why_instead_of_a_button(
    boss, make_campaign, make_subscriber, rule, settings
):
    make_subscriber("1")
    campaign = make_campaign(coupon_rule="ten")
    status, send = (page(f"campaign_{name}", campaign.pk) for name in ("status", "send"))
    settings.PUBLIC_URL = ""
    shown = boss.get(status).content.decode()
    assert "PUBLIC_URL is not set" in shown and send not in shown
    assert "Open the price rule" not in shown
    settings.PUBLIC_URL = "https://mail.shop.example"
    assert send in boss.get(status).content.decode()
    boss.post(status, {"do": "cancel", "confirmed": "yes"})
    shown = boss.get(status).content.decode()
    assert "cancelled before it had recipients" in shown and send not in shown


def test_a_stopped_campaign_says_when_it_was_stopped(boss, make_campaign, make_subscriber, clock):
    clock.at = AT
    make_subscriber("1")
    campaign = make_campaign(send_at=AT + timedelta(days=1))
    address = page("campaign_status", campaign.pk)
    planned = "Not scheduled yet; its time is Apr 11, 12:00 (UTC)"
    assert planned in boss.get(address).content.decode()
    cancel(campaign, AT, author=None)
    shown = boss.get(address).content.decode()
    assert "Stopped on Apr 10, 12:00 (UTC)" in shown
    assert "Apr 11" not in shown


def test_a_scheduled_campaign_says_that_it_will_be_held(
    boss, make_campaign, make_subscriber, rule, clock
):
    clock.at = AT
    make_subscriber("1")
    send_at = AT + timedelta(days=1)
    campaign = make_campaign(coupon_rule="ten", send_at=send_at)
    send(campaign, AT, expected=1, author=None)
    address = page("campaign_status", campaign.pk)
    shown = boss.get(address).content.decode()
    assert "It goes out on" in shown and "it will not go out on" not in shown
    type(rule).objects.update(ends_on=AT.date())
    shown = boss.get(address).content.decode()
    assert "It goes out on" not in shown and "it will not go out on" in shown
    for tab in ("campaign_status", "campaign_change"):
        head = boss.get(page(tab, campaign.pk)).content.decode().partition("data-fresh>")[2]
        assert head.startswith("Scheduled ·")
    assert "The price rule of its coupons has ended" in shown
    freeze_due(send_at)
    assert Campaign.objects.get().state == "draft"


def test_who_is_subscribed_in_another_store_only_is_told_apart(
    boss, make_campaign, make_segment, make_subscriber, put_into
):
    website = Store.objects.get().website
    Store.objects.create(code="other", name="Other", website=website)
    members = make_subscriber("1"), make_subscriber("2", store="other")
    put_into(make_segment("vip"), *members, make_subscriber("3", status=None))
    campaign = make_campaign(segments=["vip"])
    for _before_and_after in range(2):
        shown = boss.get(page("campaign_status", campaign.pk))
        excluded = shown.context.get("settled", shown.context)["excluded"]
        counted = [(one[0], one[1]) for one in excluded]
        assert counted == [("not subscribed", 1), ("subscribed in another store only", 1)]
        freeze(campaign, AT)


def test_the_head_counts_who_gets_no_mail_for_its_coupon(
    boss, make_campaign, make_subscriber, rule, clock
):
    clock.at = AT
    make_subscriber("1", group=CustomerGroup.objects.create(code="retail", name="Retail"))
    make_subscriber("2")
    make_subscriber("3")
    campaign = make_campaign(coupon_rule="ten")
    type(rule).objects.update(customer_groups=["retail"])
    shown = boss.get(page("campaign_status", campaign.pk)).content.decode()
    assert "2 of 3 recipients get no mail: the coupon is of no use" in shown
    listed = boss.get(page("campaign_changelist")).content.decode()
    people = f"{page('campaign_recipients')}?campaign={campaign.pk}"
    assert f'class="field-recipients"><a href="{people}">1</a><' in listed
    assert "Send to 1 recipient …" in shown
    assert "Send to 1 customer?" in boss.get(page("campaign_send", campaign.pk)).content.decode()
    type(rule).objects.update(ends_on=AT.date() - timedelta(days=1))
    for name in ("status", "change"):
        shown = boss.get(page(f"campaign_{name}", campaign.pk)).content.decode()
        assert "3 of 3 recipients get no mail" in shown


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "is not active"),
        ({"ends_on": "2026-04-10"}, "has ended"),
        ({"ends_on": "2026-04-11"}, ""),
        ({"websites": ["elsewhere"]}, "none of its stores"),
        ({"websites": ["default", "elsewhere"]}, ""),
        (
            {"customer_groups": ["retail"]},
            "then get no mail, or one with a coupon that is of no use",
        ),
        ({"segments": {"operator": "is", "segments": ["vip"]}}, "then get no mail, or one with"),
        ({"value": "50"}, "will give what the rule says now"),
    ],
)
def test_a_rule_names_the_scheduled_campaign_that_needs_it(
    make_campaign, make_subscriber, make_segment, rule, clock, change, why
):
    clock.at = AT
    make_subscriber("1")
    make_segment("vip")
    CustomerGroup.objects.create(code="retail", name="Retail")
    Website.objects.create(code="elsewhere", name="Elsewhere")
    campaign = make_campaign(coupon_rule="ten", send_at=AT + timedelta(days=1))
    send(campaign, AT, expected=1, author=None)
    make_campaign("draft", coupon_rule="ten", send_at=AT + timedelta(days=1))
    warned = [one.message for one in PRICE_RULES.change(rule, change, author=None).warnings]
    assert len(warned) == bool(why)
    for one in warned:
        assert "The campaign “spring” is scheduled for Apr 11, 12:00" in one
        assert why in one


def test_a_template_names_the_scheduled_campaign_that_sends_it(
    make_campaign, make_subscriber, clock
):
    """Otherwise a word changed here goes out to everybody, approved by nobody."""
    clock.at = AT
    make_subscriber("1")
    campaign = make_campaign(send_at=AT + timedelta(days=1))
    written = {"subject": "Another"}
    assert not TEMPLATES.change(campaign.template, written, author=None).warnings
    send(campaign, AT, expected=1, author=None)
    (warned,) = TEMPLATES.change(campaign.template, {"subject": "Third"}, author=None).warnings
    assert "The campaign “spring” is scheduled for Apr 11, 12:00" in warned.message
    shows = {"html": "Your code: {{ coupon.code }}"}
    (warned,) = TEMPLATES.change(campaign.template, shows, author=None).warnings
    assert "would not be sent: Its template shows a coupon" in warned.message


@pytest.mark.parametrize("is_allowed", [False, True])
def test_what_is_on_its_way_is_written_by_whoever_may_send(
    is_allowed, make_campaign, make_subscriber, clerk, clock
):
    """Otherwise somebody who may write templates writes to everybody."""
    clock.at = AT
    make_subscriber("1")
    campaign = make_campaign(send_at=AT + timedelta(days=1))
    rights = [f"campaigns.{one}_mailtemplate" for one in ("view", "change")]
    client = clerk(*rights, *(["campaigns.send_campaign"] if is_allowed else []))
    address = page("mailtemplate_change", campaign.template_id)
    form = {"name": "of-spring", "subject": "Ours", "html": "<p>Hello</p>", "format": "html"}
    shown = client.get(address)
    form["opened_version"] = shown.context["adminform"].form.initial["opened_version"]
    send(campaign, AT, expected=1, author=None)
    said = client.post(address, form)
    assert is_allowed == (said.status_code == 302)
    if not is_allowed:
        assert "only users who may send campaigns" in said.content.decode()
        assert 'value="Ours"' in said.content.decode()
        assert "only users who may send campaigns" in client.get(address).content.decode()
        back = page("mailtemplate_restore", campaign.template_id)
        assert client.post(back, {"version": "1"}, follow=True).status_code == 200
    campaign.template.refresh_from_db()
    assert (campaign.template.subject == "Ours") == is_allowed


def test_a_segment_leads_to_a_campaign_to_it(boss, make_segment):
    vip = make_segment("vip")
    make_segment("others")
    shown = boss.get(reverse("admin:segments_segment_members", args=[vip.pk])).content.decode()
    (link,) = re.findall(r'href="([^"]+)">Send to this segment', shown)
    form = boss.get(link).context["adminform"].form
    assert form["segments"].value() == ["vip"]


def test_what_was_sent_to_whom_and_who_did_not_get_it(
    boss, make_campaign, make_subscriber, make_segment, put_into, make_template
):
    template = make_template("letter", name="The letter")
    members = [make_subscriber(number) for number in "123"]
    vip = make_segment("vip")
    put_into(vip, *members)
    make_segment("out").delete()
    campaign = make_campaign(template="letter", segments=["vip"])
    Campaign.objects.update(exclude_segments=["out"])
    freeze(campaign, AT)
    first, second, third = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(state="skipped", reason="unsubscribed")
    rejected = {"state": "failed", "reason": "rejected", "bounced_at": AT}
    Message.objects.filter(pk=second.pk).update(**rejected)
    status = page("campaign_status", campaign.pk)
    shown = boss.get(status).content.decode()
    assert reverse("admin:segments_segment_change", args=[vip.pk]) in shown
    assert "out (gone)" in shown and "The letter, version 1" in shown
    assert page("mailtemplate_preview", template.pk) in shown
    assert reverse("admin:customers_store_change", args=[Store.objects.get().pk]) in shown
    (link,) = re.findall(r'href="([^"]+reason__exact=rejected)"', shown)
    listed = boss.get(html.unescape(link)).context["cl"].result_list
    assert [one.pk for one in listed] == [second.pk]
    # Nothing has left yet that could have brought something.
    assert 'id="result"' not in shown
    Message.objects.filter(pk=third.pk).update(state="sent")
    shown = boss.get(status).content.decode()
    assert "nothing was reported yet" in shown and "Delivered" not in shown
    Message.objects.filter(pk=third.pk).update(delivered_at=AT, complained_at=AT, clicked_at=AT)
    Campaign.objects.update(clicked=7, state="sent")
    figures = boss.get(status).context["outcome"].figures
    found = {one.label: (one.shown, one.below) for one in figures}
    reported = {"Delivered": ("1", "100%"), "Reported as spam": ("1", "100%")}
    reported |= {"Bounced": ("1", "50%")}
    # No recipient allows tracking: there are only totals.
    assert found.items() >= (reported | {"Clicks": ("7", "")}).items()


@pytest.mark.both
def test_shares_are_of_the_mails_whose_opens_are_known(boss, make_campaign, make_subscriber):
    """Customers who refuse tracking would count as if they had not opened, and get mail for it."""
    customers = [make_subscriber(number) for number in "12345"]
    campaign = freeze(make_campaign(), AT).campaign
    Message.objects.update(state="sent")
    Message.objects.filter(customer=customers[0]).update(opened_at=AT)
    Message.objects.filter(customer=customers[4]).update(clicked_at=AT)
    Campaign.objects.update(opened=3, state="sent")
    for customer, state in zip(
        customers, ("granted", "refused", "granted", "granted", "granted"), strict=True
    ):
        Consent.objects.create(
            customer=customer, purpose="tracking", state=state, source="test", at=AT
        )
    Customer.objects.filter(pk=customers[2].pk).update(is_active=False)
    shown = boss.get(page("campaign_status", campaign.pk)).context["outcome"]
    opened = next(one for one in shown.figures if one.label == "Opened")
    assert (opened.shown, opened.below) == ("25%", "1 of 4")
    send = shown.steps[0]
    assert send.label == "Send to the 1 customer who did not open"
    answer = boss.post(send.url)
    segment = Segment.objects.get()
    assert answer.url.endswith(f"?segments={segment.code}")
    tree = segment.conditions
    found = matching_customers(tree, applies_to="both").values_list("external_id", flat=True)
    assert list(found) == ["4"]


@pytest.mark.both
def test_the_button_under_opt_out_counts_the_customers_it_mails(
    boss, make_campaign, make_subscriber, settings
):
    """Customers without a consent entry would be counted by the button and missing in its segment,
    and the warning about untracked customers would stand beside a condition that leaves them out.
    """
    settings.TRACKING_CONSENT = "opt_out"
    opener, _silent, refusing = (make_subscriber(number) for number in "123")
    campaign = freeze(make_campaign(), AT).campaign
    Message.objects.update(state="sent")
    Message.objects.filter(customer=opener).update(opened_at=AT)
    Consent.objects.create(
        customer=refusing, purpose="tracking", state="refused", source="test", at=AT
    )
    Campaign.objects.update(opened=1, state="sent", finished_at=AT)
    send = boss.get(page("campaign_status", campaign.pk)).context["outcome"].steps[0]
    assert send.label == "Send to the 1 customer who did not open"
    boss.post(send.url)
    tree = Segment.objects.get().conditions
    found = matching_customers(tree, applies_to="both").values_list("external_id", flat=True)
    assert list(found) == ["2"]
    assert not parse_tree(tree).warnings


@pytest.mark.parametrize(
    ("change", "step"),
    [
        # The provider reports no opens: nobody can be said not to have opened.
        (lambda: Campaign.objects.update(opened=0), "Make a segment of the 1 customer who clicked"),
        # Without the attribute a segment cannot leave out customers who refuse.
        (None, "Make a segment of the 1 customer who clicked"),
        # Customers have not had the time to open it.
        (
            lambda: Campaign.objects.update(finished_at=now() - timedelta(hours=23)),
            "Make a segment of the 1 customer who clicked",
        ),
        (
            lambda: Campaign.objects.update(finished_at=now() - timedelta(hours=25)),
            "Send to the 1 customer who did not open",
        ),
    ],
)
def test_step_about_absence_needs_knowledge(
    boss, make_campaign, make_subscriber, settings, monkeypatch, change, step
):
    """A second mail would go to customers who have opened the first, or refuse tracking."""
    settings.TRACKING_CONSENT = "opt_out"
    clicker, _silent = (make_subscriber(number) for number in "12")
    campaign = freeze(make_campaign(), AT).campaign
    Message.objects.update(state="sent")
    Message.objects.filter(customer=clicker).update(clicked_at=AT)
    Campaign.objects.update(opened=1, clicked=1, state="sent")
    if change is None:
        monkeypatch.setattr(outcome, "find_attribute", lambda code: None)
    else:
        change()
    shown = boss.get(page("campaign_status", campaign.pk)).context["outcome"]
    assert shown.steps[0].label == step
    has_opens = Campaign.objects.get().opened > 0
    assert ("opened it" in shown.answer) is has_opens
    assert any(one.label == "Opened" for one in shown.figures) is has_opens


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "1 mail has left; nothing has come back yet."),
        ({"unsubscribed_at": AT}, "1 mail has left; no open or click was reported."),
        (None, "Its messages are not kept any more."),
    ],
)
def test_answer_about_opens_does_not_contradict_the_figures(
    boss, make_campaign, make_subscriber, change, answer
):
    make_subscriber("1")
    campaign = freeze(make_campaign(), AT).campaign
    Campaign.objects.update(state="sent", eligible=1)
    if change is None:
        Message.objects.all().delete()
    else:
        Message.objects.update(state="sent", **change)
    status = page("campaign_status", campaign.pk)
    assert boss.get(status).context["outcome"].answer == answer
    Campaign.objects.update(opened=2)
    reason = "not kept any more" if change is None else "no recipient allows tracking"
    assert reason in boss.get(status).context["outcome"].answer


def test_buttons_that_stop_a_campaign_are_not_rebuilt_with_its_progress(
    boss, make_campaign, make_subscriber
):
    """A press while the part is replaced would do nothing, and the focus would be lost."""
    make_subscriber("1")
    campaign = freeze(make_campaign(), AT).campaign
    shown = boss.get(page("campaign_status", campaign.pk)).content.decode()
    (part,) = (one for one in shown.split("<div data-fresh>") if 'value="pause"' in one)
    buttons = part.partition("</div>")[0]
    assert 'value="pause"' in buttons and 'value="cancel"' in buttons
    assert "<dl" not in buttons and "<progress" not in buttons


def test_segment_before_its_first_refresh_is_named_as_the_obstacle(
    boss, make_campaign, make_subscriber, make_segment
):
    """The page would say that nobody may get it, and offer to choose others."""
    make_subscriber("1")
    segment = make_segment("vip")
    campaign = make_campaign(segments=["vip"])
    status = page("campaign_status", campaign.pk)
    found = boss.get(status).context["obstacle"]
    assert "still being computed" in found.text
    assert found.url == reverse("admin:segments_segment_change", args=[segment.pk])
    Segment.objects.update(refreshed_at=AT)
    assert "Nobody would get it" in boss.get(status).context["obstacle"].text


def test_a_coupon_without_any_price_rule_leads_to_a_new_one(
    boss, make_campaign, make_template, make_subscriber, sender, request
):
    """The link would lead to a choice from nothing."""
    make_subscriber("1")
    make_template("gift", html="<p>{{ coupon.code }}</p>")
    campaign = make_campaign(template="gift")
    status, form = (page(f"campaign_{name}", campaign.pk) for name in ("status", "change"))
    url = boss.get(status).context["obstacle"].url
    back = urlencode({"next": f"{form}#id_coupon_rule"})
    assert (
        url
        == f"{reverse('admin:price_rules_cartpricerule_add')}?coupon=generated&is_active=on&{back}"
    )
    request.getfixturevalue("rule")
    assert boss.get(status).context["obstacle"].url == f"{form}#id_coupon_rule"


def test_repeated_test_mail_goes_only_to_addresses_that_got_none(
    boss, make_campaign, sender, server, monkeypatch
):
    """The first address would get the mail twice, and an uncertain one be called failed."""
    monkeypatch.setattr(test_mail, "carrier_of", lambda *args, **more: server)
    server.moods += [Outcome.SENT, Outcome.REJECTED, Outcome.UNCERTAIN]
    status = page("campaign_status", make_campaign().pk)
    to = "a@shop.example b@shop.example c@shop.example"
    shown = boss.post(status, {"do": "test", "to": to})
    assert shown.context["test"]["to"].value() == "b@shop.example"
    assert "To c@shop.example it may have been sent" in shown.content.decode()
    again = boss.post(status, {"do": "test", "to": "b@shop.example"}, follow=True)
    assert "To b@shop.example it may have been sent" in again.content.decode()


def test_refused_test_mail_names_the_store_or_the_setting_that_is_missing(
    boss, make_campaign, sender, settings
):
    """The form would blame the senders of all stores for a setting, or for one postal address."""
    campaign = make_campaign()
    website = Website.objects.get()
    other = Store.objects.create(code="other", name="Other", website=website)
    MailSender.objects.create(store=other, from_email="a@shop.example")
    Campaign.objects.update(stores=["other"])
    asked = {"do": "test", "to": "me@shop.example"}
    status = page("campaign_status", campaign.pk)
    text = "The store “Other” has no sender with an address and a postal address."
    assert text in boss.post(status, asked).content.decode()
    settings.PUBLIC_URL = ""
    assert "PUBLIC_URL is not set" in str(boss.post(status, asked).context["test"].errors)


def test_a_test_of_a_recipients_mail_keeps_the_draft(
    boss, make_campaign, make_subscriber, make_template, sender, mail
):
    """The page would send the campaign, or a mail without its recipient, in place of a test."""
    make_subscriber("1", first_name="Ann")
    make_template("letter", html="<p>Dear {{ customer.first_name|default:'you' }}</p>")
    campaign = make_campaign(template="letter")
    for name, dear in (("status", "Dear you"), ("send", "Dear Ann")):
        address = page(f"campaign_{name}", campaign.pk)
        assert boss.post(address, {"do": "test", "to": "no address"}).status_code == 200
        answer = boss.post(address, {"do": "test", "to": "me@shop.example"}, follow=True)
        assert "sent to me@shop.example" in answer.content.decode()
        assert dear in mail[-1].get_body(("html",)).get_content()
    campaign.refresh_from_db()
    assert campaign.state == "draft" and campaign.frozen_at is None


@pytest.mark.parametrize("expected", ["", "-1", "1,000", "1" * 40, "٣"])
def test_no_number_is_guessed(boss, make_campaign, make_subscriber, expected):
    campaign = make_campaign()
    make_subscriber("1")
    send = page("campaign_send", campaign.pk)
    boss.post(send, what_it_showed(boss, send) | {"expected": expected})
    assert not Message.objects.exists()


def test_what_is_uncertain_is_decided(boss, make_campaign, make_subscriber):
    make_subscriber("1")
    message = freeze(make_campaign(), AT).campaign.messages.get()
    address = page("message_change", message.pk)
    assert b"Count as sent" not in boss.get(address).content
    Message.objects.update(state="uncertain", claimed_at=AT)
    assert b"Count as sent" in boss.get(address).content
    assert boss.post(address, {"as": "x"}).status_code == 404
    boss.post(address, {"as": "sent"})
    message.refresh_from_db()
    assert message.state == "sent"
    assert boss.get(page("message_changelist")).status_code == 200


def test_messages_are_found_by_the_whole_number_of_their_customer(
    boss, make_campaign, make_subscriber
):
    for number in ("A 1", "A 12", "b"):
        make_subscriber(number, email=f"{len(number)}@shop.example")
    freeze(make_campaign(), AT)
    Message.objects.filter(customer__external_id="b").update(variant="loud-one")

    def found(term):
        rows = boss.get(page("message_changelist"), {"q": term}).context["cl"].result_list
        return sorted(one.customer.external_id for one in rows)

    assert found(" a 1 ") == ["A 1"]
    assert found("B") == ["b"]
    assert found("A") == []
    # No database has a text with a NUL in it.
    assert found("b\0") == []
    assert found("") == ["A 1", "A 12", "b"]
    assert b"loud-one" in boss.get(page("message_changelist")).content


def test_suppressed_addresses(boss):
    assert boss.post(page("suppression_add"), {"address": "x"}).status_code == 200
    boss.post(page("suppression_add"), {"address": "Ann@shop.example"})
    row = Suppression.objects.get()
    found = boss.get(page("suppression_changelist"), {"q": "ann@SHOP.example"}).content.decode()
    assert row.address_hash[:12] in found
    nothing = boss.get(page("suppression_changelist"), {"q": "bob@shop.example"}).content.decode()
    assert row.address_hash[:12] not in nothing
    change = page("suppression_change", row.pk)
    shown = boss.get(change)
    # Lifting needs a reason.
    assert page("suppression_delete", row.pk) not in shown.content.decode()
    assert shown.context["subtitle"] == str(row) == f"by hand, {date_format(localtime(row.at))}"
    boss.post(change, {"why": " "})
    assert find_suppression("ann@shop.example")
    assert AuditEntry.objects.get(subject="campaigns.suppression").name == row.called
    boss.post(change, {"why": "She asked for it."})
    assert not find_suppression("ann@shop.example")


def test_a_sender(boss):
    store = Store.objects.get()
    body = {
        "store": store.pk,
        "from_name": "Shop",
        "from_email": "x",
        "reply_to": "",
        "postal_address": "Town",
    }
    assert "from_email" in errors_of(boss.post(page("mailsender_add"), body))
    boss.post(page("mailsender_add"), body | {"from_email": "news@shop.example"})
    assert MailSender.objects.get().is_complete
    assert "store" in errors_of(boss.post(page("mailsender_add"), body))
    assert boss.get(page("mailsender_changelist")).status_code == 200


def test_author_who_may_not_send_sees_what_is_missing(
    clerk, make_campaign, make_subscriber, make_segment
):
    make_segment("empty")
    Segment.objects.update(refreshed_at=now())
    make_subscriber("1")
    author = clerk("campaigns.view_campaign", "campaigns.change_campaign")
    nobody, senderless = make_campaign("a", segments=["empty"]), make_campaign("b")
    MailSender.objects.all().delete()
    for campaign, said in ((nobody, "Choose who gets it"), (senderless, "A store has no sender")):
        shown = author.get(page("campaign_status", campaign.pk)).content.decode()
        assert said in shown and page("campaign_send", campaign.pk) not in shown


def test_whoever_may_only_look_sends_nothing(client_with, make_campaign, make_subscriber):
    campaign = make_campaign()
    make_subscriber("1")
    looker = client_with("campaigns.view_campaign", "campaigns.view_mailtemplate")
    looker.user.is_staff = True
    looker.user.save()
    status = page("campaign_status", campaign.pk)
    send = page("campaign_send", campaign.pk)
    shown = looker.get(status)
    assert shown.status_code == 200 and send not in shown.content.decode()
    assert looker.get(send).status_code == looker.post(send, {"expected": "1"}).status_code == 403
    assert looker.post(status, {"do": "cancel"}).status_code == 403
    right = Permission.objects.get(codename="send_campaign")
    looker.user.user_permissions.add(right)
    assert send in looker.get(status).content.decode()
    assert looker.get(page("campaign_change", campaign.pk)).status_code == 200
    preview = page("mailtemplate_preview", campaign.template_id)
    assert looker.post(preview, {"to": "a@b.de"}).status_code == 403


def test_no_filter_has_a_nul_in_it(boss):
    for address in ("message_changelist", "campaign_changelist", "suppression_changelist"):
        for name in ("state", "state__exact", "reason", "kind"):
            answer = boss.get(page(address), {name: "\0"})
            assert answer.status_code in (302, 400), (address, name)
