"""Anymail's webhooks: taken by its own authentication, each event once, in any order."""

import json
import sys
from datetime import timedelta

import pytest

from campaigns.audience.freezing import freeze
from campaigns.models import Campaign, Message, Suppression
from campaigns.provider_webhooks.endpoint import VIEWS
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.tests.provider_webhooks.posted import (
    EARLY,
    KEY,
    SECRET,
    basic,
    brevo,
    mailersend,
    mailgun,
    post,
    postmark,
    signed,
)
from campaigns.transports.esp import ESPS, reference_of
from core.clock import now
from customers.models import Consent, NewsletterSubscription

pytest.importorskip("anymail")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secret(settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {
        "MAILGUN_WEBHOOK_SIGNING_KEY": KEY,
        "MAILERSEND_SIGNING_SECRET": KEY,
    }


@pytest.fixture
def message(make_campaign, make_subscriber, mail):
    make_subscriber("1")
    message = freeze(make_campaign(), AT).campaign.messages.get()
    send_due(as_of=AT)
    message.refresh_from_db()
    return message


@pytest.fixture
def reference(message):
    return reference_of(message.message_id)


def counts(response):
    assert response.status_code == 202, response.content
    return tuple(response.json()[name] for name in ("accepted", "duplicates", "unknown"))


def test_who_does_not_know_the_secret_is_refused(message, reference, client):
    told = postmark(reference, "Delivery", EARLY)
    for headers in ({}, basic(password="x"), basic(user="x"), {"Authorization": "Basic ééé"}):
        assert post(client, "postmark", told, headers).status_code == 403
    message.refresh_from_db()
    assert message.delivered_at is None
    assert counts(post(client, "postmark", told)) == (1, 0, 0)
    message.refresh_from_db()
    assert message.delivered_at == EARLY


def test_anymails_own_secret_replaces_ours(reference, client, settings):
    settings.ANYMAIL["WEBHOOK_SECRET"] = "us:them"
    told = postmark(reference, "Delivery", EARLY)
    assert post(client, "postmark", told).status_code == 403
    assert counts(post(client, "postmark", told, basic("us", "them"))) == (1, 0, 0)
    # And stands beside a signature.
    click = mailgun(reference, "clicked", EARLY)
    assert post(client, "mailgun", click, {}).status_code == 403
    assert counts(post(client, "mailgun", click, basic("us", "them"))) == (1, 0, 0)


def test_what_a_provider_signs_needs_no_password(reference, client):
    forged = mailgun(reference, "clicked", EARLY, key="x")
    assert post(client, "mailgun", forged, {}).status_code == 403
    assert post(client, "mailgun", forged).status_code == 403
    assert counts(post(client, "mailgun", mailgun(reference, "clicked", EARLY), {})) == (1, 0, 0)
    assert Campaign.objects.get().clicked == 1


def test_each_counts_once_in_any_order(message, reference, client):
    bounce = postmark(reference, "HardBounce", EARLY + timedelta(hours=1))
    delivery = postmark(reference, "Delivery", EARLY)
    assert counts(post(client, "postmark", bounce)) == (1, 0, 0)
    assert counts(post(client, "postmark", delivery)) == (1, 0, 0)
    assert counts(post(client, "postmark", bounce)) == (0, 1, 0)
    assert counts(post(client, "postmark", delivery)) == (0, 1, 0)
    message.refresh_from_db()
    assert (message.delivered_at, message.bounced_at) == (EARLY, EARLY + timedelta(hours=1))
    assert Suppression.objects.get().reason == "hard_bounce"


def test_two_opens_are_two(reference, client):
    for minutes in (1, 1, 2):
        opened = postmark(reference, "Open", EARLY + timedelta(minutes=minutes))
        post(client, "postmark", opened)
    assert Campaign.objects.get().opened == 2


def test_delivered_settles_what_is_uncertain(message, reference, client):
    Message.objects.update(state="uncertain", reason="no_reply")
    assert counts(post(client, "brevo", brevo(reference, "delivered", EARLY))) == (1, 0, 0)
    message.refresh_from_db()
    assert message.state == "sent"


def test_three_soft_bounces_suppress_and_deferrals_do_not(reference, client):
    for number in range(3):
        assert not Suppression.objects.exists()
        late = EARLY + timedelta(days=number)
        assert counts(post(client, "brevo", brevo(reference, "deferred", late))) == (0, 0, 0)
        post(client, "brevo", brevo(reference, "soft_bounce", late, number))
    assert Suppression.objects.get().reason == "soft_bounces"


def test_what_knows_tags_only_is_found_by_them(reference, client):
    told = mailersend(reference, "hard_bounced", EARLY)
    assert post(client, "mailersend", told, {"Signature": "x"}).status_code == 403
    assert counts(post(client, "mailersend", told, signed(json.dumps(told)))) == (1, 0, 0)
    assert Suppression.objects.get().reason == "hard_bounce"


def test_a_complaint_and_an_unsubscription(message, reference, client):
    post(client, "postmark", postmark(reference, "ManualSuppression", EARLY))
    post(client, "postmark", postmark(reference, "SpamComplaint", EARLY))
    message.refresh_from_db()
    assert message.unsubscribed_at and message.complained_at
    assert NewsletterSubscription.objects.get().status == "unsubscribed"
    assert Suppression.objects.get().reason == "complaint"


def test_our_own_message_id_will_do_too(message, client):
    told = mailgun(None, "delivered", EARLY)
    told["event-data"] |= {
        "user-variables": {},
        "message": {"headers": {"message-id": message.message_id}},
    }
    assert counts(post(client, "mailgun", told, {})) == (1, 0, 0)


@pytest.mark.parametrize("other", ["0.x", "9" * 30 + ".x", "1.other", "\0", "\ud800", "²", "", 7])
def test_of_unknown_messages_nothing_is_noted(message, client, other):
    assert counts(post(client, "postmark", postmark(other, "Delivery", EARLY))) == (0, 0, 1)


def test_who_consents_has_clicked(message, reference, client):
    from personalization.models import BehaviorEvent

    post(client, "postmark", postmark(reference, "Click", now(), 1))
    assert not BehaviorEvent.objects.exists()
    Consent.objects.create(
        customer=message.customer, purpose="tracking", state="granted", source="api", at=AT
    )
    for kind in ("Click", "Open"):
        post(client, "postmark", postmark(reference, kind, now(), 2))
    assert {(one.behavior_type, one.data["campaign"]) for one in BehaviorEvent.objects.all()} == {
        ("email_clicked", "mail:spring"),
        ("email_opened", "mail:spring"),
    }
    campaign = Campaign.objects.get()
    assert (campaign.clicked, campaign.opened) == (2, 1)


def test_without_secret_package_or_key_there_is_nothing(client, settings, monkeypatch):
    told = postmark("1.x", "Delivery", EARLY)
    assert counts(post(client, "postmark", told)) == (0, 0, 1)
    for esp in ("scaleway", "nobody", "base", "postmark.x"):
        assert post(client, esp, told).status_code == 404
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "anymail.webhooks.postmark", None)
        assert post(client, "postmark", told).status_code == 404
    settings.ANYMAIL = {}
    assert post(client, "mailgun", mailgun("1.x", "opened", EARLY)).status_code == 404
    settings.MAIL_WEBHOOK_SECRET = ""
    assert post(client, "postmark", told).status_code == 404


