"""Expected sales of the coming months: by the formulas of the papers, customer by customer."""

import random
from calendar import monthrange
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from core.clock import now
from customers.models import (
    Consent,
    ConsentState,
    Customer,
    CustomerGroup,
    Order,
    Purpose,
    Store,
    Website,
)
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.api.throttles import one_at_a_time
from predictions.lifecycle.train import train
from predictions.models import ModelVersion, PredictionModel
from predictions.scoring.runs import score
from predictions.tasks import keep_views
from predictions.tests.analytics.test_analytics import ask
from predictions.tests.figures.test_seasonality import seasonality
from predictions.tests.plainly import Plain

__all__ = ["ask"]

AS_OF = datetime(2026, 4, 11, 9, tzinfo=UTC)
HABITS = {"family": "bg_nbd", "r": 0.8, "alpha": 9.0, "a": 0.7, "b": 3.0, "log_likelihood": -1.0}
AMOUNTS = {"p": 6.0, "q": 3.7, "v": 15.0, "customers": 90, "mean_value": 33.0}
BESIDE = {"health": [], "frequency_value_correlation": None, "medians": {}}
FITTED = HABITS | AMOUNTS | BESIDE
PROJECTION = COMPUTED_VIEWS["projection"]


def deployed(fitted=FITTED, **values):
    """Deploy a version of lifetime value that says so much, without scoring anybody."""
    model = PredictionModel.objects.get(code="clv")
    number = model.versions.count() + 1
    model.versions.filter(state="deployed").update(state="retired")
    parameters = {"family": "bg_nbd", "horizon_days": 365, "discount": 0.1, "margin": 0.3}
    values = {"parameters": parameters, "as_of": AS_OF, "fitted": fitted} | values
    version = ModelVersion.objects.create(
        model=model, number=number, state="deployed", created_at=now(), **values
    )
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version)
    return version


def store_returning(count=90, days=400, seed=1):
    """Store customers who come back for so many days before AS_OF."""
    rng = random.Random(seed)
    apia = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    usual = Store.objects.select_related("website").get(code="default")
    group = CustomerGroup.objects.get(code="general")
    people = Customer.objects.bulk_create(
        Customer(
            external_id=f"R{n}",
            website=apia if n % 3 == 0 else usual.website,
            store=usual,
            group=group,
        )
        for n in range(count)
    )
    orders = []
    for one in people:
        at = AS_OF - timedelta(days=rng.uniform(days / 2, days))
        pause = rng.choice([9, 30, 80])
        while at < AS_OF + timedelta(days=40) and rng.random() < 0.93:
            state = rng.choice(["complete", "complete", "complete", "canceled", "closed"])
            total = Decimal(rng.randint(0, 9_000)) / 100
            values = {"customer": one, "store": usual, "created_at": at, "updated_at": at}
            orders.append(Order(**values, number=f"R{len(orders)}", grand_total=total, state=state))
            at += timedelta(days=rng.expovariate(1 / pause))
    Order.objects.bulk_create(orders)


@pytest.fixture
def returning(db):
    """Return a function that makes customers who come back for so many days before AS_OF."""
    return store_returning


def purchases(fitted, t, x, t_x, age):
    """Return how often one buys in t days (Fader, Hardie, Lee 2005, equation 10)."""
    from scipy.special import hyp2f1

    r, alpha, a, b = (fitted[name] for name in ("r", "alpha", "a", "b"))
    t, t_x, age = t / 7, t_x / 7, age / 7
    alive = 1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    function = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    later = ((alpha + age) / (alpha + age + t)) ** (r + x)
    return (a + b + x - 1) / (a - 1) * (1 - later * function) / alive


def purchase_value(fitted, x, mean):
    """Return what a purchase of one is worth (Fader, Hardie 2013)."""
    p, q, v = (fitted[name] for name in ("p", "q", "v"))
    if not (x and mean > 0):
        return p * v / (q - 1)
    return p * (v + x * mean) / (p * x + q - 1)


def by_hand(fitted, as_of, months):
    """Return what is expected of each month, before its index, and who was a buyer."""
    plain, found = Plain(as_of), Counter()
    for one in plain.buyers:
        days, today = plain.days[one.pk], plain.clock(one).today
        x = len(days) - 1
        history = (x, (days[-1] - days[0]).days, (today - days[0]).days)
        spent = sum(
            order.grand_total
            for order in plain.sales[one.pk]
            if plain.day(one, order.created_at) != days[0]
        )
        value = purchase_value(fitted, x, float(spent) / max(x, 1))
        for year, month in months:
            first = date(year, month, 1)
            last = first.replace(day=monthrange(year, month)[1])
            ends = [max((day - today).days, 0) for day in (first - timedelta(days=1), last)]
            before, after = (purchases(fitted, t, *history) for t in ends)
            found[f"{year}-{month:02}"] += value * (after - before)
    return found, plain.buyers


