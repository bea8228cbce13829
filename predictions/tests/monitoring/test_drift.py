"""Whether customers are still like those of the training: the index, readings, alarms, notices."""

import json
import math
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from unittest import mock

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer, Order
from predictions.features.table import features
from predictions.kinds import KINDS
from predictions.kinds.trained import is_trained
from predictions.lifecycle.train import execute_training, train
from predictions.models import (
    DriftReading,
    DriftStatus,
    Gate,
    ModelVersion,
    Notice,
    NoticeKind,
    PredictionModel,
    TrainingRun,
)
from predictions.monitoring.drift import check_drift, status_of
from predictions.monitoring.retention import old_notices, old_readings
from predictions.registry import deploy
from predictions.signals import drift_found
from predictions.statistics.psi import LEAST_SHARE, Bins, count_by_bin, psi
from predictions.tests.churning import AS_OF, returning_shop
from segments.models import RunState


def test_ten_even_bins_against_a_shift_are_what_the_contract_says():
    even = [10] * 10
    shifted = [5] * 5 + [15] * 5
    assert round(psi(even, shifted), 4) == 0.2747
    assert status_of(psi(even, shifted)) == DriftStatus.ALARM
    assert psi(even, even) == 0


@pytest.mark.parametrize(
    ("index", "status"),
    [
        (None, ""),
        (0.0, "ok"),
        (0.099999, "ok"),
        (0.1, "watch"),
        (0.25, "watch"),
        (0.250001, "alarm"),
    ],
)
def test_what_an_index_says(index, status):
    assert status_of(index) == status


numbers = st.lists(
    st.one_of(st.none(), st.integers(-5, 5), st.floats(-1e300, 1e300)), min_size=1, max_size=60
)


@given(before=numbers, after=numbers)
def test_bins_and_index_as_they_are_worded(before, after):
    known = sorted(one for one in before if one is not None)
    edges = sorted(
        {known[math.ceil(Fraction(tenths * len(known), 10)) - 1] for tenths in range(1, 10)}
        if known
        else []
    )

    def bin_of(value):
        return -1 if value is None else sum(edge < value for edge in edges)

    def shares(values):
        found = Counter(map(bin_of, values))
        return [found[place] / len(values) for place in [*range(len(edges) + 1), -1]]

    expected = math.fsum(
        (max(a, LEAST_SHARE) - max(e, LEAST_SHARE))
        * math.log(max(a, LEAST_SHARE) / max(e, LEAST_SHARE))
        for e, a in zip(shares(before), shares(after), strict=True)
    )
    bins = Bins.fit(_array(before))
    assert bins.edges == edges
    assert bins == Bins.from_plain(json.loads(json.dumps(bins.plain())))
    found = psi(bins.counts, count_by_bin(bins.edges, _array(after)).tolist())
    assert found == pytest.approx(expected, abs=2e-6)


def _array(values):
    return np.array([np.nan if one is None else one for one in values], dtype=np.float64)


def test_without_rows_there_is_no_index():
    nobody = Bins.fit(_array([]))
    assert (nobody.edges, nobody.counts, nobody.least) == ([], [0, 0], None)
    assert psi(nobody.counts, [3, 0]) is None
    assert psi([3, 0], [0, 0]) is None


@pytest.fixture(scope="module")
def deployed_for_all(rows_for_all):
    """Store a shop, train on it at `AS_OF` and deploy the version; return its key."""
    returning_shop()
    return in_use("anomaly").pk


@pytest.fixture
def deployed(deployed_for_all, db):
    """Return a version in use, trained on a shop at `AS_OF`."""
    return ModelVersion.objects.select_related("model").get(pk=deployed_for_all)


def in_use(code, **parameters):
    version = train(code, as_of=AS_OF, parameters=parameters)
    deploy(version, reason="" if version.gate == Gate.PASSED else "It is only a test.")
    return version


def as_of(at):
    """Return a context in which it is `at` for who looks at drift."""
    return mock.patch("predictions.monitoring.drift.now", lambda: at)


def read(*codes):
    with as_of(AS_OF):
        return check_drift(codes or None)


def everybody_buys_again():
    """Have all buyers buy a lot, a second before `AS_OF`; return how many."""
    buyers = Customer.objects.filter(orders__isnull=False).distinct().select_related("store")
    for customer in buyers:
        Order.objects.create(
            number=f"again {customer.pk}",
            customer=customer,
            store=customer.store,
            created_at=AS_OF - timedelta(seconds=1),
            updated_at=AS_OF,
            grand_total=Decimal("9999.99"),
            state="complete",
        )
    return len(buyers)


