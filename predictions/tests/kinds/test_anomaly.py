"""Who is flagged as unlike all others, and that chance, order and company make no difference."""

import math
from decimal import Decimal

import numpy as np
import pytest
from django.db import transaction

from customers.models import Customer, Order
from predictions.features.table import features
from predictions.kinds.anomaly.declaration import ANOMALY
from predictions.lifecycle.train import train
from predictions.models import CustomerPrediction, Gate, ModelVersion
from predictions.refusals import Refused
from predictions.registry import deploy
from predictions.scoring.on_demand import predicted_from, predicted_of
from predictions.scoring.runs import score
from predictions.tests.churning import AS_OF, days, returning_shop

# Learned and predicted in Python, from features that test_features.py asks both databases for.
pytestmark = pytest.mark.once

NAMES = [one.name for one in ANOMALY.inputs]


def trained(**parameters):
    version = train("anomaly", as_of=AS_OF, parameters=parameters)
    deploy(version, reason="" if version.gate == Gate.PASSED else "It is only a test.")
    score("anomaly", as_of=AS_OF)
    return version


def rows_of(numbers=None):
    """Return customers' numbers and the five features of those who have bought."""
    table = features(as_of=AS_OF, sets=["rfm", "activity"], ids=numbers)
    places = [table.names.index(name) for name in NAMES]
    found = zip(table.ids, table.rows, strict=True)
    rows = {number: [row[place] for place in places] for number, row in found}
    return {number: row for number, row in rows.items() if row[0] is not None}


def stored():
    rows = CustomerPrediction.objects.exclude(anomaly_score=None).order_by("pk")
    names = ("customer__external_id", "anomaly_score", "is_anomaly")
    return {number: (value, flag) for number, value, flag in rows.values_list(*names)}


def by_scikit_learn(rows):
    """Return the scores as the contract words them, with scikit-learn's own scaling."""
    from sklearn.ensemble import IsolationForest
    from sklearn.preprocessing import StandardScaler

    numbers = sorted(rows)
    matrix = [[math.log1p(float(value)) for value in rows[number]] for number in numbers]
    scaled = StandardScaler().fit_transform(matrix)
    found = -IsolationForest(random_state=0).fit(scaled).score_samples(scaled)
    return dict(zip(numbers, found.tolist(), strict=True))


def test_of_equals_the_smaller_key_is_flagged(db, make_customer, make_order):
    for n in range(41):
        make_order(make_customer(f"E{n}"), AS_OF - days(3))
    version = trained()
    found = list(CustomerPrediction.objects.order_by("pk").values_list("is_anomaly", flat=True))
    assert found == [True] * 3 + [False] * 38  # 5 % of 41 are 2.05
    assert version.gate == Gate.NOT_EVALUATED
    assert version.metrics == []


def test_who_has_not_bought_has_no_score(db, make_customer):
    returning_shop(20)
    nobody = make_customer("nobody")
    version = ModelVersion.objects.select_related("model").get(pk=trained().pk)
    assert "nobody" not in stored()
    (one,) = predicted_of([nobody], version, as_of=AS_OF)
    assert (one.scores, one.reasons) == ({"anomaly_score": None, "is_anomaly": None}, [])
    (row,) = predicted_from([[None, 0, 0, None, 0]], version, today=AS_OF.toordinal())
    assert row.scores == {"anomaly_score": None, "is_anomaly": None}


@pytest.mark.exhaustive
def test_rows_in_any_order_give_the_same(db):
    found = []
    for shuffled in (None, 1):
        returning_shop(shuffled=shuffled)
        version = trained()
        scores = {number: one for number, (one, _flag) in stored().items()}
        found.append((version.data_hash, version.metrics, scores))
        Order.objects.all().delete()
        Customer.objects.all().delete()
    assert found[0] == found[1]


def test_what_is_far_from_usual_is_told(db, make_customer, make_order):
    for n in range(120):
        make_order(make_customer(f"N{n}"), AS_OF - days(10 + n % 30), grand_total=20 + n % 9)
    rich = make_customer("rich")
    make_order(rich, AS_OF - days(12), grand_total=Decimal(900_000))
    version = ModelVersion.objects.select_related("model").get(pk=trained().pk)
    assert stored()["rich"][1]
    (one,) = predicted_of([rich], version, as_of=AS_OF)
    assert {reason.feature for reason in one.reasons[:2]} == {"monetary", "average_order_value"}
    assert all(reason.effect > 3 for reason in one.reasons[:2])
    assert "more than usual" in str(one.reasons[0].sentence)


def test_nobody_can_be_learned_from(db, make_customer, make_order):
    make_order(make_customer(), AS_OF + days(1))
    make_order(make_customer("shown"), AS_OF - days(1), state="canceled")
    with pytest.raises(Refused) as refused:
        train("anomaly", as_of=AS_OF)
    assert refused.value.code == "no_sales"


@pytest.mark.exhaustive
def test_another_seed_is_another_forest(db):
    returning_shop(60)
    one = train("anomaly", as_of=AS_OF)
    other = train("anomaly", as_of=AS_OF, parameters={"seed": 2**32 - 1})
    assert one.artifact_sha256 != other.artifact_sha256
    assert one.data_hash == other.data_hash


def test_bits_of_scores_are_in_their_order():
    from predictions.kinds.anomaly.fit import _bits

    drawn = np.random.RandomState(1).random(500)
    assert (np.argsort(_bits(drawn)) == np.argsort(drawn)).all()


@pytest.fixture(scope="class")
def version_for_all(rows_for_all):
    """Store a shop and score it by a trained version; return the key of the version."""
    with transaction.atomic():
        returning_shop()
        yield trained().pk
        transaction.set_rollback(True)


class TestScoredShop:
    @pytest.fixture
    def version(self, version_for_all, db):
        """Return the version in use."""
        return ModelVersion.objects.select_related("model").get(pk=version_for_all)

    def test_the_highest_twentieth_is_flagged(self, version):
        found, expected = stored(), by_scikit_learn(rows_of())
        assert found.keys() == expected.keys()
        assert all(abs(float(found[one][0]) - expected[one]) < 6e-5 for one in expected)
        most = sorted(expected, key=expected.get, reverse=True)[: math.ceil(0.05 * len(expected))]
        assert {number for number, (_score, flag) in found.items() if flag} == set(most)
        (metric,) = version.metrics
        assert metric["name"] == "agreement"
        assert (metric["value"] >= 0.6) == (version.gate == Gate.PASSED)

    def test_predicted_is_what_is_stored(self, version):
        found = stored()
        people = list(Customer.objects.filter(external_id__in=found).order_by("-pk"))
        for some in (people, people[:1]):
            for customer, one in zip(some, predicted_of(some, version, as_of=AS_OF), strict=True):
                scores = one.scores["anomaly_score"], one.scores["is_anomaly"]
                assert scores == found[customer.external_id]
                assert len(one.reasons) == 3
        rows = rows_of()
        instances = predicted_from([rows[one] for one in found], version, today=AS_OF.toordinal())
        assert [one.scores["anomaly_score"] for one in instances] == [
            one[0] for one in found.values()
        ]
