"""Lifetime value: the figures of the papers on their own shop, and what stands beside them."""

import lzma
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from customers.models import Customer, CustomerGroup, Order, Store
from predictions.analytics.answers import view_of
from predictions.kinds.clv.declaration import CLV
from predictions.kinds.reasons import sorted_reasons
from predictions.lifecycle.train import train
from predictions.models import CustomerPrediction, Gate, ModelVersion
from predictions.registry import deploy
from predictions.scoring.on_demand import forecasts_of, predicted_from, predicted_of
from predictions.scoring.runs import score
from predictions.tests.churning import reasons_of, said_of
from tests.lazy import LazyModule

clv = LazyModule("predictions.kinds.clv.fit")

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
CUT = datetime(1997, 9, 30, 23, 59, 59, tzinfo=UTC)
END = datetime(1998, 6, 30, 23, 59, 59, tzinfo=UTC)
REASON = "It is measured elsewhere."

# Trained on the data of the papers; test_clv_shops.py trains on small shops.
pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="module")
def cdnow(rows_for_all):
    """Make the shop of the sample: each transaction an order at midnight, UTC."""
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    with lzma.open(DATA / "CDNOW_sample.txt.xz", "rt") as file:
        rows = [line.split() for line in file if line.strip()]
    store, group = Store.objects.get(code="default"), CustomerGroup.objects.get(code="general")
    numbers = dict.fromkeys(int(row[1]) for row in rows)
    made = Customer.objects.bulk_create(
        Customer(external_id=str(number), store=store, group=group, website_id=store.website_id)
        for number in numbers
    )
    people = dict(zip(numbers, made, strict=True))
    Order.objects.bulk_create(
        Order(
            number=str(place),
            customer=people[int(number)],
            store=store,
            state="complete",
            created_at=datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC),
            updated_at=END,
            grand_total=Decimal(amount),
        )
        for place, (_id, number, day, _count, amount) in enumerate(rows)
    )
    return people


def test_the_parameters_are_those_of_the_papers(cdnow, db):
    version = train("clv", as_of=CUT, parameters={"family": "bg_nbd", "horizon_days": 364})
    expected = {
        "r": 0.2426,
        "alpha": 4.4136,
        "a": 0.7929,
        "b": 2.4258,
        "p": 6.249,
        "q": 3.744,
        "v": 15.44,
        "log_likelihood": -9582.43,
    }
    for name, value in expected.items():
        assert version.fitted[name] == pytest.approx(value, rel=0.005), name
    assert version.fitted["customers"] == 946
    assert version.warnings == []
    deploy(version, reason=REASON)
    score("clv", as_of=CUT)
    row = CustomerPrediction.objects.get(customer=cdnow[1])
    assert float(row.clv) == pytest.approx(36.75, rel=0.01)
    assert float(row.probability_alive) == pytest.approx(0.7266, rel=0.01)
    assert float(row.expected_order_value) == pytest.approx(24.65, rel=0.01)
    (one,) = forecasts_of([cdnow[1]], version, as_of=CUT, horizon_days=273)
    assert float(one.scores["expected_orders"]) == pytest.approx(1.226, rel=0.01)
    # What the margin takes is taken of the value, and of nothing else.
    (less,) = forecasts_of([cdnow[1]], version, as_of=CUT, margin=0.5)
    assert less.scores["clv"] == pytest.approx(row.clv / 2, abs=Decimal("0.0001"))
    assert less.scores["expected_orders"] == row.expected_orders
    # The top percents: 1 + floor(100 x (customers with a higher value) / scored customers).
    worth = list(CustomerPrediction.objects.values_list("clv", "clv_top_percent", "value_band"))
    every = sorted((value for value, _top, _band in worth), reverse=True)
    for value, top, band in worth[::97]:
        assert top == 1 + 100 * every.index(value) // len(every)
        bounds = ((10, "top"), (25, "high"), (50, "middle"), (100, "low"))
        assert band == next(name for most, name in bounds if top <= most)
    assert score("clv", as_of=CUT).counts["clv"]["changed"] == 0


# Fitting knows no database; what is fitted and scored is asked on both above.
@pytest.mark.once
def test_it_is_better_than_counting_and_says_so(cdnow, db):
    version = train("clv", as_of=END, parameters={"holdout_days": 273})
    found = {one["name"]: one for one in version.metrics}
    assert found["mae"]["value"] <= 31
    assert found["mae"]["baseline_value"] == pytest.approx(61.7, abs=0.1)
    assert found["top_decile_capture"]["value"] >= 0.49
    assert found["top_decile_capture"]["baseline_value"] == pytest.approx(0.481, abs=0.001)
    assert version.gate == Gate.PASSED
    assert version.fitted["family"] == "mbg_nbd"


@pytest.fixture(scope="class")
def version_for_all(cdnow):
    """Train, deploy and score; return the key of the version."""
    with transaction.atomic():
        version = train("clv", as_of=CUT)
        deploy(version, reason=REASON)
        score("clv", as_of=CUT)
        yield version.pk
        transaction.set_rollback(True)


class TestOneVersion:
    @pytest.fixture
    def version(self, version_for_all, db):
        return ModelVersion.objects.select_related("model").get(pk=version_for_all)

    def test_single_batch_and_stored_are_the_same(self, cdnow, version):
        people = [cdnow[number] for number in (1, 2, 9, 2357)]
        together = predicted_of(people, version, as_of=CUT)
        for customer, one in zip(people, together, strict=True):
            (alone,) = predicted_of([customer], version, as_of=CUT)
            assert alone == one
            row = CustomerPrediction.objects.get(customer=customer)
            assert one.scores == {column: getattr(row, column) for column in one.scores}
            features = [reason.value for reason in one.reasons]
            (again,) = predicted_from([features], version, today=CUT.toordinal())
            assert again.scores == one.scores

    def test_reasons_are_what_the_value_owes_to_each_feature(self, version):
        scorer = clv.scorer_of(version.fitted, version.parameters)
        row = [4, 59, 272, 20]
        (worth,) = said_of(scorer, [row], CLV)
        reasons = {one.feature: one for one in reasons_of(scorer, [row], CLV)[0]}
        other = [4, 59, 272, version.fitted["medians"]["mean_repeat_value"]]
        (usual,) = said_of(scorer, [other], CLV)
        assert reasons["mean_repeat_value"].effect == pytest.approx(
            float(worth["clv"] - usual["clv"])
        )
        assert "20" in reasons["mean_repeat_value"].sentence
        assert len(sorted_reasons(list(reasons.values()))) <= 5
        assert reasons_of(scorer, [[0, None, None, None]], CLV) == [[]]

    def test_analytics_of_the_stored_values_are_those_that_are_computed(self, version):
        shown = view_of("clv")
        assert shown == view_of("clv", as_of=CUT)
        worth = list(
            CustomerPrediction.objects.filter(clv__isnull=False).values_list("clv", flat=True)
        )
        assert (shown["count"], shown["sum"]) == (2_357, str(sum(worth)))
        top = CustomerPrediction.objects.filter(value_band="top")
        assert shown["bands"][0]["count"] == top.count()
        assert shown["warnings"] == ["margin_unknown"]
        # The best tenth is worth more than its share, the lower half less.
        assert float(shown["bands"][0]["share"]) > 0.3 > float(shown["bands"][3]["share"])
