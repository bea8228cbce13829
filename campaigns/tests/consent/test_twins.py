"""A refusal belongs to the mailbox: a guest, an account and two spellings are one person."""

from datetime import timedelta

import pytest

from campaigns.audience.freezing import freeze
from campaigns.audience.judging import audience_of
from campaigns.consent.suppression import suppress
from campaigns.consent.unsubscribing import prefer, unsubscribe
from campaigns.models import Message, Suppression, SuppressionReason
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from core.clock import now
from customers.events.receiving.request import receive
from customers.models import NewsletterSubscription, Store
from segments.export.members import export_members

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)


@pytest.fixture(
    params=[
        ("a@shop.example", "A@SHOP.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        # IDNA 2003 wrote "strasse", which is another domain.
        ("a@straße.example", "a@xn--strae-oqa.example"),
    ]
)
def twins(request, make_subscriber):
    """A guest and an account of one mailbox, both subscribed since a day ago."""
    at = AT - timedelta(days=1)
    one, other = request.param
    return (
        make_subscriber("guest", kind="guest", email=one, at=at),
        make_subscriber("account", email=other, at=at),
    )


def exported(segment):
    text = b"".join(export_members(segment, "csv", user=None, target="mailchimp")).decode()
    return len(text.splitlines()) - 1


def excluded(campaign):
    found = audience_of(campaign, as_of=LATER)
    assert found.members == found.eligible + sum(found.excluded.values())
    return found.eligible, found.excluded


def test_who_unsubscribes_under_one_number_is_unsubscribed_under_all(
    twins, make_campaign, make_segment, put_into, mail
):
    first, second = make_campaign("first"), make_campaign("second")
    segment = make_segment("all")
    put_into(segment, *twins)
    freeze(first, AT)
    send_due(as_of=AT)
    assert (len(mail), exported(segment)) == (1, 1)
    unsubscribe(Message.objects.get(), LATER)
    assert excluded(second) == (0, {"unsubscribed": 2})
    assert exported(segment) == 0


def test_what_was_frozen_before_is_not_sent_to_the_other(twins, make_campaign, mail):
    freeze(make_campaign(), AT)
    message = Message.objects.get()
    other = next(one for one in twins if one != message.customer)
    NewsletterSubscription.objects.filter(customer=other).update(
        status="unsubscribed", status_changed_at=AT
    )
    send_due(as_of=AT)
    message.refresh_from_db()
    assert (mail, message.state, message.reason) == ([], "skipped", "unsubscribed")


def test_a_later_yes_of_either_counts(twins, make_campaign):
    campaign = make_campaign()
    guest, account = (one.subscriptions for one in twins)
    guest.update(status="unsubscribed", status_changed_at=AT)
    assert excluded(campaign) == (0, {"unsubscribed": 2})
    account.update(status_changed_at=AT + timedelta(minutes=1))
    assert excluded(campaign) == (1, {"unsubscribed": 1})


def test_whoever_subscribes_again_by_the_link_gets_mail(twins, make_campaign):
    campaign = make_campaign("first")
    freeze(campaign, AT)
    message = Message.objects.get()
    other = next(one for one in twins if one != message.customer)
    other.subscriptions.update(status="unsubscribed", status_changed_at=AT)
    prefer(message, [message.store_id], LATER)
    assert excluded(make_campaign("second")) == (1, {"unsubscribed": 1})


def test_marketing_that_one_refuses_is_refused_for_both(twins, make_campaign, mail):
    campaign = make_campaign()
    freeze(campaign, AT)
    guest, _account = twins
    guest.accepts_marketing = False
    guest.save()
    assert excluded(make_campaign("second")) == (0, {"refused_marketing": 2})
    send_due(as_of=AT)
    assert (mail, Message.objects.get().reason) == ([], "refused_marketing")


def test_a_refusal_of_a_store_without_a_subscription_is_remembered(make_subscriber, make_campaign):
    customer = make_subscriber("1")
    freeze(make_campaign(), AT)
    customer.subscriptions.all().delete()
    unsubscribe(Message.objects.get(), LATER)
    found = customer.subscriptions.get()
    assert (found.status, found.status_changed_at) == ("unsubscribed", LATER)


def test_a_refusal_that_is_repeated_later_counts_from_then_on(make_subscriber, make_campaign):
    customer = make_subscriber("1")
    freeze(make_campaign(), AT)
    customer.subscriptions.update(status="unsubscribed", status_changed_at=AT)
    message = Message.objects.get()
    for at in (LATER, LATER + timedelta(hours=1)):
        unsubscribe(message, at)
        message.refresh_from_db()
        # The link of one mail says it once.
        assert customer.subscriptions.get().status_changed_at == LATER


def test_a_yes_of_the_future_undoes_no_refusal(twins, make_campaign, make_segment, put_into):
    guest, account = twins
    segment = make_segment("all")
    put_into(segment, *twins)
    rows = NewsletterSubscription.objects.filter
    rows(customer=account).update(status="unsubscribed", status_changed_at=now())
    rows(customer=guest).update(status_changed_at=now() + timedelta(days=400))
    assert (excluded(make_campaign())[0], exported(segment)) == (0, 0)
    # Without a refusal it is nobody's business when it is dated.
    rows(customer=account).update(status="unconfirmed")
    assert (excluded(make_campaign("other"))[0], exported(segment)) == (1, 1)


@pytest.mark.parametrize("refusal", ["subscription", "marketing"])
def test_a_refusal_outlives_whoever_is_deleted(refusal, twins, make_campaign):
    guest, account = twins
    if refusal == "marketing":
        account.say_marketing(False, AT)
        account.save()
    else:
        rows = NewsletterSubscription.objects.filter(customer=account)
        rows.update(status="unsubscribed", status_changed_at=AT)
    account.delete()
    assert excluded(make_campaign()) == (0, {"suppressed": 1})
    later = NewsletterSubscription.objects.filter(customer=guest)
    later.update(status_changed_at=AT + timedelta(minutes=30))
    assert excluded(make_campaign("other")) == (1, {})


@pytest.mark.parametrize("leaves", ["deleted", "moved"])
def test_refusal_of_one_store_stays_with_the_mailbox(leaves, twins, make_campaign):
    guest, _account = twins
    rows = NewsletterSubscription.objects.filter(customer=guest)
    rows.update(status="unsubscribed", status_changed_at=AT)
    website = guest.store.website
    other = Store.objects.create(code="other", name="Other", website=website)
    guest.subscriptions.create(store=other, status="subscribed", status_changed_at=AT)
    if leaves == "deleted":
        guest.delete()
    else:
        guest.email = "b@shop.example"
        guest.save()
    unsubscribed = 1 if leaves == "deleted" else 2
    assert excluded(make_campaign(stores=["default"])) == (0, {"unsubscribed": unsubscribed})


@pytest.mark.parametrize("status", ["not_active", "unconfirmed"])
def test_no_other_status_undoes_a_refusal(status, twins, make_campaign):
    for state, minutes in (("unsubscribed", 0), (status, 1)):
        at = (AT + timedelta(minutes=minutes)).isoformat()
        data = {"customer": "guest", "status": state, "status_changed_at": at}
        event = {"type": "newsletter.saved", "id": state, "occurred_at": at, "data": data}
        receive(event)
    assert excluded(make_campaign()) == (0, {"unsubscribed": len(twins)})


def test_the_later_of_two_erasures_counts(make_campaign, make_subscriber):
    """Who came back after the first is not brought back from before the second."""
    make_subscriber("again", email="a@shop.example", at=AT)
    for days in (-2, 2, -1):
        suppress("a@shop.example", SuppressionReason.ERASED, AT + timedelta(days=days))
    assert excluded(make_campaign()) == (0, {"suppressed": 1})


def test_who_has_not_refused_is_forgotten(twins):
    for one in twins:
        one.delete()
    assert not Suppression.objects.exists()
