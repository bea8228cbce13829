"""What a campaign brought: the same as attribution says, by its last touches."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.admin.campaigns.outcome import outcome_of
from campaigns.audience.freezing import freeze
from campaigns.results import touches
from campaigns.results.attributed_sales import brought_by
from campaigns.results.reports import report_of
from campaigns.tests.conftest import AT
from customers.models import Order, Refund
from predictions.analytics.views.attribution import attribution

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = AT + 30 * DAY


@pytest.fixture
def clicked(doing):
    """Return a function that notes a click of a customer in a mail of a campaign."""

    def click(customer, at, campaign="mail:spring"):
        doing.behave(customer, at, "email_clicked", data={"campaign": campaign})

    return click


def credits(at=NOW, **period):
    """Return what the product's attribution credits each campaign with."""
    told = {"by": "campaign", "model": "last_touch", "window_days": 7, **period}
    return {row["key"]: row["credit"] for row in attribution(told, at)["rows"]}


def test_orders_and_revenue_are_those_of_the_last_touch(
    make_campaign, make_subscriber, make_order, clicked
):
    one, late, other, early, last, told = (make_subscriber(number) for number in "123456")
    campaign = freeze(make_campaign(), AT).campaign
    for customer in (one, late, other, early, last):
        clicked(customer, AT + DAY)
    paid = make_order(one, at=AT + 2 * DAY, grand_total=100)
    Refund.objects.create(number="R1", order=paid, created_at=AT + 3 * DAY, amount=30)
    make_order(one, at=AT + 2 * DAY, grand_total=1_000, state="canceled")
    make_order(late, at=AT + 8 * DAY + timedelta.resolution, grand_total=200)
    clicked(other, AT + DAY + HOUR, "mail:other")
    make_order(other, at=AT + 2 * DAY, grand_total=400)
    make_order(early, at=AT + DAY - HOUR, grand_total=800)
    clicked(last, AT + HOUR, "mail:other")
    make_order(last, at=AT + 8 * DAY, grand_total=Decimal("20.5"))
    make_order(told, at=AT + DAY, grand_total=5)

    report = report_of(campaign, NOW)
    assert (report["orders"], report["revenue"], report["causal"]) == (2, "90.5000", False)
    assert credits()["mail:spring"] == report["revenue"]
    assert report_of(campaign, AT + 4 * DAY)["orders"] == 1
    assert report["incremental_revenue"] is None


def test_before_anybody_clicks_it_brought_nothing(make_campaign, make_subscriber):
    make_subscriber("1")
    draft = make_campaign()
    assert report_of(draft, AT)["orders"] == 0
    report = report_of(freeze(draft, AT).campaign, AT)
    assert (report["orders"], report["revenue"]) == (0, "0.0000")


@pytest.mark.parametrize("missing", ["predictions", "personalization"])
def test_without_an_app_nobody_tells(make_campaign, monkeypatch, missing):
    installed = touches.apps.is_installed
    monkeypatch.setattr(touches.apps, "is_installed", lambda app: app != missing and installed(app))
    report = report_of(make_campaign(), AT)
    assert (report["orders"], report["revenue"]) == (None, None)


@pytest.mark.parametrize("seed", range(3))
def test_every_campaign_is_credited_as_attribution_credits_it(
    make_customer, make_order, clicked, seed
):
    chance = random.Random(seed)
    sources = ["mail:spring", "mail:Spring", "sequence:7", "spring"]

    def some_time():
        return AT + chance.randrange(40) * 6 * HOUR

    for number in range(25):
        customer = make_customer(f"b{number}")
        for _click in range(chance.randrange(4)):
            clicked(customer, some_time(), chance.choice(sources))
        for _order in range(chance.randrange(3)):
            total = Decimal(chance.randrange(1, 10_000)) / 100
            make_order(customer, at=some_time(), grand_total=total)
    found = {one: brought_by(one, NOW) for one in sources}
    assert sum(one["orders"] for one in found.values()) <= Order.objects.count()
    credited = credits()
    assert {one: credited.get(one, "0.0000") for one in sources} == {
        one: told["revenue"] for one, told in found.items()
    }


def test_a_click_before_the_beginning_is_none(make_customer, make_order, clicked):
    customer = make_customer("1")
    clicked(customer, AT)
    make_order(customer, at=AT + HOUR, grand_total=1)
    assert brought_by("mail:spring", NOW)["orders"] == 1
    assert brought_by("mail:spring", NOW, since=AT + timedelta.resolution)["orders"] == 0


def test_what_it_brought_stands_on_its_page(
    make_campaign, make_subscriber, make_order, clicked, admin_client, clock
):
    customer = make_subscriber("1")
    campaign = freeze(make_campaign(), AT).campaign
    clicked(customer, AT + HOUR)
    make_order(customer, at=AT + DAY, grand_total=Decimal("1234.5"))
    clock.set(NOW.isoformat())
    page = admin_client.get(f"/admin/campaigns/campaign/{campaign.pk}/status/").content.decode()
    assert "1 order followed a click in this mail: €1,234.50." in page


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("1.0000", "9.0000", "Compared with no mail, it brought €5; with"),
        ("-9.0000", "-1.0000", "Compared with no mail, it brought €5; with"),
        ("-1.0000", "9.0000", "It cannot be told from no mail"),
        (None, None, "Compared with no mail, it brought €5."),
    ],
)
def test_answer_claims_no_difference_that_cannot_be_measured(
    make_campaign, make_subscriber, admin_user, low, high, said
):
    make_subscriber("1")
    campaign = freeze(make_campaign(), AT).campaign
    group = {"n": 1}
    found = {"value": "5.0000", "interval": low and [low, high], "sentence": ""}
    report = report_of(campaign, NOW) | {
        "orders": 0,
        "revenue": "0.0000",
        "incremental_revenue": found | {"treated": group, "holdout": group},
    }
    assert outcome_of(campaign, report, NOW, admin_user).answer.startswith(said)