def months_from(year, month, count):
    return [divmod(year * 12 + month - 1 + n, 12) for n in range(count)]


def close(text, number):
    return float(text) == pytest.approx(number, rel=1e-6, abs=1e-3)


# Numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(1, marks=pytest.mark.exhaustive),
        12,
        pytest.param(60, marks=pytest.mark.exhaustive),
    ],
)
def test_each_month_is_the_sum_of_what_each_buyer_promises(returning, ask, count):
    returning()
    version = deployed()
    body = ask(view="projection", months=count, as_of=AS_OF.isoformat()).json()
    wanted = [(year, zero + 1) for year, zero in months_from(2026, 5, count)]
    expected, buyers = by_hand(FITTED, AS_OF, wanted)
    assert [one["month"] for one in body["months"]] == list(expected)
    assert all(close(one["sales"], expected[one["month"]]) for one in body["months"])
    assert body["buyers"] == len(buyers) > 80
    assert body["total"]["sales"] == f"{sum(Decimal(one['sales']) for one in body['months']):f}"
    assert (body["new_customers"], body["version"], body["is_stale"]) == (
        "excluded",
        version.number,
        False,
    )
    # There are no two years of it.
    assert {one["index"] for one in body["months"]} == {None}


def test_what_comes_later_and_who_refuses_change_nothing(returning, ask, make_customer, make_order):
    returning()
    deployed()
    before = ask(view="projection", as_of=AS_OF.isoformat()).json()
    Order.objects.filter(created_at__gt=AS_OF).update(grand_total=9999)
    refusing = make_customer("refusing")
    make_order(refusing, AS_OF - timedelta(days=3))
    values = {"purpose": Purpose.PERSONALIZATION, "state": ConsentState.REFUSED}
    Consent.objects.create(customer=refusing, source="test", at=now(), **values)
    assert ask(view="projection", as_of=AS_OF.isoformat()).json() == before


def test_where_there_are_seasons_each_month_has_its_own(returning, ask):
    returning(days=1_100)
    deployed()
    body = ask(view="projection", months=12, as_of=AS_OF.isoformat()).json()
    indices = seasonality(as_of=AS_OF).indices
    assert None not in indices
    wanted = [(year, zero + 1) for year, zero in months_from(2026, 5, 12)]
    expected, _buyers = by_hand(FITTED, AS_OF, wanted)
    for one in body["months"]:
        index = indices[int(one["month"][5:]) - 1]
        assert one["index"] == f"{index:.4f}"
        assert close(one["sales"], expected[one["month"]] * float(index))


def test_it_does_not_matter_how_many_are_read_at_a_time(returning, ask, monkeypatch):
    returning()
    deployed()
    body = ask(view="projection", as_of=AS_OF.isoformat()).json()
    monkeypatch.setattr("predictions.history.batches.BATCH", 7)
    assert ask(view="projection", as_of=AS_OF.isoformat()).json() == body


# Back-tests -------------------------------------------------------------------------------------


def end_of_month(year, month):
    """Return the last instant of a month, UTC."""
    year, zero = divmod(year * 12 + month, 12)
    return datetime(year, zero + 1, 1, tzinfo=UTC) - timedelta(microseconds=1)


def sold(buyers, start, end):
    keys = [one.pk for one in buyers]
    orders = Order.objects.filter(customer__in=keys, created_at__gt=start, created_at__lte=end)
    return sum(order.grand_total for order in orders if order.state not in {"canceled", "closed"})


