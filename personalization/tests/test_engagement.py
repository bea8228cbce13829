"""Engagement: the contract's examples, and the level that answers for every later moment."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from personalization.behavior.activity import Done
from personalization.engagement import (
    LEVEL_UNITS,
    at_time,
    engagement,
    engagement_of,
    format_points,
    format_score,
    level_of,
    rest_at,
    rest_of,
    score_units,
)

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_example_of_the_contract(doing, make_customer):
    customer = make_customer()
    doing.view(customer, NOON - 20 * DAY)
    doing.view(customer, NOON - 14 * DAY)
    doing.put_in_cart(customer, NOON - 7 * DAY)
    doing.login(customer, NOON - 3.5 * DAY)
    doing.order(customer, NOON)

    found = engagement(customer, as_of=NOON)

    assert format_points(found.raw) == "14.540822"
    assert found.score == Decimal("42.1")
    assert [(one.type, one.count, format_points(one.points)) for one in found.parts] == [
        ("order", 1, "10.000000"),
        ("cart_line", 1, "2.828427"),
        ("product_viewed", 2, "0.871499"),
        ("login", 1, "0.840896"),
    ]


def test_without_activity_it_is_0(doing, make_customer):
    found = engagement(make_customer())

    assert (found.raw, found.score, found.parts) == (0, Decimal("0.0"), ())


def test_a_canceled_order_counts_0_and_what_was_shown_its_weight(doing, make_customer):
    customer = make_customer()
    doing.order(customer, NOON, state="canceled")
    doing.behave(customer, NOON, "email_opened")
    doing.behave(customer, NOON, "experience_shown")
    doing.behave(customer, NOON, "of_our_own")
    doing.wish(customer, NOON)

    assert engagement(customer, as_of=NOON).raw == 3.5


def test_nothing_after_as_of_counts(doing, make_customer):
    customer = make_customer()
    doing.order(customer, NOON)

    assert engagement(customer, as_of=NOON - timedelta(microseconds=1)).raw == 0


def test_the_half_life_is_a_setting(doing, make_customer, settings):
    customer = make_customer()
    doing.login(customer, NOON)
    settings.ENGAGEMENT_HALF_LIFE_DAYS = 1

    assert engagement(customer, as_of=NOON + DAY).raw == 0.5


def histories(number):
    drawn = random.Random(7)
    for _ in range(number):
        yield [
            Done(
                NOON - timedelta(seconds=drawn.randrange(10_000_000)),
                "x",
                Decimal(drawn.choice(["0.1", "0.5", "1", "2", "4", "10"])),
            )
            for _ in range(drawn.randrange(1, 60))
        ]


def points_at(level, at):
    """Return the points that a stored level comes to at an aware instant."""
    return 2.0 ** (rest_at(level, at) / LEVEL_UNITS)


def test_the_stored_level_is_the_sum_to_a_billionth():
    for done in histories(500):
        level = level_of(done)
        for at in (NOON, NOON + 100 * DAY):
            found = engagement_of(done, at).raw
            assert abs(points_at(level, at) - found) <= 1e-9 * found


def test_a_level_of_nothing_is_none_and_comes_to_0():
    assert level_of([Done(NOON, "of_our_own", Decimal(0))]) is None
    assert score_units(None, NOON) == 0


@pytest.mark.parametrize("year", [101, 1969, 2024, 9899])
def test_levels_of_every_time_fit_64_bits(year, settings):
    settings.ENGAGEMENT_HALF_LIFE_DAYS = 1
    assert abs(at_time(datetime(year, 12, 31, tzinfo=UTC))) < 2**62


def test_a_greater_score_has_a_greater_rest():
    scores = [-1, 0, "0.0001", "0.0002", "1", "41.9999", "42", "99.9999", 100]
    rests = [rest_of(Decimal(score)) for score in scores]
    assert rests == sorted(set(rests))


def test_a_score_is_shown_as_it_compares():
    for score in ("0.0001", "1", "42", "50", "99.9999"):
        rest = rest_of(Decimal(score))
        assert format_score(rest) == Decimal(score)
        assert format_score(rest - 1) < Decimal(score) <= format_score(rest + 1)
    assert format_score(rest_at(None, NOON)) == 0
    assert str(format_score(-(10**14))) == "3.94E-30"


def test_who_has_exactly_as_many_points_has_exactly_that_score():
    level = level_of([Done(NOON, ORDER, Decimal(10)) for ORDER in ("order", "order")])

    assert score_units(level, NOON) == 50_0000
    assert score_units(level, NOON + 14 * DAY) == 333_333
    assert score_units(level, NOON + 100_000 * DAY) == 0
    assert score_units(level, NOON - 100_000 * DAY) == 100_0000
