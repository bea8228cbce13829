"""One number of who can be mailed: the head of a segment, the builder and the page Mail agree."""

from datetime import timedelta
from random import Random

import pytest
from django.urls import reverse

from campaigns.admin.segment import mailable_members
from campaigns.consent.suppression import suppress
from campaigns.models import Message, MessageState, SuppressionReason
from campaigns.tests.conftest import AT
from customers.models import Customer, NewsletterSubscription, Store, Website
from segments.admin.segment_pages.status import mailable_count
from segments.export.mail import count_mailable
from segments.models import Segment
from tests.cases import seeds
from tests.factories.clients import staff_user

pytestmark = pytest.mark.django_db

EMAILS = (
    "ann@shop.example",
    "Ann@Shop.example",
    "bob@bücher.example",
    "bob@xn--bcher-kva.example",
    "cy@shop.example",
    "nowhere",
    "",
)
STATUSES = ("subscribed", "subscribed", "subscribed", "unsubscribed", "unconfirmed", None)


@pytest.fixture
def stores(db):
    website = Website.objects.create(code="ch", name="Schweiz")
    Store.objects.create(code="ch", name="Schweiz", website=website)
    return list(Store.objects.order_by("pk"))


@pytest.mark.parametrize("seed", seeds(24))
@pytest.mark.parametrize("websites", [[], ["default"]])
def test_every_way_of_counting_says_the_same(
    seed, websites, stores, make_customer, make_segment, put_into
):
    """Of any shop; what a campaign of one day leaves out besides is not its matter."""
    random = Random(seed)
    segment = make_segment("vip", websites=websites)
    segment.refreshed_at = AT
    for number in range(12):
        customer = make_customer(
            str(number),
            email=random.choice(EMAILS),
            is_active=random.random() < 0.9,
            accepts_marketing=random.choice((True, None, None, None, False)),
        )
        for store in stores:
            if status := random.choice(STATUSES):
                NewsletterSubscription.objects.create(
                    customer=customer,
                    store=store,
                    status=status,
                    status_changed_at=AT - timedelta(days=random.randrange(3)),
                )
        put_into(segment, customer)
    suppress(random.choice(EMAILS[:5]), SuppressionReason.COMPLAINT, AT)
    # After it some of the mailbox have subscribed to some store, and some have not.
    suppress(random.choice(EMAILS[:5]), SuppressionReason.ERASED, AT - timedelta(hours=36))
    members = Customer.objects.filter(memberships__segment=segment)

    found = mailable_members(segment).eligible
    assert count_mailable(members, [one.pk for one in segment.websites.all()]) == found
    assert mailable_count(segment) == found


def test_head_and_builder_say_who_can_be_mailed_and_lead_to_the_reasons(
    client, make_segment, make_subscriber, put_into, settings
):
    """Who had enough mail this week can be mailed; a single campaign leaves them out."""
    settings.MAIL_MAX_PER_CUSTOMER_WEEK = 1
    segment = make_segment("vip")
    Segment.objects.update(refreshed_at=AT)
    had_enough = make_subscriber("1")
    put_into(segment, had_enough, make_subscriber("2"), make_subscriber("3", status="unsubscribed"))
    Message.objects.create(
        kind="campaign",
        customer=had_enough,
        store=Store.objects.get(),
        state=MessageState.SENT,
        due_at=AT,
        claimed_at=AT,
    )
    asked = {"conditions": {"match": "all", "conditions": []}, "figures": True, "limit": 0}
    rights = ["segments.view_segment", "conditions.preview"]

    def seen_by(*more):
        client.force_login(staff_user("looker", *rights, *more))
        head = client.get(reverse("admin:segments_segment_history", args=[segment.pk]))
        figures = client.post(reverse("api:preview"), asked, "application/json").json()["figures"]
        return head.content.decode(), figures["mailable"]

    page, built = seen_by("segments.view_members", "campaigns.view_campaign")
    assert '<span data-segment="mailable">2</span>' in page
    assert f"/{segment.pk}/mail/#can-be-mailed" in page
    assert built == 2
    # Of a segment of one it would tell whose address is suppressed.
    page, built = seen_by("campaigns.view_campaign")
    assert ('data-segment="mailable"' in page, built) == (True, None)
    page, built = seen_by()
    assert ('data-segment="mailable"' in page, built) == (False, None)
