"""Features and cohorts of a real shop, of which every figure is known."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from predictions.analytics.answers import view_of
from predictions.features.shop import shop_figures
from predictions.features.table import features
from predictions.history.batches import batches
from predictions.history.cohorts import cohorts
from predictions.history.population import population
from predictions.history.values import value_as_text
from predictions.lifecycle.train import train
from predictions.models import Gate
from tests.factories.shops import DATA

MIDNIGHT = datetime(2011, 12, 10, tzinfo=UTC)
SEGMENTS = {
    "champions": 577,
    "loyal": 708,
    "potential_loyalists": 474,
    "new_customers": 63,
    "promising": 168,
    "need_attention": 116,
    "about_to_sleep": 475,
    "cannot_lose": 37,
    "at_risk": 372,
    "hibernating": 1349,
}
# Contract, section 8.
RETAIL = """
12347 7 2458 4310.00 2.016575 0 615.714286 341.070789 4.486071
12748 217 23516 29819.99 0.084028 0.050691 2293.845385 2421.883731 229.428297
17850 35 1696 5303.48 0.230519 0.028571 2651.740000 3874.195628 -5478.940000
"""
NAMES = [
    *("Total_Transactions", "Total_Products_Purchased", "Total_Spend"),
    *("Average_Days_Between_Purchases", "Cancellation_Rate"),
    *("Monthly_Spending_Mean", "Monthly_Spending_Std", "Spending_Trend"),
]

pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there"),
    pytest.mark.exhaustive,
    # That both databases work out the same is tried with generated shops; a model needs one.
    pytest.mark.once,
]


@pytest.fixture(scope="module")
def retail(online_retail):
    return json.loads((DATA / "online_retail_expected.json").read_text())


def cells(table):
    return {
        number: {name: value_as_text(value) for name, value in zip(table.names, row, strict=True)}
        for number, row in zip(table.ids, table.rows, strict=True)
    }


def test_rfm_is_right_to_the_last_customer(retail, db):
    expected = retail["rfm_quintiles"]
    found = cells(features(as_of=MIDNIGHT, sets=["rfm"]))
    buyers = {number: row for number, row in found.items() if row["rfm_segment"]}
    assert len(buyers) == expected["customers"]
    assert Counter(row["rfm_segment"] for row in buyers.values()) == SEGMENTS
    cell = Counter(row["recency_score"] + row["frequency_score"] for row in buyers.values())
    assert cell == expected["cells_RF"]
    for name, column in (
        ("recency", "recency_days"),
        ("frequency", "frequency"),
        ("monetary", "monetary"),
    ):
        for score, limits in expected[name].items():
            values = [
                float(row[column]) for row in buyers.values() if row[f"{name}_score"] == score
            ]
            bounds = float(limits["from"]), float(limits["to"])
            assert (len(values), (min(values), max(values))) == (limits["customers"], bounds)
    for number, sample in expected["sample_customers"].items():
        row = found[number]
        scores = "".join(row[f"{name}_score"] for name in ("recency", "frequency", "monetary"))
        assert (int(row["recency_days"]), int(row["frequency"]), scores) == (
            sample["recency"],
            sample["frequency"],
            sample["RFM"],
        )
        assert float(row["monetary"]) == float(sample["monetary"])


def test_who_comes_back_does_so_within_the_window(retail, db):
    found = shop_figures(batches(population(MIDNIGHT), MIDNIGHT))
    assert (found.buyers, found.window_days) == (4_339, 110)


def test_the_features_of_the_platform(retail, db):
    found = cells(features(as_of=datetime(2011, 12, 9, 23, 59, 59, tzinfo=UTC), sets=["retail"]))
    with_rows = [row for row in found.values() if row["Total_Transactions"]]
    assert len(with_rows) == 4_362
    assert sum(not row["Average_Days_Between_Purchases"] for row in with_rows) == 80
    for line in RETAIL.strip().splitlines():
        number, *values = line.split()
        row = found[number]
        assert [float(row[name]) for name in NAMES] == [float(value) for value in values]


def test_analytics(retail, db):
    found = view_of("rfm", as_of=MIDNIGHT)
    assert {one["segment"]: one["customers"] for one in found["segments"]} == SEGMENTS
    assert found["customers"] == 4_339
    expected = retail["cohorts"]["active_customers"]
    shown = view_of("cohorts", as_of=MIDNIGHT)
    assert dict(zip(shown["labels"], shown["rows"], strict=True)) == {
        label: list(row.values()) for label, row in expected.items()
    }
    # A year and a few days: of one nobody knows what was the season.
    assert view_of("seasonality", as_of=MIDNIGHT)["reason"] == "needs_two_years"


def test_cohorts(retail, db):
    expected = retail["cohorts"]["active_customers"]
    found = cohorts(as_of=MIDNIGHT)
    assert {
        label: {str(k): cell for k, cell in enumerate(cells)} for label, cells in found.rows
    } == {label: dict(row) for label, row in expected.items()}
    assert found.incomplete == ["2011-12"]


def test_churn_is_told_better_than_by_counting(retail, db):
    version = train(
        "churn", as_of=datetime(2011, 12, 9, 23, 59, 59, tzinfo=UTC), parameters={"window_days": 91}
    )
    metrics = {(one["name"], one["baseline"]): one for one in version.metrics}
    brier, by_recency = metrics["brier", "base_rate"], metrics["brier", "recency_only"]
    assert metrics["auc", "base_rate"]["value"] >= 0.73
    assert brier["value"] <= 0.214
    assert round(by_recency["baseline_value"], 3) == 0.241
    assert round(brier["baseline_value"], 3) == 0.253
    assert version.gate == Gate.PASSED
    # The plain one wins, and the others stand beside it.
    assert version.fitted["algorithm"] == "logistic"
    briers = {name: round(one, 3) for name, one in version.fitted["briers"].items()}
    assert briers == {
        "logistic": 0.21,
        "gradient_boosting": 0.22,
        "mlp": 0.211,
        "ensemble": 0.211,
    }


def test_clusters_of_buyers(retail, db):
    version = train("clusters", as_of=MIDNIGHT)
    assert version.fitted["k"] == 4
    sizes = [one["customers"] for one in version.fitted["profiles"]]
    # Contract, section 4: each within 1 %.
    for found, size in zip(sorted(sizes, reverse=True), (1576, 1161, 878, 724), strict=True):
        assert abs(found - size) <= size / 100
    metrics = {one["name"]: one["value"] for one in version.metrics}
    assert abs(metrics["silhouette"] - 0.335) <= 0.005
    assert abs(metrics["davies_bouldin"] - 1.016) <= 0.01
    assert version.gate == Gate.PASSED
    spent = [one["means"]["monetary"] for one in version.fitted["profiles"]]
    assert spent == sorted(spent, reverse=True)


def test_clusters_of_the_platform(retail, db):
    """Contract, section 8: the counts of its steps, and the three indices for each number."""
    at = datetime(2011, 12, 9, 23, 59, 59, tzinfo=UTC)
    version = train("retail_clusters", as_of=at, parameters={"k_range": [2, 5]})
    steps = {one["step"]: one["rows"] for one in version.fitted["steps"]}
    assert (steps["customers"], steps["complete"]) == (4_362, 4_282)
    assert abs(steps["complete"] - steps["outliers"] - 215) <= 5
    assert abs(version.fitted["explained_variance"] - 0.811) <= 0.005
    tried = {one["k"]: one for one in version.fitted["by_k"]}
    for k, silhouette, davies_bouldin, calinski_harabasz in (
        (2, 0.311, 1.545, 1_170),
        (5, 0.220, 1.475, 951),
    ):
        assert abs(tried[k]["silhouette"] - silhouette) <= 0.02
        assert abs(tried[k]["davies_bouldin"] - davies_bouldin) <= 0.1
        assert abs(tried[k]["calinski_harabasz"] - calinski_harabasz) <= calinski_harabasz / 10
    assert version.fitted["k"] == 3
