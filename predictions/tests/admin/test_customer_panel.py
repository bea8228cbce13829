"""What a customer's page says beside each score: reasons, warnings, why one is missing, history."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.contrib.auth.models import User

from conditions.language.windows import local_date
from core.clock import now
from core.text.formats import day_shown, money_shown, share_shown
from customers.models import Consent, ConsentState, Purpose
from predictions.admin import customer as page
from predictions.admin.customer import _chart
from predictions.kinds.reasons import Reason
from predictions.models import CustomerPrediction, Gate, PredictionModel, RiskHistory
from predictions.registry import deploy
from predictions.scoring.runs import score
from predictions.tests.admin.test_model_pages import EVIL, make_version, words_of
from predictions.tests.admin.test_pages import VIEWERS, client_with, page_of

pytestmark = pytest.mark.django_db

# What a version of `clv` was told, and has found.
CLV = {
    "parameters": {"margin": 1.0, "horizon_days": 365, "discount": 0.1},
    "fitted": {
        "family": "bg_nbd",
        "r": 0.25,
        "alpha": 4.5,
        "a": 0.8,
        "b": 2.4,
        "log_likelihood": -1.0,
        "p": 6.2,
        "q": 3.7,
        "v": 15.4,
        "customers": 100,
        "mean_value": 30.0,
        "health": [],
        "frequency_value_correlation": 0.1,
        "medians": {
            "purchase_days": 5,
            "recency_days": 90,
            "age_days": 300,
            "mean_repeat_value": 40,
        },
    },
}


@pytest.fixture
def customer(make_customer, make_order):
    """A customer with two purchase days, and a shop with a version of each kind that is trained."""
    made = make_customer("A")
    for days in (50, 10):
        make_order(made, now() - timedelta(days=days))
    deploy(make_version(PredictionModel.objects.get(code="next_order")))
    deploy(make_version(PredictionModel.objects.get(code="clv"), **CLV))
    return made


def said_of(customer):
    return words_of(client_with(*VIEWERS).get(page_of(customer)))


def test_value_stands_with_reasons_warning_version_and_age(customer):
    score(as_of=now() - timedelta(days=2))
    words = said_of(customer)
    assert "This is expected revenue, not profit: nobody has told the margin." in words
    assert "Probability of being alive (shown only: nothing is decided by it)" in words
    row = CustomerPrediction.objects.get(customer=customer)
    assert share_shown(row.probability_alive) in words
    assert "The revenue that is expected in the next 365 days." in words
    assert "Rank by lifetime value among the top 1%" in words
    # Money as money: two decimals at most, and its currency.
    assert money_shown(row.clv.quantize(Decimal("0.01"), ROUND_HALF_UP)) in words
    assert "they do not add up to the score" in words
    assert "Why?" in words and "Days since the last sale" in words
    assert ", version 1 · 2 days old" in words
    # The range of the next order, which no condition asks for, stands there too.
    assert "Expected next order, from" in words


def test_reasons_have_money_as_money(customer, make_order):
    make_order(customer, now() - timedelta(days=5), grand_total=Decimal("1234.5678"))
    make_order(customer, now() - timedelta(days=3), grand_total=Decimal("1000"))
    score()
    words = said_of(customer)
    said = re.findall(r"(?:raises|lowers) it by (\S?[\d,.]+)", words)
    said += re.findall(r"a purchase day after the first: (.*?) (?:raises|lowers)", words)
    assert len(said) > 2 and all(re.fullmatch(r"€[\d,]+(\.\d\d)?", one) for one in said)


def test_what_is_missing_says_why(customer, make_customer, make_order, admin_client):
    once, never = make_customer("B"), make_customer("C")
    make_order(once, now() - timedelta(days=9))
    score()
    found = [words_of(admin_client.get(page_of(one))) for one in (customer, once, never)]
    days = "It takes purchases on two days or more."
    assert [days in words for words in found] == [False, True, False]
    buyers = "Only customers who have bought have this score."
    assert [buyers in words for words in found] == [False, False, True]


def test_late_is_who_has_not_come_by_the_last_day(customer):
    score()
    assert "has passed" not in said_of(customer)
    today = local_date(now(), customer.website.timezone)

    def said(on, to, stage="repeat"):
        CustomerPrediction.objects.update(
            next_order_on=today + timedelta(days=on),
            next_order_to=today + timedelta(days=to),
            journey_stage=stage,
        )
        User.objects.all().delete()
        return said_of(customer)

    for on, to in ((0, 9), (0, -9)):
        words = said(on, to)
        assert "has passed" not in words and "late" not in words.split("Next order")[-1]
    for to in (0, 9):
        words = said(-1, to)
        day = day_shown(today + timedelta(days=to))
        assert f"The expected day has passed, but the range goes on until {day}." in words
        assert "is late" not in words
    assert "The range ended 1 day ago: this customer is late." in said(-5, -1)
    assert "The range ended 1,084 days ago: this customer is late." in said(-2000, -1084)
    words = said(-5, -3, "lost")
    assert "The range ended 3 days ago. By the journey stage this customer is lost." in words
    assert "is late" not in words


def test_figures_are_written_for_people(customer):
    score()
    CustomerPrediction.objects.update(
        churn_risk=Decimal("0.3333"),
        churn_risk_rise=Decimal("0.0512"),
        discount_share=Decimal("0.5"),
        overdue_ratio=Decimal("3.9667"),
        clv_top_percent=76,
    )
    deploy(
        make_version(
            PredictionModel.objects.get(code="churn"), metrics=[], fitted={"window_days": 123}
        )
    )
    CustomerPrediction.objects.update(churn_version=1)
    words = said_of(customer)
    for shown in (
        "Churn risk 33.3%",
        "Rise of the churn risk in 30 days +5.1 percentage points",
        "Share of orders with a discount 50%",
        "How overdue (1 = on time) 3.97",
        "Rank by lifetime value among the top 76%",
        "The risk that a customer buys nothing in the next 123 days.",
    ):
        assert shown in words


def test_no_figure_stands_twice_among_the_reasons(customer, monkeypatch):
    score()
    found = [
        Reason(name, value, effect, f"{name} is {value}.")
        for name, value, effect in (
            ("frequency", 2, 5.0),
            ("purchase_days", 2, -4.0),
            ("orders_90d", 1, 3.0),
            ("orders_180d", 1, -2.0),
            ("orders_30d", 0, 1.0),
        )
    ]
    monkeypatch.setattr(page, "reasons_of", lambda customer: {"clv": found})
    words = said_of(customer)
    assert re.findall(r"(\w+) is \d\.", words) == ["frequency", "orders_90d", "orders_30d"]


def test_a_version_that_sees_nobody_leave_says_so(customer):
    version = PredictionModel.objects.get(code="clv").deployed
    other = make_version(
        version.model,
        parameters=version.parameters,
        fitted=version.fitted | {"health": ["no_dropout_visible"]},
    )
    deploy(other)
    score()
    assert "nobody is seen to leave for good" in said_of(customer)


def test_scores_of_another_version_are_out_of_date_and_unexplained(customer):
    score()
    version = PredictionModel.objects.get(code="clv").deployed
    deploy(make_version(version.model, parameters=version.parameters, fitted=version.fitted))
    words = said_of(customer)
    assert "out of date: another version is deployed" in words and "Why?" not in words


def test_at_most_five_reasons_are_told_as_text(customer, monkeypatch):
    score()
    many = [Reason(f"f{n}", n, float(n), f"{EVIL} {n}.") for n in range(8)]
    monkeypatch.setattr(page, "reasons_of", lambda customer: {"clv": many})
    html = client_with(*VIEWERS).get(page_of(customer)).content.decode()
    assert "<img src=x" not in html
    assert [n for n in range(8) if f"&gt; {n}.</li>" in html] == [3, 4, 5, 6, 7]


def test_who_refuses_has_no_reasons_and_no_history(customer, monkeypatch):
    score()
    Consent.objects.create(
        customer=customer,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=now(),
    )
    monkeypatch.setattr(page, "reasons_of", lambda customer: pytest.fail("computed all the same"))
    assert "nothing is computed about them" in said_of(customer)


@pytest.mark.both
def test_the_line_of_the_risk_stands_where_its_days_are(customer):
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    risks = [
        RiskHistory(customer=customer, at=at + timedelta(days=days), churn_risk=risk, version=1)
        for days, risk in ((100, Decimal("0.9")), (10, Decimal("0.5")), (0, Decimal("0.1")))
    ]
    drawn = str(_chart(risks))
    # A tenth of the way to the right, in the middle; and text only beside the drawing.
    assert 'points="0.0,209.6 100.0,120.0 1000.0,30.4"' in drawn
    assert "from 10% to 90%" in drawn and "January 1, 2026" in drawn
    assert _chart(risks[:1]) is None
    assert risks[0].at.date() == date(2026, 4, 11)


def test_risks_of_two_versions_are_two_lines_and_are_said_to_be(customer):
    churn = PredictionModel.objects.get(code="churn")
    for days in (30, 90):
        deploy(make_version(churn, Gate.PASSED, [], fitted={"window_days": days}))
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def risk(days, version):
        RiskHistory.objects.create(
            customer=customer, at=at + timedelta(days=days), churn_risk="0.5", version=version
        )

    for days in (0, 5):
        risk(days, 1)
    CustomerPrediction.objects.create(customer=customer, rfm_segment="loyal")
    words = said_of(customer)
    assert "churn risk" in words.lower() and "another version of the model" not in words
    for days in (9, 20):
        risk(days, 2)
    User.objects.all().delete()
    html = client_with(*VIEWERS).get(page_of(customer)).content.decode()
    assert html.count("<polyline") == 2
    assert "another version of the model has computed the risk" in html
    assert "Version 2 (window: 90 days): from January 10, 2026 to January 21, 2026" in html
    assert "Version 1 (window: 30 days): from January 1, 2026 to January 6, 2026" in html
