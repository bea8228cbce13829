"""Sessions: where they are cut, what is activity, and those of a real shop."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from customers.merging import merge_guest
from personalization.sessions import Session, sessions_of

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
GAP = timedelta(seconds=1800)
SECOND = timedelta(seconds=1)


def test_whoever_did_nothing_has_no_session(doing, make_customer):
    assert sessions_of(make_customer()) == []


def test_exactly_the_gap_is_the_same_session_and_a_moment_more_is_another(doing, make_customer):
    customer = make_customer()
    for at in (NOON, NOON + GAP, NOON + 2 * GAP + timedelta(microseconds=1)):
        doing.view(customer, at)

    assert sessions_of(customer) == [
        Session(NOON, NOON + GAP, 2),
        Session(*[NOON + 2 * GAP + timedelta(microseconds=1)] * 2, 1),
    ]
    assert [one.seconds for one in sessions_of(customer)] == [1800, 0]


def test_the_gap_is_a_setting(doing, make_customer, settings):
    customer = make_customer()
    doing.view(customer, NOON)
    doing.view(customer, NOON + 61 * SECOND)

    settings.SESSION_GAP_SECONDS = 60

    assert len(sessions_of(customer)) == 2


def test_all_kinds_of_activity_make_one_session_over_midnight(doing, make_customer):
    customer = make_customer()
    before = datetime(2024, 3, 10, 23, 50, tzinfo=UTC)
    doing.order(customer, before + 24 * 60 * SECOND, state="canceled")
    doing.behave(customer, before + 20 * 60 * SECOND, "search", channel="app")
    doing.behave(customer, before + 21 * 60 * SECOND, "of_our_own", channel="store")
    doing.put_in_cart(customer, before + 15 * 60 * SECOND)
    doing.wish(customer, before + 10 * 60 * SECOND)
    doing.login(customer, before)
    doing.view(customer, before + 5 * 60 * SECOND)

    assert sessions_of(customer) == [Session(before, before + 24 * 60 * SECOND, 7)]


@pytest.mark.parametrize("shown", ["experience_shown", "recommendation_shown", "email_opened"])
def test_what_was_shown_and_not_done_makes_no_session(doing, make_customer, shown):
    customer = make_customer()
    doing.behave(customer, NOON, shown)

    assert sessions_of(customer) == []


def test_what_the_cart_has_is_not_counted_again_by_its_event(doing, make_customer):
    customer, other = make_customer(), make_customer()
    doing.put_in_cart(customer, NOON, sku="Shoe")
    doing.behave(customer, NOON, "cart_added", sku_folded="shoe")
    doing.behave(customer, NOON, "cart_added", sku_folded="hat")
    doing.behave(customer, NOON + SECOND, "cart_added", sku_folded="shoe")
    doing.behave(other, NOON, "cart_added", sku_folded="shoe")

    assert [one.activities for one in sessions_of(customer)] == [3]
    assert [one.activities for one in sessions_of(other)] == [1]


def test_nothing_after_as_of_counts(doing, make_customer):
    customer = make_customer()
    doing.view(customer, NOON)
    doing.view(customer, NOON + SECOND)

    assert sessions_of(customer, as_of=NOON) == [Session(NOON, NOON, 1)]
    assert sessions_of(customer, as_of=NOON - SECOND) == []
    with pytest.raises(ValueError, match="time zone"):
        sessions_of(customer, as_of=NOON.replace(tzinfo=None))


def test_any_order_of_arrival_makes_the_same_sessions(doing, make_customer):
    drawn = random.Random(1)
    times = [NOON + timedelta(seconds=drawn.randrange(20_000)) for _ in range(40)]
    customers = [make_customer(), make_customer()]
    for customer in customers:
        drawn.shuffle(times)
        for at in times:
            doing.view(customer, at)

    one, other = (sessions_of(customer) for customer in customers)

    assert one == other
    assert sum(each.activities for each in one) == 40


def test_a_merge_bridges_two_sessions_and_a_deletion_parts_them(doing, make_customer):
    customer = make_customer(kind="registered")
    guest = make_customer(kind="guest")
    doing.view(customer, NOON)
    doing.view(customer, NOON + 2 * GAP)
    between = doing.behave(guest, NOON + GAP, "search")

    merge_guest(guest, customer)
    assert sessions_of(customer) == [Session(NOON, NOON + 2 * GAP, 3)]

    between.delete()
    assert len(sessions_of(customer)) == 2