def test_a_training_counts_who_is_in_its_bins(deployed):
    table = features(as_of=AS_OF, sets=["rfm", "activity"])
    recency = table.names.index("recency_days")
    for name, bins in deployed.bins.items():
        place = table.names.index(name)
        rows = [float(row[place]) for row in table.rows if row[recency] is not None]
        assert bins == Bins.fit(np.array(rows)).plain(), name
    assert deployed.bins.keys() == {one.name for one in KINDS["anomaly"].inputs}


def test_the_same_customers_have_not_moved(deployed):
    (reading,) = read()
    assert (reading.psi, reading.status) == (0, DriftStatus.OK)
    assert [one["psi"] for one in reading.features] == [0] * len(deployed.bins)
    assert all(one["now"] == one["trained"] for one in reading.features)
    assert not Notice.objects.exists()


@pytest.mark.exhaustive
def test_every_trained_kind_is_read_in_one_go(deployed):
    # The shop has no lines, of which `retail_clusters` is made, and no campaign with a control.
    missing = {"retail_clusters", "uplift"}
    codes = {code for code, kind in KINDS.items() if is_trained(kind)} - missing
    for code in codes - {"anomaly"}:
        in_use(code, **({"k": 3} if code == "clusters" else {}))
    readings = read()
    assert {one.version.model.code for one in readings} == codes
    for one in readings:
        assert (one.psi, one.status) == (0, DriftStatus.OK), one.version.model.code
        assert {feature["feature"] for feature in one.features} == one.version.bins.keys()


def test_an_alarm_is_noticed_once_a_day(deployed, django_capture_on_commit_callbacks):
    everybody_buys_again()
    heard = []

    def hear(**said):
        heard.append((said["notice"], said["reading"]))

    drift_found.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            (reading,) = read()
            (again,) = read()
    finally:
        drift_found.disconnect(hear)
    assert (reading.status, again.status) == (DriftStatus.ALARM, DriftStatus.ALARM)
    assert reading.psi == max(one["psi"] for one in reading.features) > 0.25
    notice = Notice.objects.get()
    assert (notice.model, notice.day) == (deployed.model, AS_OF.date())
    assert notice.kind == NoticeKind.DRIFT
    assert heard == [(notice, reading)]
    assert DriftReading.objects.count() == 2
    assert not TrainingRun.objects.unfinished().exists()
    with as_of(AS_OF + timedelta(days=1)):
        check_drift()
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("auto_deploy", [pytest.param(False, marks=pytest.mark.exhaustive), True])
def test_an_alarm_asks_for_one_training(deployed, auto_deploy):
    PredictionModel.objects.filter(pk=deployed.model_id).update(
        retrain_on_alarm=True, auto_deploy=auto_deploy
    )
    everybody_buys_again()
    read()
    read()
    run = TrainingRun.objects.unfinished().get()
    assert (run.model, run.as_of, run.deploys) == (deployed.model, AS_OF, auto_deploy)
    execute_training(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.COMPLETED
    deployed.model.refresh_from_db()
    passes = run.version.gate == Gate.PASSED
    assert deployed.model.deployed == (run.version if auto_deploy and passes else deployed)


def test_a_version_from_before_bins_were_kept_is_not_known(deployed):
    type(deployed).objects.filter(pk=deployed.pk).update(bins=None)
    (reading,) = read()
    assert (reading.psi, reading.status, reading.features) == (None, "", [])


def test_models_without_a_trained_version_in_use_cannot_drift(db):
    assert check_drift() == check_drift(["rfm", "clv"]) == []


def said(*args):
    out, err = StringIO(), StringIO()
    try:
        with as_of(AS_OF):
            call_command("check_drift", *args, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), None


def test_the_command_prints_each_feature_and_fails_on_an_alarm(deployed):
    out, _err, failure = said("anomaly", "rfm")
    assert "anomaly, version 1: ok" in out
    assert failure is None
    assert all(name in out for name in deployed.bins)
    assert "rfm: no trained version is deployed" in _err
    everybody_buys_again()
    out, _err, failure = said("--json")
    line = json.loads(out)
    assert (line["model"], line["version"], line["status"]) == ("anomaly", 1, "alarm")
    assert line["psi"] == max(one["psi"] for one in line["features"])
    assert failure == "Alarm: anomaly."
    assert "no model" in said("nonsense")[2]


def test_readings_and_notices_are_kept_for_400_days(deployed):
    everybody_buys_again()
    read()
    kept, over = AS_OF + timedelta(days=400), AS_OF + timedelta(days=401)
    assert not old_readings(kept).exists() and not old_notices(kept).exists()
    assert old_readings(over).count() == old_notices(over).count() == 1
