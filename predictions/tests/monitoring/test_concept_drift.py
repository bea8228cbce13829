"""Churn risks that have been stored, compared with who has bought since."""

from datetime import timedelta
from decimal import Decimal

import pytest

from customers.models import Order
from predictions.lifecycle.train import train
from predictions.models import DriftStatus, ModelVersion, Notice, NoticeKind, RiskHistory
from predictions.monitoring.concept_drift import come_true, is_worse
from predictions.tests.churning import AS_OF, returning_shop
from predictions.tests.monitoring.test_drift import in_use, read


@pytest.fixture(scope="module")
def version_for_all(rows_for_all):
    """Store a shop, train churn on it and deploy the version; return its key."""
    returning_shop()
    return in_use("churn", window_days=30).pk


@pytest.fixture
def risks(version_for_all, db, make_customer, make_order):
    """Return a version of churn, and what is known of 130 risks before W days were over."""
    version = ModelVersion.objects.select_related("model").get(pk=version_for_all)
    since, known = AS_OF - timedelta(days=30), []
    for number in range(130):
        customer = make_customer(f"R{number:03}")
        risk = Decimal(number) / 200
        RiskHistory.objects.create(
            customer=customer, at=since - timedelta(days=9), churn_risk=1 - risk, version=1
        )
        at = since - timedelta(days=number % 5)
        RiskHistory.objects.create(customer=customer, at=at, churn_risk=risk, version=1)
        # Later ones, and one by a version of another window, say nothing of then.
        RiskHistory.objects.create(
            customer=customer, at=since + timedelta(seconds=1), churn_risk=0, version=1
        )
        if number % 3 == 0:
            make_order(customer, since + timedelta(seconds=number))
        known.append((risk, number % 3 == 0 and number > 0))
    return version, known


def test_risks_are_held_against_what_happened(risks):
    version, known = risks
    found = come_true(version, AS_OF)
    expected = sum((float(risk) - (not bought)) ** 2 for risk, bought in known) / len(known)
    assert found["brier"] == round(expected, 6)
    measured = next(one["value"] for one in version.metrics if one["name"] == "brier")
    assert (found["customers"], found["version_brier"]) == (130, measured)
    assert found["since"] == (AS_OF - timedelta(days=30)).isoformat()


def test_predictions_that_have_become_worse_are_an_alarm(risks):
    # Nobody has come back, and the buyers are those of the training.
    Order.objects.filter(customer__external_id__startswith="R").delete()
    (reading,) = read("churn")
    assert is_worse(reading.concept)
    assert reading.status == DriftStatus.ALARM
    assert reading.psi == 0
    assert Notice.objects.get().kind == NoticeKind.CONCEPT_DRIFT
    # As good as they were measured, to the last digit that still counts.
    brier = reading.concept["version_brier"]
    assert not is_worse({"brier": brier + 0.02, "version_brier": brier})
    assert is_worse({"brier": brier + 0.020001, "version_brier": brier})


def test_few_risks_say_nothing(risks):
    version, _known = risks
    RiskHistory.objects.filter(customer__external_id__gte="R099").delete()
    assert come_true(version, AS_OF) is None


def test_risks_by_a_version_with_another_window_say_nothing(risks):
    version, _known = risks
    other = train("churn", as_of=AS_OF, parameters={"window_days": 40})
    RiskHistory.objects.filter(at__lte=AS_OF).update(version=other.number)
    assert come_true(version, AS_OF) is None
