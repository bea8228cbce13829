"""The model of churn: who is asked about what, how it is measured, what it says."""

import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from conditions.language.windows import local_date
from core.problems import Invalid
from customers.models import Customer, Login, Order, OrderState, Refund, Store, Website
from predictions.features.shop import shop_figures
from predictions.features.subjects import Subjects
from predictions.history.batches import batch_of, batches
from predictions.history.columns import Given
from predictions.history.population import population
from predictions.history.values import rounded
from predictions.kinds import KINDS, artifacts
from predictions.kinds.artifacts import dump_artifact
from predictions.kinds.churn.declaration import ALGORITHMS, AUTO, CHURN, Churn
from predictions.kinds.kind import Limits, row_at
from predictions.kinds.reasons import sorted_reasons
from predictions.kinds.trained import Input, Wanted, checked_parameters
from predictions.lifecycle.train import train
from predictions.models import (
    CustomerPrediction,
    Gate,
    ModelVersion,
    PredictionModel,
    RiskHistory,
    ScoringState,
    VersionState,
)
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.scoring.runs import score
from predictions.tests.churning import (
    AS_OF,
    METRICS,
    W,
    by_name,
    days,
    exact_risks,
    inputs,
    reasons_of,
    returning_shop,
    risks,
    said,
    said_of,
    scorer_of,
    subjects,
    trained,
)
from segments.editing.saving import create_segment
from segments.models import Membership
from segments.rules.definition import Definition

OTHERS = [one for one in ALGORITHMS if one not in (AUTO, "logistic")]
exhaustive = pytest.mark.exhaustive
# The algorithms; the default tier asks the first one.
LOGISTIC_FIRST = ["logistic", *(pytest.param(one, marks=exhaustive) for one in OTHERS)]


@pytest.fixture(scope="module")
def shop(rows_for_all):
    """A shop in which who comes back can be told from more than when they came last."""
    returning_shop()


@pytest.fixture(scope="module")
def logistic_for_all(shop):
    """Train the logistic regression; return the key of the version."""
    return trained().pk


@pytest.fixture
def logistic(logistic_for_all, db):
    """Return the version of the logistic regression."""
    return ModelVersion.objects.select_related("model").get(pk=logistic_for_all)


def bought(customer, first, last):
    """Return whether a customer has a sale in (first, last]."""
    rows = Order.objects.filter(customer=customer, created_at__gt=first, created_at__lte=last)
    return rows.exclude(state__in=("canceled", "closed")).exists()


@pytest.fixture(scope="class")
def versions_for_all(shop):
    """Train by each algorithm; return the keys of the versions."""
    with transaction.atomic():
        yield {algorithm: trained(algorithm=algorithm).pk for algorithm in ALGORITHMS}
        transaction.set_rollback(True)


