"""The Qini coefficient, against the contract's figures and Hillstrom's mails."""

import csv
import json
import lzma
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from predictions.models import Gate
from predictions.uplift import qini

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"
EXPECTED, HILLSTROM = SHARED / "lists_expected.json", SHARED / "hillstrom_email_test.csv.xz"


@pytest.mark.skipif(not EXPECTED.exists(), reason="the data are not there")
def test_qini_is_the_expected_one():
    for case in json.loads(EXPECTED.read_text())["functions"]["qini"]:
        found = qini(case["score"], case["treated"], case["outcome"], case["ids"])
        assert found == pytest.approx(case["qini"], abs=1e-8)


def test_nobody_contacted_is_worth_nothing():
    assert qini([0.3, 0.1], [0, 0], [1, 0], ["a", "b"]) == 0.0


def features(row, zips, channels):
    return [
        float(row["recency"]),
        np.log1p(float(row["history"])),
        *(float(row[name]) for name in ("mens", "womens", "newbie")),
        *(float(row["zip_code"] == one) for one in zips),
        *(float(row["channel"] == one) for one in channels),
    ]


@pytest.mark.skipif(not HILLSTROM.exists(), reason="the data are not there")
@pytest.mark.parametrize(
    ("mail", "expected", "low", "high"),
    [("Womens E-Mail", 0.0082, 0.0058, 0.0108), ("Mens E-Mail", 0.0017, -0.0010, 0.0042)],
)
def test_hillstroms_mails_are_judged_as_expected(mail, expected, low, high):
    from predictions.kinds.fitting.matrix import Standard
    from predictions.kinds.uplift.two_models import fit_two, metrics_of
    from predictions.lifecycle.gate import gate_of

    with lzma.open(HILLSTROM, "rt", newline="") as stream:
        rows = list(csv.DictReader(stream))
    levels = [sorted({row[name] for row in rows}) for name in ("zip_code", "channel")]
    kept = [n for n, row in enumerate(rows) if row["segment"] in (mail, "No E-Mail")]
    x = np.array([features(rows[n], *levels) for n in kept])
    treated = np.array([rows[n]["segment"] == mail for n in kept])
    outcome = np.array([rows[n]["visit"] == "1" for n in kept])
    ids = np.array(kept)
    fits, judges = ids % 2 == 0, ids % 2 == 1
    models = fit_two(Standard.fit(x[fits]), x[fits], treated[fits], outcome[fits])
    metrics = metrics_of(models.uplift(x[judges]), treated[judges], outcome[judges], ids[judges])
    found = {one.name: one for one in metrics}
    values = [found[name].value for name in ("qini", "qini_low", "qini_high")]
    assert values == pytest.approx([expected, low, high], abs=1e-3)
    assert gate_of("uplift", metrics) == (Gate.PASSED if low > 0 else Gate.FAILED)
    first = found["uplift_first_30"]
    if low > 0:
        assert [first.value, first.baseline_value] == pytest.approx([0.0749, 0.0456], abs=1e-3)
