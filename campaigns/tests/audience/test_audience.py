"""Who a campaign goes to: Maho's cases, each reason, one mail for each person and address."""

from datetime import timedelta

import pytest

from campaigns.audience.freezing import NotSent, freeze
from campaigns.audience.judging import audience_of
from campaigns.consent.suppression import suppress
from campaigns.editing.campaigns import CAMPAIGNS
from campaigns.models import Message, MessageState, SuppressionReason
from campaigns.tests.conftest import AT, numbers
from core.problems import Invalid
from customers.models import Customer, NewsletterSubscription, Store, Website

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_store(db):
    website = Website.objects.create(code="ch", name="Schweiz")
    return Store.objects.create(code="ch", name="Schweiz", website=website)


def test_only_members_of_the_segment_get_it(make_campaign, make_segment, make_subscriber, put_into):
    """NQ01: the member, neither the outsider nor the guest."""
    segment = make_segment("vip")
    put_into(segment, make_subscriber("member"))
    make_subscriber("outsider")
    make_subscriber("guest", kind="guest")
    found = audience_of(make_campaign(segments=["vip"]), as_of=AT)
    assert (found.members, found.eligible, found.excluded) == (1, 1, {})


def test_without_a_segment_every_subscriber_gets_it(make_campaign, make_subscriber, make_customer):
    """NQ02: subscribed guests too; who has no subscription at all is no member."""
    make_subscriber("1")
    make_subscriber("guest", kind="guest")
    make_subscriber("gone", status="unsubscribed")
    make_customer("none")
    found = audience_of(make_campaign(), as_of=AT)
    assert (found.members, found.eligible) == (3, 2)
    assert found.excluded == {"unsubscribed": 1}


@pytest.mark.parametrize("how", ["deleted", "inactive", "one of two under all"])
def test_a_list_that_resolves_to_nothing_is_nobody(
    how, make_campaign, make_segment, make_subscriber, put_into
):
    """NQ03: never everybody."""
    segment, other = make_segment("vip"), make_segment("other")
    subscriber = make_subscriber("1")
    put_into(segment, subscriber)
    put_into(other, subscriber)
    segments = ["vip", "other"] if how == "one of two under all" else ["vip"]
    match = "all" if how == "one of two under all" else "any"
    campaign = make_campaign(segments=segments, match=match)
    if how == "deleted":
        segment.delete()
    else:
        segment.is_active = False
        segment.save()
    found = audience_of(campaign, as_of=AT)
    assert (found.members, found.eligible) == (0, 0)
    with pytest.raises(NotSent, match="no_audience"):
        freeze(campaign, AT)
    assert not Message.objects.exists()


def test_each_reason_in_its_order(
    settings, make_campaign, make_segment, make_subscriber, make_customer, put_into, other_store
):
    settings.MAIL_MAX_PER_CUSTOMER_WEEK = 1
    segment = make_segment("vip", websites=["default"])
    make = make_subscriber
    everybody = {
        "inactive": make("a", is_active=False, email=""),
        "no_email": make("b", email="nowhere"),
        "unsubscribed": make("c", status="unsubscribed", accepts_marketing=False),
        "not_subscribed": make("d", status="unconfirmed"),
        "other_website": make("e", store="ch"),
        "refused_marketing": make("f", accepts_marketing=False),
        "suppressed": make("g"),
        "frequency_cap": make("i"),
        "eligible": make("j"),
    }
    suppress("G@shop.example", SuppressionReason.HARD_BOUNCE, AT)
    put_into(segment, *everybody.values())
    Message.objects.create(
        kind="campaign",
        customer=everybody["frequency_cap"],
        store=Store.objects.get(code="default"),
        state=MessageState.UNCERTAIN,
        due_at=AT,
        claimed_at=AT - timedelta(days=6),
    )
    found = audience_of(make_campaign(segments=["vip"], stores=["default", "ch"]), as_of=AT)
    reasons = [reason for reason in everybody if reason != "eligible"]
    assert list(found.excluded) == reasons
    assert set(found.excluded.values()) == {1}
    assert (found.members, found.eligible) == (len(everybody), 1)
    assert found.by_store == {"default": 1}


