"""Segments about mail follow reports, the suppression list, consent and the mailbox."""

from datetime import timedelta

import pytest

from campaigns.consent.suppression import lift, suppress
from campaigns.models import Message, MessageState, SuppressionReason
from campaigns.results.provider_reports import Report, ReportType, note_reports
from campaigns.tests.conftest import AT
from core.clock import now
from customers.models import Customer, DirtyCustomer, NewsletterSubscription, Purpose
from customers.models.identity.consent import ConsentState
from customers.privacy.consent import note_consent
from segments.engine.live_changes.changed_customers import process_changes
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db


def condition(code, operator, *value):
    node = {"attribute": code, "operator": operator}
    return node | ({"value": value[0]} if value else {})


def message_to(customer, **values):
    number = Message.objects.count()
    values = {"message_id": f"<{number}@x>", "sent_at": AT, "state": MessageState.SENT} | values
    store = customer.store
    return Message.objects.create(
        kind="campaign", customer=customer, store=store, due_at=AT, address=customer.email, **values
    )


def report(message, kind, *, hours=1, number=""):
    at = AT + timedelta(hours=hours)
    one = Report(f"{message.pk}-{kind}-{hours}-{number}", message.message_id, kind, at, True)
    note_reports([one], at)


def say(customer, state):
    note_consent(customer, {Purpose.TRACKING: state}, source="api", author=None, at=now())


def work_off():
    """Process marks until there are none, those of the processing itself included."""
    for _round in range(5):
        if not DirtyCustomer.objects.exists():
            return
        process_changes()
    raise AssertionError("marks beget marks for ever")


@pytest.fixture
def follows(make_segment, member_numbers):
    """Return a function that makes a segment, and one that tells its members once they follow."""

    def make(*conditions):
        segment = make_segment("Mail", list(conditions))
        refresh_segment(segment)

        def members():
            work_off()
            return member_numbers(segment)

        return members

    return make


def test_reports_are_followed_by_the_first_and_the_number(make_subscriber, follows):
    ann = make_subscriber("A")
    say(ann, ConsentState.GRANTED)
    mail = message_to(ann)
    clicked = follows(condition("mail.clicked_at", "is_not_empty"))
    opened_twice = follows(condition("mail.opens", "gte", 2))
    bounced = follows(condition("mail.bounced_at", "is_not_empty"))
    suppressed = follows(condition("mailing.suppressed", "is", True))
    assert [clicked(), opened_twice(), bounced(), suppressed()] == [[], [], [], []]

    for hours in (3, 2):
        report(mail, ReportType.OPENED, hours=hours)
    report(mail, ReportType.CLICKED)
    report(mail, ReportType.DELIVERED, hours=5)
    report(mail, ReportType.DELIVERED, hours=4)
    assert [clicked(), opened_twice(), bounced()] == [["A"], ["A"], []]
    report(mail, ReportType.BOUNCED, hours=7)
    report(mail, ReportType.BOUNCED, hours=6)
    assert [bounced(), suppressed()] == [["A"], ["A"]]
    mail.refresh_from_db()
    hours = {
        name: (getattr(mail, f"{name}_at") - AT) / timedelta(hours=1)
        for name in ("opened", "clicked", "delivered", "bounced")
    }
    assert hours == {"opened": 2, "clicked": 1, "delivered": 4, "bounced": 6}
    assert (mail.opens, mail.clicks) == (2, 1)


def test_who_refuses_tracking_has_opened_nothing(make_subscriber, follows):
    ann, ben = make_subscriber("A"), make_subscriber("B")
    mails = [message_to(one) for one in (ann, ben)]
    opened = follows(condition("mail.opened_at", "is_not_empty"))
    say(ann, ConsentState.GRANTED)
    say(ben, ConsentState.REFUSED)
    for mail in mails:
        report(mail, ReportType.OPENED)
    assert opened() == ["A"]

    say(ann, ConsentState.REFUSED)
    assert opened() == []
    assert not Message.objects.exclude(opened_at=None, opens=0).exists()


def test_suppressing_and_lifting_marks_whose_address_it_is(make_subscriber, follows):
    make_subscriber("A", email="a@bücher.example")
    make_subscriber("B")
    suppressed = follows(condition("mailing.suppression_reason", "is", "by_hand"))
    may_get = follows(condition("mailing.may_get", "is", True))
    assert [suppressed(), may_get()] == [[], ["A", "B"]]

    row = suppress("A@xn--bcher-kva.example", SuppressionReason.BY_HAND, AT)
    assert [suppressed(), may_get()] == [["A"], ["B"]]
    lift(row, "asked for it", author=None)
    assert [suppressed(), may_get()] == [[], ["A", "B"]]


def test_a_refusal_counts_for_everybody_of_the_mailbox(make_subscriber, follows):
    make_subscriber("A", email="one@shop.example")
    guest = make_subscriber("B", email="ONE@shop.example", kind="guest")
    may_get = follows(condition("mailing.may_get", "is", True))
    assert may_get() == ["A"]

    Customer.objects.filter(pk=guest.pk).update(accepts_marketing=False)
    assert may_get() == []
    Customer.objects.filter(pk=guest.pk).update(accepts_marketing=True)
    assert may_get() == ["A"]
    NewsletterSubscription.objects.filter(customer=guest).update(
        status="unsubscribed", status_changed_at=AT + timedelta(days=1)
    )
    assert may_get() == []


def test_who_subscribes_after_an_erasure_may_get_mail_again(make_subscriber, follows):
    ann = make_subscriber("A")
    may_get = follows(condition("mailing.may_get", "is", True))
    suppress(ann.email, SuppressionReason.ERASED, AT + timedelta(hours=1))
    assert may_get() == []
    ann.subscriptions.update(status_changed_at=AT + timedelta(hours=2))
    assert may_get() == ["A"]


def test_a_merged_guest_s_mails_are_the_customer_s(make_subscriber, follows):
    from customers.merging import merge_guest

    make_subscriber("A")
    guest = make_subscriber("G", kind="guest")
    message_to(guest, opened_at=AT, opens=1)
    opened = follows(condition("mail.opens", "gte", 1))
    assert opened() == []
    merge_guest(guest, Customer.objects.get(external_id="A"))
    assert opened() == ["A"]


@pytest.mark.once
def test_mail_is_shown_to_who_may_view_messages(make_subscriber, client_with):
    message_to(make_subscriber("A"), opened_at=AT, variant="b")
    tree = {
        "match": "all",
        "conditions": [
            condition("mail.opened_at", "is_not_empty"),
            {"relation": "mails", "aggregate": "count", "operator": "gte", "value": 1},
        ],
    }
    seen = ("customers.view_personal_data", "segments.view_members", "conditions.preview")
    for rights, is_shown in ((seen, False), ((*seen, "campaigns.view_message"), True)):
        client = client_with(*rights)
        body = {"conditions": tree, "customer": "A"}
        address = "/api/v1/segments/preview/explain/"
        reply = client.post(address, body, content_type="application/json").json()
        nodes = reply["explanation"]["conditions"]
        assert [("actual" in one) for one in nodes] == [is_shown] * 2
        values = client.get("/api/v1/conditions/values/?attribute=mail.variant").json()
        assert bool(values) == is_shown