# What the features are is asked on both databases below; fitting knows no database.
@pytest.mark.once
class TestEachAlgorithm:
    @pytest.fixture
    def version_by(self, versions_for_all, db):
        """Return a function that returns the version that was trained by an algorithm."""

        def version(algorithm):
            rows = ModelVersion.objects.select_related("model")
            return rows.get(pk=versions_for_all[algorithm])

        return version

    def test_it_is_better_than_counting_and_says_by_how_much(self, version_by):
        version = version_by(AUTO)
        assert (version.gate, version.state) == (Gate.PASSED, VersionState.CANDIDATE)
        metrics = by_name(version)
        assert set(metrics) == METRICS
        ever = datetime(2000, 1, 1, tzinfo=UTC)
        shares = []
        for cut in (AS_OF - days(2 * W), AS_OF - days(W)):
            buyers = [one for one in Customer.objects.all() if bought(one, ever, cut)]
            gone = [one for one in buyers if not bought(one, cut, cut + days(W))]
            shares.append(len(gone) / len(buyers))
        before, after = shares
        assert before != after
        rate = metrics["base_rate", "base_rate"]
        assert (rate["value"], rate["baseline_value"]) == (round(after, 6), round(before, 6))
        # What a constant is off by, and how well it tells people apart.
        brier = after * (1 - before) ** 2 + (1 - after) * before**2
        assert metrics["brier", "base_rate"]["baseline_value"] == pytest.approx(brier, abs=1e-6)
        assert metrics["ece", "base_rate"]["baseline_value"] == pytest.approx(
            abs(after - before), abs=1e-6
        )
        assert metrics["auc", "base_rate"]["baseline_value"] == 0.5
        assert metrics["auc", "recency_only"]["baseline_value"] > 0.5

    def test_auto_takes_the_lowest_brier_and_shows_all(self, version_by):
        version = version_by(AUTO)
        briers = version.fitted["briers"]
        assert set(briers) == set(ALGORITHMS) - {AUTO}
        assert briers[version.fitted["algorithm"]] == min(briers.values())
        assert by_name(version)["brier", "base_rate"]["value"] == min(briers.values())
        for name, brier in briers.items():
            alone = version_by(name)
            assert alone.fitted == {"window_days": W, "algorithm": name, "briers": {name: brier}}
            assert alone.data_hash == version.data_hash
        assert version.parameters["algorithm"] == AUTO

    def test_measured_again_at_the_same_moment_it_is_the_same(self, version_by):
        version = version_by(AUTO)
        parameters = checked_parameters(
            CHURN, {"window_days": W, "algorithm": version.fitted["algorithm"]}
        )
        metrics = CHURN.evaluate(Wanted(AS_OF, parameters), lambda *_step: None)
        assert [round(one.value, 6) for one in metrics] == [one["value"] for one in version.metrics]

    @pytest.mark.parametrize("algorithm", LOGISTIC_FIRST)
    def test_batch_single_stored_and_reloaded_are_equal(self, version_by, algorithm):
        version = version_by(algorithm)
        deploy(version, reason="" if version.gate == Gate.PASSED else "because it is a test")
        them, limits = subjects()
        rows, scorer = inputs(them), scorer_of(version)
        columns = scorer.columns(them, limits)
        together = [row_at(columns, place) for place in range(len(them))]
        some = slice(0, len(rows), 4)
        alone = [said_of(scorer, [row])[0] for row in rows[some]]
        assert alone == together[some]
        assert said_of(scorer, rows[::-1])[::-1] == together
        exact = exact_risks(scorer, rows)
        artifacts._loaded.cache_clear()
        again = scorer_of(version)
        assert exact_risks(again, rows) == exact
        assert [exact_risks(again, [row])[0] for row in rows[some]] == exact[some]

        assert score(as_of=AS_OF).state == ScoringState.COMPLETED
        stored_rows = CustomerPrediction.objects.in_bulk()
        keys = them.batch.keys.tolist()
        assert {key: (stored_rows[key].churn_risk, None) for key in keys} == {
            key: (row["churn_risk"], row["churn_risk_rise"])
            for key, row in zip(keys, together, strict=True)
        }
        versions = {row.churn_version for row in stored_rows.values() if row.churn_risk is not None}
        assert versions == {version.number}
        assert RiskHistory.objects.filter(at=AS_OF).count() == len(exact) - exact.count(None)
        # Nothing has changed: nothing is written.
        assert score(as_of=AS_OF).counts["churn"]["changed"] == 0

    @pytest.mark.parametrize(
        "algorithm",
        ["ensemble", *(pytest.param(one, marks=exhaustive) for one in OTHERS if one != "ensemble")],
    )
    def test_of_others_they_are_what_the_median_would_change(self, version_by, algorithm):
        version = version_by(algorithm)
        scorer = scorer_of(version)
        assert scorer.intercept is None
        medians = _medians(AS_OF - days(W))
        rows = [row for row in inputs(subjects()[0]) if row[0] is not None][:20]
        before, found = exact_risks(scorer, rows), reasons_of(scorer, rows)
        for place, one in enumerate(CHURN.inputs):
            others = [[*row[:place], medians[one.name], *row[place + 1 :]] for row in rows]
            effects = [reasons[place].effect for reasons in found]
            assert effects == pytest.approx(
                [
                    was - is_now
                    for was, is_now in zip(before, exact_risks(scorer, others), strict=True)
                ],
                abs=1e-12,
            )
        assert any(reason.effect for reasons in found for reason in reasons)

    @pytest.mark.parametrize("algorithm", LOGISTIC_FIRST)
    def test_none_holds_customers(self, version_by, algorithm):
        content = bytes(version_by(algorithm).artifact)
        assert not any(
            number.encode() in content
            for number in Customer.objects.values_list("external_id", flat=True)
            if len(number) > 3
        )