@pytest.mark.exhaustive
def test_the_range_is_what_forecasts_of_as_many_months_were_off_before(returning, ask):
    returning(days=800)
    deployed()
    body = ask(view="projection", months=2, as_of=AS_OF.isoformat()).json()
    assert [(one["from"], one["to"]) for one in body["back_tests"]] == [
        ("2026-02", "2026-03"),
        ("2025-12", "2026-01"),
        ("2025-10", "2025-11"),
        ("2025-08", "2025-09"),
        ("2025-06", "2025-07"),
    ]
    errors = []
    for one in body["back_tests"]:
        year, month = map(int, one["from"].split("-"))
        year, zero = divmod(year * 12 + month - 2, 12)
        cut, end = end_of_month(year, zero + 1), end_of_month(*map(int, one["to"].split("-")))
        # What a training as of then finds, and nothing later.
        fitted = train("clv", as_of=cut, parameters={"family": "bg_nbd"}).fitted
        expected, buyers = by_hand(
            fitted, cut, [(cut + timedelta(days=d)).timetuple()[:2] for d in (1, 40)]
        )
        actual = sold(buyers, cut, end)
        assert Decimal(one["sales"]) == actual > 0
        assert float(one["forecast"]) == pytest.approx(sum(expected.values()), rel=1e-4)
        error = abs(Fraction(Decimal(one["forecast"])) - Fraction(actual)) / Fraction(actual)
        assert float(one["error"]) == pytest.approx(float(error), abs=5e-5)
        errors.append(error)
    assert float(body["error"]) == pytest.approx(float(max(errors)), abs=5e-5)
    for one in (*body["months"], body["total"]):
        sales = Fraction(Decimal(one["sales"]))
        low, high = (float(sales * (1 + sign * max(errors))) for sign in (-1, 1))
        assert float(one["low"]) == pytest.approx(low, abs=5.1e-5)
        assert float(one["high"]) == pytest.approx(high, abs=5.1e-5)


def test_below_three_tests_there_is_no_range(returning, ask):
    returning()
    deployed()
    body = ask(view="projection", as_of=AS_OF.isoformat()).json()
    assert len(body["back_tests"]) < 3
    assert body["error"] is None
    assert {(one["low"], one["high"]) for one in (*body["months"], body["total"])} == {(None, None)}


def test_too_few_who_had_come_back_are_no_test(returning, ask):
    returning(count=45)
    deployed()
    body = ask(view="projection", months=1, as_of=AS_OF.isoformat()).json()
    assert body["back_tests"] == []
    assert Decimal(body["total"]["sales"]) > 0


@pytest.mark.exhaustive
def test_months_in_which_nothing_was_sold_are_no_test(returning, ask):
    returning(days=500)
    deployed()
    zone = ZoneInfo("UTC")
    Order.objects.filter(
        created_at__gte=datetime(2026, 2, 1, tzinfo=zone),
        created_at__lt=datetime(2026, 3, 1, tzinfo=zone),
    ).delete()
    body = ask(view="projection", months=1, as_of=AS_OF.isoformat()).json()
    tested = [one["from"] for one in body["back_tests"]]
    assert "2026-02" not in tested and {"2026-01", "2026-03"} <= set(tested)


# Asked ------------------------------------------------------------------------------------------


def test_of_no_buyers_nothing_is_expected(ask, db):
    deployed()
    body = ask(view="projection").json()
    assert (body["buyers"], body["total"]) == (0, {"sales": "0.0000", "low": None, "high": None})
    assert len(body["months"]) == 12


@pytest.mark.once
def test_without_a_deployed_version_it_is_refused_in_words(ask, db):
    answer = ask(view="projection")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_deployed_model")
    assert "lifetime value" in answer.json()["detail"]
    PredictionModel.objects.filter(code="clv").delete()
    assert ask(view="projection").status_code == 409


@pytest.mark.once
@pytest.mark.parametrize(
    "months", ["0", "61", "-1", "1.0", "1,000", "", " 3", "３", "1_2", "9" * 400, "NaN", "1e1"]
)
def test_what_is_no_number_of_months_is_refused(ask, db, months):
    deployed()
    answer = ask(view="projection", months=months)
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert problem["path"] == "months"


@pytest.mark.parametrize("as_of", ["0101-01-01T00:00:00Z", "2035-12-31T23:59:59Z"])
def test_far_away_there_is_an_answer_too(returning, ask, as_of):
    returning(count=3)
    deployed()
    assert ask(view="projection", months=60, as_of=as_of).status_code == 200


def test_it_takes_its_turn_and_is_kept_after_a_scoring(returning, ask, monkeypatch):
    returning(count=60)
    deployed()
    run = score("clv", as_of=AS_OF)
    with one_at_a_time():
        assert ask(view="projection").status_code == 503
    computed = ask(view="projection").json()
    assert computed["as_of"] == "2026-04-11T09:00:00Z"
    keep_views(run.pk)
    monkeypatch.setattr("predictions.figures.projection.project_sales", None)
    with one_at_a_time():
        assert ask(view="projection").json() == computed
        deployed()
        assert ask(view="projection").json() == computed | {"is_stale": True}


def test_what_is_refused_is_not_kept(returning):
    returning(count=3)
    version = deployed()
    run = score("clv", as_of=AS_OF)
    PredictionModel.objects.filter(code="clv").update(deployed=None)
    keep_views(run.pk)
    PredictionModel.objects.filter(code="clv").update(deployed=version)
    from predictions.analytics.computation.defaults import usual

    assert usual(PROJECTION) is None
