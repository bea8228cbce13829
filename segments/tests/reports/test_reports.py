"""The reports' figures against what was counted by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.clock import now
from customers.models import CustomerGroup, Order, Store
from segments.editing.overrides import set_override
from segments.models import Segment, SegmentSize
from segments.refresh import refresh_segment
from segments.reports.base import scope_counts
from segments.reports.movers import movers
from segments.reports.sales import Sales, sales_of_periods, sales_of_shop
from segments.reports.sizes import Size, describe_trend, sizes_over_time
from segments.reports.spread import customers_by_number_of_segments, customers_in_no_segment

pytestmark = pytest.mark.django_db

UNTIL = datetime(2026, 5, 20, 15, tzinfo=ZoneInfo("UTC"))


def has_number(*numbers):
    return [{"attribute": "customer.id", "operator": "is_one_of", "value": list(numbers)}]


@pytest.fixture
def refreshed(make_segment):
    """Return a function that makes a segment of the customers with these numbers."""

    def make(name, *numbers, **values):
        segment = make_segment(name, has_number(*numbers), **values)
        refresh_segment(segment)
        return Segment.objects.get(pk=segment.pk)

    return make


@pytest.fixture
def make_order():
    """Return a function that stores an order of so many days before UNTIL."""

    def make(customer, total, days_ago=0, state="complete", number=[0]):  # noqa: B006
        number[0] += 1
        at = UNTIL - timedelta(days=days_ago)
        return Order.objects.create(
            number=f"R{number[0]}",
            customer=customer,
            store=Store.objects.get(code="default"),
            state=state,
            grand_total=total,
            created_at=at,
            updated_at=at,
        )

    return make


def note(segment, days_ago, members, entered=0, left=0):
    day = (UNTIL - timedelta(days=days_ago)).date()
    SegmentSize.objects.create(
        segment=segment, day=day, members_count=members, entered=entered, left=left
    )


def test_days_on_which_nothing_changed_have_the_size_of_the_day_before(
    make_segment, django_assert_num_queries
):
    segment, still = make_segment("A"), make_segment("B")
    Segment.objects.update(created_at=UNTIL - timedelta(days=100))
    Segment.objects.filter(pk=segment.pk).update(members_count=7)
    note(segment, 0, 7, entered=2)
    note(segment, 2, 5, entered=1, left=1)
    note(segment, 3, 5, left=1)
    note(segment, 50, 2, entered=2)  # Before all that is shown.
    segments = list(Segment.objects.order_by("name"))

    with django_assert_num_queries(1):
        sizes = sizes_over_time(segments, 5, until=UNTIL)

    assert sizes[segment.pk] == [
        Size(date(2026, 5, 16), members=6, entered=0, left=0),
        Size(date(2026, 5, 17), members=5, entered=0, left=1),
        Size(date(2026, 5, 18), members=5, entered=1, left=1),
        Size(date(2026, 5, 19), members=5, entered=0, left=0),
        Size(date(2026, 5, 20), members=7, entered=2, left=0),
    ]
    assert [size.members for size in sizes[still.pk]] == [0, 0, 0, 0, 0]


def test_a_segment_has_no_size_before_it_was_made(make_segment):
    make_segment()
    Segment.objects.update(created_at=UNTIL - timedelta(days=1))

    (sizes,) = sizes_over_time(Segment.objects.all(), 30, until=UNTIL).values()

    assert [size.day for size in sizes] == [date(2026, 5, 19), date(2026, 5, 20)]


def test_days_are_those_of_the_shops_zone(make_segment, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    timezone.get_default_timezone.cache_clear()
    make_segment()
    Segment.objects.update(created_at=UNTIL - timedelta(days=9))

    # 15:00 UTC is midnight in Tokyo.
    (sizes,) = sizes_over_time(Segment.objects.all(), 2, until=UNTIL).values()

    assert [size.day for size in sizes] == [date(2026, 5, 20), date(2026, 5, 21)]


@pytest.fixture(autouse=True)
def zone_again():
    yield
    timezone.get_default_timezone.cache_clear()


def test_movers_are_sorted_by_how_far_they_went(make_segment):
    up, down, both, still = (make_segment(name) for name in ("Up", "Down", "Both", "Still"))
    Segment.objects.update(created_at=UNTIL - timedelta(days=100), members_count=10)
    note(up, 0, 10, entered=2)
    note(down, 0, 10, left=2)
    note(down, 6, 12, left=1)
    note(both, 0, 10, entered=1, left=1)
    note(still, 7, 10, entered=1)  # The eighth day back is not asked for.

    found = movers(Segment.objects.all(), 7, until=UNTIL)

    assert [(one.segment.name, one.net, one.before) for one in found] == [
        ("Down", -3, 13),
        ("Up", 2, 8),
        ("Both", 0, 10),
    ]


def test_customers_spread_over_none_one_and_more_active_segments(
    make_customer, make_segment, refreshed
):
    for number in ("a", "b", "c", "d"):
        make_customer(number)
    make_customer("gone", is_active=False)
    refreshed("One", "a", "b")
    refreshed("Two", "b")
    off = refreshed("Off", "c")
    Segment.objects.filter(pk=off.pk).update(is_active=False)

    assert customers_by_number_of_segments() == {0: 2, 1: 1, 2: 1}
    assert customers_in_no_segment() == 2


def test_a_percentage_is_of_those_the_segment_is_about(
    make_customer, make_segment, django_assert_num_queries
):
    vip = CustomerGroup.objects.create(code="vip", name="VIP")
    for number in ("a", "b"):
        make_customer(number)
    make_customer("c", group=vip)
    make_customer("g", kind="guest", group=vip)
    make_customer("off", is_active=False)
    scopes = {
        "all": {},
        "guests": {"applies_to": "guest"},
        "both": {"applies_to": "both"},
        "vip": {"applies_to": "both", "customer_groups": ("vip",)},
    }
    made = {name: make_segment(name, **scope) for name, scope in scopes.items()}

    stored = list(Segment.objects.all())
    with django_assert_num_queries(3):
        counts = scope_counts(stored)

    assert {name: counts[one.pk] for name, one in made.items()} == {
        "all": 3,
        "guests": 1,
        "both": 4,
        "vip": 2,
    }


def test_sales_are_counted_once_for_each_segment_of_the_customer(
    make_customer, make_order, refreshed, django_assert_num_queries
):
    a, b, c = (make_customer(number) for number in ("a", "b", "c"))
    one, two, nobody = refreshed("One", "a", "b"), refreshed("Two", "a"), refreshed("None", "x")
    make_order(a, "100.10")
    make_order(a, "0.20", days_ago=29)
    make_order(a, "50", days_ago=30)  # The first day that is too early for the last 30.
    make_order(b, "9.70", state="processing")
    make_order(b, "1000", state="canceled")
    make_order(b, "1000", state="closed")
    make_order(c, "40")
    make_order(None, "50")
    make_order(make_customer("off", is_active=False), "0.30")
    make_order(a, "7777", days_ago=-1)  # Dated later than the report.

    with django_assert_num_queries(3):
        month, quarter = sales_of_periods([one, two, nobody], [30, 90], until=UNTIL)

    assert month.sales_of(one) == Sales(3, Decimal("110.00"))
    assert month.sales_of(two) == Sales(2, Decimal("100.30"))
    assert month.sales_of(nobody) == Sales(0, Decimal(0))
    assert month.customers == Sales(4, Decimal("150.00"))
    assert month.shop == Sales(6, Decimal("200.30"))
    assert month.share(two) == float(Decimal("100.30") / Decimal("200.30"))
    assert quarter.sales_of(two) == Sales(3, Decimal("150.30"))
    assert month.sales_of(two).average == Decimal("50.1500")
    assert month.sales_of(nobody).average is None


def test_sales_of_the_shop_stand_beside_those_of_the_days_before(
    make_customer, make_order, django_assert_num_queries
):
    a = make_customer("a")
    make_order(a, "100.10")
    make_order(a, "1000", state="canceled")
    make_order(a, "50", days_ago=30)
    make_order(a, "7", days_ago=59)
    make_order(a, "3", days_ago=60)
    # Later on the day on which the days before end: today is not yet over, either.
    make_order(a, "5", days_ago=30 - 1 / 24)

    with django_assert_num_queries(1):
        latest, before = sales_of_shop(30, until=UNTIL)

    assert latest == Sales(1, Decimal("100.10"))
    assert before == Sales(2, Decimal("57.00"))


def test_a_shop_that_sold_nothing_has_no_shares(make_customer, refreshed):
    (period,) = sales_of_periods([refreshed("One", "a")], [30], until=UNTIL)

    assert period.share(Segment.objects.get()) is None


def test_a_decision_by_hand_is_a_change_like_any_other(make_customer, refreshed):
    segment = refreshed("One", "x")
    set_override(segment, make_customer("a"), "include", author=None)
    segment.refresh_from_db()

    sizes = sizes_over_time([segment], 2, until=now())[segment.pk]

    assert (sizes[-1].members, sizes[-1].entered) == (1, 1)


def test_a_trend_is_said_in_words():
    assert describe_trend([1, 5, 3], 30) == "from 1 to 3 members in 30 days"
    assert describe_trend([1], 30) == "no history yet"