def test_the_window_is_the_shops_unless_it_is_given(shop, db):
    expected = shop_figures(batches(population(AS_OF), AS_OF)).window_days
    assert expected not in (W, 14, 365)
    version = train("churn", as_of=AS_OF, parameters={"algorithm": "logistic"})
    assert version.fitted["window_days"] == expected
    assert version.parameters["window_days"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window_days", 13),
        ("window_days", 366),
        ("window_days", "30"),
        ("algorithm", "forest"),
        ("seed", -1),
        ("depth", 3),
    ],
)
def test_parameters_that_it_does_not_have(shop, db, name, value):
    with pytest.raises(Invalid):
        train("churn", as_of=AS_OF, parameters={name: value})


def test_who_is_asked_about_what_to_the_last_microsecond(shop, db, make_customer, make_order):
    """At the cut a sale makes a buyer, later it is an answer, and after the end it is neither."""
    instant, cut = timedelta(microseconds=1), AS_OF - days(W)
    before = trained()
    times = {
        "buyer who came back": (cut, cut + instant),
        "and at the end": (cut, AS_OF),
        "too late": (cut, AS_OF + instant),
        "not yet a buyer": (cut + instant, AS_OF),
    }
    for name, sales in times.items():
        for at in sales:
            make_order(make_customer(name) if at == sales[0] else _named(name), at)
    version = trained()
    rate = by_name(version)["base_rate", "base_rate"]["value"]
    buyers = Order.objects.filter(created_at__lte=cut).values("customer").distinct().count()
    gone = round(by_name(before)["base_rate", "base_rate"]["value"] * (buyers - 3))
    assert rate == round((gone + 1) / buyers, 6)
    assert version.data_hash != before.data_hash


def _named(number):
    return Customer.objects.get(external_id=number)


def test_nothing_later_is_looked_at(shop, db, make_customer, make_order, is_exhaustive):
    algorithm = AUTO if is_exhaustive else "logistic"
    before = said(trained(algorithm=algorithm))
    rng, people = random.Random(1), list(Customer.objects.order_by("pk"))
    later = Order.objects.filter(created_at__gt=AS_OF)
    assert later.exists()
    for order in later:
        order.state = rng.choice(OrderState.values)
        order.grand_total = rng.randint(0, 10**6)
        order.customer = rng.choice(people)
        order.save()
    instant = AS_OF + timedelta(microseconds=1)
    for customer in people[::2]:
        order = make_order(customer, instant, grand_total=10**6)
        Refund.objects.create(
            number=order.number, customer=customer, created_at=instant, amount=10**6
        )
        Login.objects.create(customer=customer, logged_in_at=instant)
    make_order(make_customer("new", registered_at=instant), instant)
    assert said(trained(algorithm=algorithm)) == before
    for model, time in ((Refund, "created_at"), (Order, "created_at"), (Login, "logged_in_at")):
        model.objects.filter(**{f"{time}__gt": AS_OF}).delete()
    Customer.objects.filter(registered_at=instant).delete()
    assert said(trained(algorithm=algorithm)) == before


def test_no_more_rows_than_are_wanted_and_always_the_same(shop, db, monkeypatch):
    everybody = trained()
    monkeypatch.setattr("predictions.kinds.churn.training.MOST", 60)
    some = trained()
    assert some.gate in (Gate.PASSED, Gate.FAILED)
    assert some.data_hash != everybody.data_hash
    assert said(trained()) == said(some)


