"""What workers count for the pages of a big shop: the same as the pages, as of then."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.database.time_limit import TookTooLong
from customers.models import Customer
from segments.engine import totals
from segments.models import KeptTotals, Segment
from segments.models.members.totals import SHOWN_FOR, recent_totals
from segments.refresh import refresh_segment
from segments.reports.base import scope_counts
from segments.reports.overview import overview
from segments.tasks import keep_totals

pytestmark = pytest.mark.django_db

LIST = reverse("admin:segments_segment_changelist")


@pytest.fixture
def big(monkeypatch):
    """A shop that is big with its first customer."""
    monkeypatch.setattr(totals, "BIG", 1)


@pytest.fixture
def shop(make_customer, make_segment):
    """Three customers, one of them in two segments, one in none; one is switched off."""
    for number in ("a", "b", "c"):
        make_customer(number)
    make_customer("off", is_active=False)
    numbers = {"One": ["a", "b"], "Two": ["a"], "Off": ["c"]}
    for name, chosen in numbers.items():
        condition = {"attribute": "customer.id", "operator": "is_one_of", "value": chosen}
        refresh_segment(make_segment(name, [condition]))
    Segment.objects.filter(name="Off").update(is_active=False)


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_what_is_kept_is_what_the_pages_count(shop, clock, big):
    segments = list(Segment.objects.all())
    counted, scopes = overview(at=clock(), with_sales=False), scope_counts(segments)

    totals.keep_totals()

    kept = overview(at=clock(), with_sales=False)
    assert (kept.customers, kept.in_no_segment) == (3, 1)
    assert (counted.customers, counted.in_no_segment) == (3, 1)
    assert kept.overlaps == counted.overlaps != []
    assert (kept.counted_at, counted.counted_at) == (clock(), None)
    assert scope_counts(segments, recent_totals()) == scopes


def test_pages_say_as_of_when_until_it_is_too_long_ago(shop, boss, clock, big, make_customer):
    totals.keep_totals()
    make_customer("d")
    clock.advance(minutes=14)

    page = boss.get(reverse("admin:index"))
    assert page.context["overview"].customers == 3
    assert "Customers and overlaps as counted" in page.content.decode()
    assert "customers as counted" in boss.get(LIST).content.decode()

    clock.advance(seconds=SHOWN_FOR.total_seconds())
    page = boss.get(reverse("admin:index"))
    assert page.context["overview"].customers == 4
    for address in (reverse("admin:index"), LIST):
        assert "as counted" not in boss.get(address).content.decode()


def test_no_share_is_more_than_all(shop, boss, big, make_customer):
    totals.keep_totals()
    for number in range(5):
        make_customer(f"new {number}")
    everybody = Segment.objects.get(name="One")
    everybody.conditions = {"match": "all", "conditions": []}
    everybody.save()
    refresh_segment(everybody)
    Segment.objects.filter(name="Two").update(members_count=0)
    assert Segment.objects.get(name="One").members_count == 8

    assert "100" in boss.get(LIST).content.decode()
    assert "266" not in boss.get(LIST).content.decode()
    Segment.objects.filter(name__in=["One", "Two"]).update(members_count=1)
    one, two = (Segment.objects.get(name=name).pk for name in ("One", "Two"))
    KeptTotals.objects.update(overlaps=[[one, two, 2]])
    (pair,) = boss.get(reverse("admin:index")).context["overview"].overlaps
    assert pair.share == 1.0


def test_a_segment_that_is_gone_overlaps_nothing(shop, clock, big):
    totals.keep_totals()
    Segment.objects.filter(name="Two").delete()

    assert overview(at=clock(), with_sales=False).overlaps == []


def test_a_worker_counts_again_after_a_quarter_of_an_hour(shop, clock, big):
    keep_totals()
    Customer.objects.filter(external_id="c").update(is_active=False)
    clock.advance(minutes=14)
    keep_totals()
    assert recent_totals().customers == 3

    clock.advance(minutes=1)
    keep_totals()
    assert (recent_totals().customers, recent_totals().at) == (2, clock())
    assert KeptTotals.objects.count() == 1


def test_of_a_small_shop_nothing_is_kept(shop, clock, monkeypatch):
    monkeypatch.setattr(totals, "BIG", 3)
    totals.keep_totals()
    assert recent_totals() is not None

    monkeypatch.setattr(totals, "BIG", 4)
    totals.keep_totals()
    assert recent_totals() is None
    assert overview(at=clock(), with_sales=False).counted_at is None


def test_overlaps_for_which_there_is_no_time_are_left_out(shop, clock, big, monkeypatch):
    monkeypatch.setattr(totals, "SECONDS", -1.0)

    totals.keep_totals()

    found = overview(at=clock(), with_sales=False)
    assert (found.customers, found.overlaps) == (3, None)


def test_sales_that_took_too_long_are_said_to(shop, boss, monkeypatch):
    def too_slow(*args, **values):
        raise TookTooLong

    monkeypatch.setattr("segments.reports.overview.sales_of_shop", too_slow)

    assert "The sales took too long to add up." in boss.get(reverse("admin:index")).content.decode()
