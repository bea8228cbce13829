"""The pages of mail in a browser: a campaign from its draft to its report; nothing inaccessible."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from campaigns.editing.syncs import SyncDefinition, create_sync
from campaigns.freezing import freeze
from campaigns.models import Campaign, Message, SyncMember
from campaigns.sending import send_due
from campaigns.suppression import suppress
from campaigns.tests.conftest import AT
from segments.tests.browser.conftest import chromium, under_way
from segments.tests.browser.two_looks import visitor

__all__ = ["chromium", "under_way", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address(name, *arguments):
    return reverse(f"admin:campaigns_{name}", args=arguments)


def test_every_page_is_accessible_and_fits(
    visitor, make_campaign, make_template, make_subscriber, make_segment, mail
):
    make_subscriber("1")
    make_subscriber("gone", status="unsubscribed")
    template = make_template(html="<h1>Hello</h1><p>{{ coupon.code }}</p>")
    segment = make_segment("vip")
    draft = make_campaign("draft", template="welcome")
    make_campaign("named", segments=["vip"])
    sent = freeze(make_campaign("sent"), AT).campaign
    Message.objects.update(state="uncertain", reason="lost", claimed_at=AT, attempts=1)
    suppressed = suppress("x@shop.example", "by_hand", AT)
    pages = [address(f"{name}_changelist") for name in ("campaign", "mailtemplate", "message")]
    pages += [address(f"{name}_changelist") for name in ("mailsender", "suppression")]
    pages += [address("campaign_add"), address("campaign_change", draft.pk)]
    pages += [address("campaign_status", one.pk) for one in (draft, sent)]
    pages += [
        address(f"mailtemplate_{name}", template.pk) for name in ("change", "preview", "history")
    ]
    pages += [address("message_change", Message.objects.get().pk)]
    pages += [address("suppression_change", suppressed.pk), address("suppression_add")]
    pages += [reverse("admin:segments_segment_mail", args=[segment.pk])]
    sync = create_sync(SyncDefinition("vip", "klaviyo", "abc", "SYNC_KEY_KLAVIYO"), author=None)
    sync.error, sync.not_before = "429 too many requests", AT
    sync.save()
    message = Message.objects.get()
    SyncMember.objects.create(
        sync=sync, customer=message.customer, state="refused", error="fake", changed_at=AT
    )
    pages += [address(f"audiencesync_{name}") for name in ("changelist", "add")]
    pages += [address(f"audiencesync_{name}", sync.pk) for name in ("change", "delete")]
    faults = []
    for page in pages:
        visitor.open(page)
        visitor.page.wait_for_load_state("networkidle")
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_what_links_lead_to_is_accessible_and_fits(visitor, make_campaign, make_subscriber, mail):
    make_subscriber("1")
    freeze(make_campaign(), AT)
    send_due(as_of=AT)
    text = mail[0].get_body(("plain",)).get_content()
    link = re.search(r"https://mail\.shop\.example(/m/u/\w+/)", text)[1]
    faults = []
    for page in (link, link.replace("/u/", "/p/")):
        visitor.open(page)
        faults += visitor.faults()
    visitor.open(link)
    visitor.page.get_by_role("button", name="Unsubscribe").click()
    expect(visitor.page.get_by_role("heading")).to_have_text("You are unsubscribed")
    faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_a_campaign_from_its_draft_to_its_report(
    visitor, make_template, make_subscriber, sender, settings, mail
):
    settings.CONFIRM_ABOVE = 2
    make_template("welcome")
    for number in range(3):
        make_subscriber(str(number))
    make_subscriber("gone", status="unsubscribed")
    visitor.open(address("campaign_add"))
    page = visitor.page
    page.fill("#id_name", "Spring")
    page.select_option("#id_template", label="welcome")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Who would get it now")).to_be_visible()
    expect(page.get_by_role("row", name="Unsubscribed 1")).to_be_visible()
    button = page.get_by_role("button", name="Send to 3 recipients")
    # Without its code the browser itself holds it back.
    button.click()
    assert not Message.objects.exists()
    page.get_by_label("type its code").fill("spring")
    button.click()
    expect(page.get_by_text("It is on its way.")).to_be_visible()
    expect(page.get_by_text("0 / 3")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    send_due()
    expect(page.get_by_text("3 / 3")).to_be_visible(timeout=20_000)
    assert Campaign.objects.get().state == "sent"
    assert len(mail) == 3