def test_risks_have_four_decimals_rounded_half_away_from_zero(logistic):
    scorer = scorer_of(logistic)
    rows = inputs(subjects()[0])
    found = said_of(scorer, rows)
    for row, exact in zip(found, exact_risks(scorer, rows), strict=True):
        assert row["churn_risk"] == (None if exact is None else rounded(Fraction(exact), 4))
        assert exact is None or 0 <= exact <= 1


def test_who_is_not_a_buyer_has_none(shop, db, make_customer, make_order):
    make_customer("none")
    make_order(make_customer("canceled"), AS_OF - days(3), state="canceled")
    make_order(make_customer("later"), AS_OF + days(1))
    version = trained()
    found = risks(version)
    assert {number for number, risk in found.items() if risk is None} >= {
        *("none", "canceled", "later"),
    }
    deploy(version)
    score(as_of=AS_OF)
    row = CustomerPrediction.objects.get(customer__external_id="none")
    assert (row.churn_risk, row.churn_risk_rise, row.churn_version) == (None, None, None)
    nobody = inputs(subjects()[0])[-1]
    assert reasons_of(scorer_of(version), [nobody]) == [[]]


def test_of_a_segment_its_members_are_learned_from(shop, db):
    segment = create_segment(Definition("Half"), author=None).segment
    Membership.objects.all().delete()
    members = Customer.objects.order_by("pk")[::2]
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=one, entered_at=AS_OF) for one in members
    )
    parameters = {"window_days": W, "algorithm": "logistic"}
    version = train("churn", as_of=AS_OF, parameters=parameters, segment=segment)
    Customer.objects.exclude(pk__in=[one.pk for one in members]).delete()
    assert trained().data_hash == version.data_hash


class TestReasons:
    def test_of_the_regression_they_add_up(self, logistic):
        scorer = scorer_of(logistic)
        rows = [row for row in inputs(subjects()[0]) if row[0] is not None]
        found = reasons_of(scorer, rows)
        assert len(found) == len(rows) > 50
        for row, reasons, risk in zip(rows, found, exact_risks(scorer, rows), strict=True):
            assert [one.feature for one in reasons] == [one.name for one in CHURN.inputs]
            assert [one.value for one in reasons] == row
            total = scorer.intercept + math.fsum(one.effect for one in reasons)
            assert total == pytest.approx(math.log(risk / (1 - risk)), abs=1e-6)

    def test_the_largest_five_are_told_in_words(self, logistic):
        scorer = scorer_of(logistic)
        row = next(row for row in inputs(subjects()[0]) if row[0] and row[0] > W)
        (reasons,) = reasons_of(scorer, [row])
        five = sorted_reasons(reasons)
        assert len(five) == 5
        assert [abs(one.effect) for one in five] == sorted(
            (abs(one.effect) for one in reasons), reverse=True
        )[:5]
        by_feature = {one.feature: one for one in reasons}
        recency = by_feature["recency_days"]
        ends = "raises" if recency.effect > 0 else "lowers"
        assert recency.sentence == f"Days since the last sale: {row[0]} ({ends} the risk)"
        wished = by_feature["wished_products"]
        assert (wished.value, wished.effect) == (0, 0)
        assert wished.sentence == "Products wished for: 0 (makes no difference)"

    def test_a_value_that_is_missing(self, logistic):
        places = {one.name: place for place, one in enumerate(CHURN.inputs)}
        row = next(
            row
            for row in inputs(subjects()[0])
            if row[0] is not None and row[places["gap_days"]] is None
        )
        (reasons,) = reasons_of(scorer_of(logistic), [row])
        gap = next(one for one in reasons if one.feature == "gap_days")
        assert gap.value is None
        assert gap.sentence.startswith("Usual days between purchase days: – (")


def _medians(cut):
    """Return the median of each feature over the buyers of a cut, computed once more."""
    people = [row for row in inputs(subjects(cut)[0]) if row[0] is not None]
    columns = zip(*people, strict=True)
    return {
        one.name: float(np.median([float(value) for value in column if value is not None]))
        for one, column in zip(CHURN.inputs, columns, strict=True)
    }


