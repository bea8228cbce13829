"""Reports of mail providers: signed, in any order, each counted once."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.audience.freezing import freeze
from campaigns.models import Campaign, Message, Suppression
from campaigns.results.provider_reports import Report, ReportType, note_reports
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from core.clock import now
from customers.models import NewsletterSubscription

pytestmark = pytest.mark.django_db
SECRET = "zq-secret"


@pytest.fixture(autouse=True)
def secret(settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET


@pytest.fixture
def message(make_campaign, make_subscriber, mail):
    make_subscriber("1")
    message = freeze(make_campaign(), AT).campaign.messages.get()
    send_due(as_of=AT)
    message.refresh_from_db()
    return message


def told(client, *reports, secret=SECRET, stamp=None, body=None):
    text = json.dumps(list(reports)) if body is None else body
    stamp = str(int(time.time())) if stamp is None else stamp
    digest = hmac.new(secret.encode(), f"{stamp}.{text}".encode(), hashlib.sha256).hexdigest()
    return client.generic(
        "POST",
        "/api/v1/mail/events/",
        text,
        content_type="application/json",
        headers={"X-Timestamp": stamp, "X-Signature": f"sha256={digest}"},
    )


def report(message, kind, number="1", **more):
    at = now().isoformat()
    return {"id": number, "message_id": message.message_id, "type": kind, "at": at, **more}


def test_only_what_is_signed_is_taken(message, client, settings):
    one = report(message, "delivered")
    assert told(client, one, secret="x").status_code == 403
    old = str(int(time.time()) - 301)
    assert told(client, one, stamp=old).status_code == 403
    assert told(client, one, stamp="1e9").status_code == 403
    settings.MAIL_WEBHOOK_SECRET = ""
    assert told(client, one).status_code == 404
    message.refresh_from_db()
    assert message.delivered_at is None


def test_each_counts_once_in_any_order(message, client):
    bounced = report(message, "bounced", "2", detail="hard")
    assert told(client, bounced).json() == {"accepted": 1, "duplicates": 0, "unknown": 0}
    both = (report(message, "delivered", "1"), bounced)
    assert told(client, *both).json() == {"accepted": 1, "duplicates": 1, "unknown": 0}
    message.refresh_from_db()
    assert message.delivered_at and message.bounced_at
    assert Suppression.objects.get().reason == "hard_bounce"


def test_delivered_settles_what_is_uncertain(message, client):
    Message.objects.update(state="uncertain", reason="lost")
    told(client, report(message, "delivered"))
    message.refresh_from_db()
    assert (message.state, message.reason, message.sent_at) == ("sent", "", message.claimed_at)


def test_three_soft_bounces_within_30_days_suppress(message, client):
    def bounce(number, days):
        at = (now() - timedelta(days=days)).isoformat()
        told(client, report(message, "bounced", str(number), detail="soft") | {"at": at})
        return Suppression.objects.count()

    assert [bounce(1, 40), bounce(2, 20), bounce(3, 5)] == [0, 0, 0]
    # One that is told late counts where it belongs.
    assert bounce(4, 30) == 1
    assert Suppression.objects.get().reason == "soft_bounces"


def test_a_complaint_suppresses_and_unsubscribing_unsubscribes(message, client):
    told(client, report(message, "complained", "1"), report(message, "unsubscribed", "2"))
    message.refresh_from_db()
    assert message.complained_at and message.unsubscribed_at
    assert Suppression.objects.get().reason == "complaint"
    assert NewsletterSubscription.objects.get().status == "unsubscribed"


def test_opens_and_clicks_are_counted(message, client):
    told(client, report(message, "opened", "1"), report(message, "clicked", "2"))
    told(client, report(message, "clicked", "3"))
    campaign = Campaign.objects.get()
    assert (campaign.opened, campaign.clicked) == (1, 2)


def test_who_consents_has_clicked(message, client):
    from customers.models import Consent
    from personalization.models import BehaviorEvent

    told(client, report(message, "clicked", "1"))
    assert not BehaviorEvent.objects.exists()
    Consent.objects.create(
        customer=message.customer, purpose="tracking", state="granted", source="api", at=AT
    )
    told(client, report(message, "clicked", "2"))
    event = BehaviorEvent.objects.get()
    assert (event.behavior_type, event.data) == ("email_clicked", {"campaign": "mail:spring"})


@pytest.mark.parametrize("kind", ["opened", "clicked", "delivered"])
def test_what_comes_in_numbers_is_noted_at_once(
    make_campaign, make_subscriber, mail, client, kind, django_assert_max_num_queries
):
    for number in range(50):
        make_subscriber(str(number))
    campaign = freeze(make_campaign(), AT).campaign
    send_due(as_of=AT)
    messages = list(campaign.messages.order_by("pk"))
    told_of = [report(one, kind, f"{one.pk} {n}") for n in range(20) for one in messages]
    told_of[-1] = told_of[0]
    told_of[-2] |= {"message_id": "nowhere@shop.example"}
    with django_assert_max_num_queries(250):
        answer = told(client, *told_of)
    assert answer.json() == {"accepted": 998, "duplicates": 1, "unknown": 1}
    assert told(client, *told_of).json() == {"accepted": 0, "duplicates": 1_000, "unknown": 0}
    campaign.refresh_from_db()
    expected = {"opened": (998, 0), "clicked": (0, 998), "delivered": (0, 0)}[kind]
    assert (campaign.opened, campaign.clicked) == expected
    arrived = campaign.messages.exclude(delivered_at=None).count()
    assert arrived == (50 if kind == "delivered" else 0)


def test_those_of_one_call_are_each_of_their_kind(message, client):
    kinds = ("opened", "complained", "delivered", "clicked", "delivered", "opened")
    both = [report(message, kind, str(place)) for place, kind in enumerate(kinds)]
    both[2]["at"] = "2026-04-10T12:30:00Z"
    assert told(client, *both).json()["accepted"] == 6
    message.refresh_from_db()
    assert message.complained_at and message.delivered_at == AT + timedelta(minutes=30)
    campaign = Campaign.objects.get()
    assert (campaign.opened, campaign.clicked) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_told_twice_at_the_same_time_it_counts_once(message):
    if connection.vendor == "sqlite":
        return  # There one writes at a time.
    reports = [
        Report(str(number), message.message_id, ReportType.OPENED, AT) for number in range(150)
    ]

    def note(given):
        try:
            return note_reports(given, AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(note, [reports, reports[::-1], reports, reports[::-1]]))
    assert sum(one.accepted for one in found) == 150
    assert Campaign.objects.get().opened == 150


def test_of_unknown_messages_nothing_is_noted(message, client):
    other = report(message, "delivered") | {"message_id": "nowhere@shop.example"}
    answer = told(client, other)
    assert (answer.status_code, answer.json()["unknown"]) == (202, 1)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": "x"}, "[1].type"),
        ({"type": "bounced"}, "[1].detail"),
        ({"at": "2026-04-10"}, "[1].at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "[1].at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "[1].at"),
        ({"id": ""}, "[1].id"),
        ({"message_id": 7}, "[1].message_id"),
    ],
)
def test_one_that_is_wrong_refuses_all_with_its_place(message, client, change, path):
    good = report(message, "delivered", "1")
    answer = told(client, good, report(message, "delivered", "2") | change)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["errors"]] == [path]
    message.refresh_from_db()
    assert message.delivered_at is None


@pytest.mark.parametrize("body", ["", "[]", "{", "[1]", "1e99999", '"x"', "[" * 10_000])
def test_what_is_no_report(message, client, body):
    assert told(client, body=body).status_code == 400


def test_texts_that_no_database_stores(message, client):
    odd = report(message, "delivered") | {"id": "a\0b", "message_id": "\ud800\0"}
    assert told(client, odd).status_code == 202


def test_the_mail_of_a_segment(merchant, client_with, make_campaign, make_segment, make_subscriber):
    make_segment("vip")
    make_campaign("spring", segments=["vip"])
    looker = client_with("segments.view_segment", "campaigns.view_campaign")
    (one,) = looker.send("GET", "segments/vip/mail/").json()["campaigns"]
    assert one == {
        "code": "spring",
        "name": "spring",
        "state": "draft",
        "next_due": None,
        "last_sent": None,
    }
    assert looker.send("GET", "segments/x/mail/").status_code == 404