def test_one_mail_for_each_address(make_campaign, make_subscriber):
    """Upper case, NFC and NFD, and the forms of a domain are one address."""
    make_subscriber("1", email="Ann@münchen.example")
    make_subscriber("2", email="ann@xn--mnchen-3ya.example")
    make_subscriber("3", email="ANN@MÜNCHEN.example")
    make_subscriber("4", email="bob@shop.example")
    campaign = make_campaign()
    found = audience_of(campaign, as_of=AT)
    assert (found.eligible, found.excluded) == (2, {"same_address": 2})
    freeze(campaign, AT)
    assert numbers(Message.objects.all()) == ["1", "4"]


def test_who_is_left_out_does_not_take_the_address(make_campaign, make_subscriber):
    make_subscriber("1", email="ann@shop.example", is_active=False)
    make_subscriber("2", email="ann@shop.example")
    found = audience_of(make_campaign(), as_of=AT)
    assert (found.eligible, found.excluded) == (1, {"inactive": 1})


def test_the_own_store_comes_before_the_first(make_campaign, make_subscriber, other_store):
    default = Store.objects.get(code="default")
    own = make_subscriber("own", store="ch")
    first = make_subscriber("first", store="ch")
    for one in (own, first):
        NewsletterSubscription.objects.create(
            customer=one, store=default, status="subscribed", status_changed_at=AT
        )
    Customer.objects.filter(pk=own.pk).update(store=other_store)
    Customer.objects.filter(pk=first.pk).update(store=default)
    found = audience_of(make_campaign(stores=["default", "ch"]), as_of=AT)
    assert found.by_store == {"default": 1, "ch": 1}


def test_a_segment_is_about_its_websites(
    make_campaign, make_segment, make_subscriber, put_into, other_store
):
    """NQ06: subscribed in another website's store only; another of their segments covers that."""
    here, everywhere = make_segment("here", websites=["default"]), make_segment("everywhere")
    one, both = make_subscriber("one", store="ch"), make_subscriber("both", store="ch")
    put_into(here, one, both)
    put_into(everywhere, both)
    campaign = make_campaign(segments=["here", "everywhere"], stores=["default", "ch"])
    found = audience_of(campaign, as_of=AT)
    assert (found.eligible, found.excluded) == (1, {"other_website": 1})


def test_excluded_segments_are_no_members(make_campaign, make_segment, make_subscriber, put_into):
    out = make_segment("out")
    put_into(out, make_subscriber("1"))
    make_subscriber("2")
    found = audience_of(make_campaign(exclude_segments=["out"]), as_of=AT)
    assert (found.members, found.eligible) == (1, 1)


def test_who_subscribes_after_an_erasure_gets_mail_again(make_campaign, make_subscriber):
    suppress("1@shop.example", SuppressionReason.ERASED, AT)
    make_subscriber("1", at=AT + timedelta(hours=1))
    make_subscriber("2", email="b@shop.example", at=AT)
    suppress("b@shop.example", SuppressionReason.ERASED, AT)
    found = audience_of(make_campaign(), as_of=AT + timedelta(days=1))
    assert (found.eligible, found.excluded) == (1, {"suppressed": 1})


def test_codes_are_refused_with_their_places(make_campaign, make_segment, other_store):
    """NQ05, NQ07, NQ08."""
    make_segment("swiss", websites=["ch"])
    with pytest.raises(Invalid) as caught:
        make_campaign(segments=["swiss", "nothing"])
    assert [(one.path, one.code) for one in caught.value.problems] == [
        ("segments[0]", "segment_outside_stores"),
        ("segments[1]", "unknown_segment"),
    ]


def test_a_code_that_went_meanwhile_may_stay(make_campaign, make_segment):
    segment = make_segment("vip")
    campaign = make_campaign(segments=["vip"])
    segment.delete()
    saved = CAMPAIGNS.change(campaign, {"name": "Other"}, author=None)
    assert (saved.row.name, saved.row.segments) == ("Other", ["vip"])
    assert [(one.path, one.code) for one in saved.warnings] == [("segments[0]", "unknown_segment")]