class TestRise:
    @pytest.fixture
    def people(self, shop, db, make_customer, make_order):
        """Two buyers, for one of whom the day is another; W is short, so is the way to risks."""
        website = Website.objects.create(code="far", name="Far", timezone="Pacific/Kiritimati")
        store = Store.objects.create(code="far", name="Far", website=website)
        near = make_customer("near")
        far = make_customer("far", website=website, store=store)
        for one in (near, far):
            make_order(one, AS_OF - days(100))
        return near, far

    def rise(self, version, number):
        them, limits = subjects()
        row = row_at(scorer_of(version).columns(them, limits), them.batch.numbers.index(number))
        return row["churn_risk"], row["churn_risk_rise"]

    @staticmethod
    def note(customer, at, risk, version=1):
        RiskHistory.objects.create(
            customer=customer, at=at, churn_risk=Decimal(risk), version=version
        )

    def test_it_is_beside_the_latest_that_is_thirty_days_older(self, people):
        near, _far = people
        version = trained()
        assert self.rise(version, "near")[1] is None
        self.note(near, AS_OF - days(29), "0.9")
        assert self.rise(version, "near")[1] is None
        self.note(near, AS_OF - days(300), "0.1")
        self.note(near, AS_OF - days(31), "0.3", version=version.number + 7)
        risk, rise = self.rise(version, "near")
        assert rise == risk - Decimal("0.3")
        self.note(near, AS_OF + days(1), "0.7")
        assert self.rise(version, "near") == (risk, rise)

    def test_days_are_the_customers(self, people):
        version = trained()
        for one in people:
            zone = one.website.timezone
            # The last instant of the day that is 30 days ago, and the first of the next.
            last = max(
                at
                for at in (AS_OF - days(30) + timedelta(minutes=n) for n in range(-2_000, 2_000))
                if (local_date(AS_OF, zone) - local_date(at, zone)).days == 30
            )
            self.note(one, last + timedelta(minutes=1), "0.9")
            assert self.rise(version, one.external_id)[1] is None
            self.note(one, last, "0.2")
            risk, rise = self.rise(version, one.external_id)
            assert rise == risk - Decimal("0.2")
        times = RiskHistory.objects.filter(churn_risk=Decimal("0.2")).values_list("at", flat=True)
        assert len(set(times)) == 2

    def test_it_is_stored_and_goes_with_the_night(self, people):
        near, _far = people
        version = trained()
        deploy(version, reason="because it is a test")
        score(as_of=AS_OF - days(30))
        before = CustomerPrediction.objects.get(customer=near).churn_risk
        score(as_of=AS_OF)
        row = CustomerPrediction.objects.get(customer=near)
        assert row.churn_risk != before
        assert row.churn_risk_rise == row.churn_risk - before

    def test_any_number_of_customers_takes_as_many_queries(self, people):
        version = trained()
        scorer = scorer_of(version)
        everybody = Customer.objects.order_by("pk")
        counts = []
        for some in (everybody[:1], everybody[:3], everybody):
            batch = batch_of(Customer.objects.filter(pk__in=[one.pk for one in some]), AS_OF)
            them = Subjects(batch, shop_figures([batch]))
            inputs(them)  # Reads the batch, once.
            with CaptureQueriesContext(connection) as queries:
                scorer.columns(them, Limits(them.shop))
            counts.append(len(queries))
        assert counts == [1, 1, 1]


def _noise(them, n):
    as_of = them.batch.as_of
    return Given([random.Random(f"{n} {one} {as_of}").randint(0, 99) for one in them.batch.numbers])


class _Noise(Churn):
    """Learns from numbers that mean nothing."""

    inputs = tuple(Input(f"noise {n}", "Noise", partial(_noise, n=n)) for n in range(8))


@pytest.mark.parametrize("algorithm", [*LOGISTIC_FIRST, pytest.param(AUTO, marks=exhaustive)])
def test_a_model_of_noise_is_refused_by_the_gate(shop, db, monkeypatch, algorithm):
    monkeypatch.setitem(KINDS, "churn", _Noise())
    version = trained(algorithm=algorithm)
    assert (version.gate, version.state) == (Gate.FAILED, VersionState.REFUSED)
    with pytest.raises(Refused) as refused:
        deploy(version)
    assert refused.value.code == "gate_failed"
    assert refused.value.details["metrics"] == version.metrics