def test_every_provider_of_anymail_has_its_hook(client, settings):
    assert set(ESPS) - set(VIEWS) == {"scaleway"}
    assert set(VIEWS) <= set(ESPS)


def test_providers_look_whether_something_is_there(client):
    address = "/m/hooks/postmark/"
    assert client.head(address).status_code == 200
    assert client.get(address).status_code == 405


WRONG = {
    "nothing": b"",
    "nul": b"\0",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "a number": b"7",
    "deep": b"[" * 100_000,
    "deeper": b'{"Metadata":' * 50_000 + b"1" + b"}" * 50_000,
    "an event of nothing": b'[{"event": null}]',
    "times": b'[{"event": "open", "time": 1e99999, "timestamp": 1e400}]',
    "far away": b'{"event": "opened", "ts_epoch": 1e300}',
    "year 9999": b'{"RecordType": "Open", "ReceivedAt": "9999-12-31T23:59:59-23:59"}',
    "year 1": b'{"RecordType": "Open", "ReceivedAt": "0001-01-01T00:00:00+23:59"}',
    "no offset": b'{"RecordType": "Open", "ReceivedAt": "2026-04-10T12:00:00"}',
    "no metadata": b'{"RecordType": "Bounce", "Type": {}, "Metadata": null}',
    "odd bounce": b'{"RecordType": "Bounce", "Type": ["HardBounce"], "ID": {"a": "\\ud800"}}',
    "inbound": b'{"FromFull": {}}',
    "other metadata": b'{"event": "opened", "X-Mailin-custom": "[]"}',
}


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")
@pytest.mark.parametrize(
    "esp", ["postmark", "brevo", "mailjet", "mailtrap", "sendgrid", "sparkpost"]
)
@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_what_is_no_report_is_refused(client, esp, body):
    assert post(client, esp, body).status_code in (202, 400)
    assert post(client, esp, body, {}).status_code == 403


@pytest.mark.parametrize("esp", ["mailgun", "mailersend"])
@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_nobody_has_signed_what_is_none(client, esp, body):
    assert post(client, esp, body, {}).status_code == 403


def test_a_body_has_its_limit(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert post(client, "postmark", b" " * 1_001).status_code == 413


def test_a_time_that_is_to_come_is_the_time_of_arrival(message, reference, client):
    post(client, "postmark", postmark(reference, "Delivery", now() + timedelta(days=400)))
    message.refresh_from_db()
    assert AT < message.delivered_at <= now()


def test_more_than_a_thousand_at_once_are_too_many(message, reference, client):
    payload = json.dumps({"tranche_message": reference})
    one = {"event": "open", "time": 1_775_826_000, "email": "x@y.example", "Payload": payload}
    told = [one | {"MessageID": number} for number in range(1_001)]
    answer = post(client, "mailjet", told)
    assert answer.status_code == 413
    assert "1,000" in answer.content.decode()
    assert Campaign.objects.get().opened == 0
    assert counts(post(client, "mailjet", told[1:])) == (1_000, 0, 0)
    assert Campaign.objects.get().opened == 1_000