class TestArtifacts:
    def refused(self, version, **values):
        ModelVersion.objects.filter(pk=version.pk).update(**values)
        with pytest.raises(Refused) as refused:
            scorer_of(version)
        assert refused.value.code == "artifact_invalid"
        return str(refused.value)

    def test_a_byte_has_changed(self, shop, db):
        version = trained()
        content = bytearray(version.artifact)
        content[len(content) // 2] ^= 1
        assert "sum" in self.refused(version, artifact=bytes(content))

    def test_a_foreign_type(self, shop, db):
        version = trained()
        content, digest = dump_artifact({"scaling": Input("a", "A", lambda one: 1), "parts": {}})
        words = self.refused(version, artifact=content, artifact_sha256=digest)
        assert "foreign types: predictions.kinds.trained.Input" in words

    def test_another_minor_version_of_scikit_learn(self, shop, db):
        version = trained()
        words = self.refused(version, libraries=version.libraries | {"scikit-learn": "1.8.2"})
        assert "scikit-learn 1.8" in words

    def test_scores_of_one_that_is_refused_stay(self, shop, db):
        version = trained()
        deploy(version)
        score(as_of=AS_OF)
        before = dict(CustomerPrediction.objects.values_list("pk", "churn_risk"))
        ModelVersion.objects.filter(pk=version.pk).update(artifact=b"broken")
        run = score(as_of=AS_OF + days(1))
        assert run.problems["churn"]["code"] == "artifact_invalid"
        assert dict(CustomerPrediction.objects.values_list("pk", "churn_risk")) == before
        assert CustomerPrediction.objects.filter(journey_as_of=AS_OF + days(1)).exists()
        assert PredictionModel.objects.get(code="churn").as_of == AS_OF


class TestFeatures:
    def test_they_are_the_numbers_that_mean_more_or_less(self):
        assert [one.name for one in CHURN.inputs] == [
            *("recency_days", "frequency", "monetary", "age_days", "purchase_days"),
            *("average_order_value", "orders_30d", "orders_90d", "orders_180d"),
            *("sales_30d", "sales_90d", "sales_180d", "orders_trend", "gap_days"),
            *("overdue_ratio", "refunds_count", "refund_share", "discount_share"),
            *("distinct_products", "distinct_categories", "views_30d", "logins_30d"),
            *("wished_products", "open_carts"),
        ]

    def test_plain_numbers_of_any_kind(self, logistic):
        scorer = scorer_of(logistic)
        row = next(row for row in inputs(subjects()[0]) if row[0] and None not in row)
        kinds = [list(map(kind, map(float, row))) for kind in (float, Fraction, Decimal)]
        expected = said_of(scorer, [row])
        for other in kinds:
            assert said_of(scorer, [other]) == expected
        places = {one.name: place for place, one in enumerate(CHURN.inputs)}
        for name, value in (("monetary", 10**400), ("monetary", -(10**400)), ("frequency", 1e300)):
            row[places[name]] = value
            (found,) = said_of(scorer, [row])
            assert 0 <= found["churn_risk"] <= 1
            assert found["churn_risk_rise"] is None
        row[places["frequency"]] = 0
        assert said_of(scorer, [row]) == [dict.fromkeys(CHURN.columns)]


def test_a_sentence_is_in_the_language_that_is_active(logistic):
    scorer = scorer_of(logistic)
    row = next(row for row in inputs(subjects()[0]) if row[0] is not None)
    with translation.override("de"):
        (reasons,) = reasons_of(scorer, [row])
        meaning, sentence = str(_meaning("recency_days")), str(reasons[0].sentence)
    assert meaning != "Days since the last sale"
    assert sentence.startswith(f"{meaning}: ")


def _meaning(name):
    from predictions.kinds.inputs import FEATURES

    return FEATURES[name].meaning
