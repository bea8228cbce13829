"""The backtest says of the recorded sizes what the contract's data say, day by day."""

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from alerts.habit.expectations import build_history
from alerts.habit.judgement import judge_day
from alerts.habit.size_files import members_matrix, read_sizes

DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "alerts"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there")
FIRST = date(2024, 9, 2)


@needs_data
def test_each_band_is_the_expected_one():
    expected = json.loads((DATA / "expected.json").read_text())
    sizes = [one for one in read_sizes(str(DATA / "sizes.csv")) if one.code in expected["bands"]]
    history = build_history(
        FIRST, members_matrix(sizes, FIRST.toordinal(), FIRST.toordinal() + 729)
    )
    left_out = np.zeros(history.sizes.shape, dtype=bool)
    judgements = []
    for day in range(200):
        judgements.append(judge_day(history, day, left_out))
        left_out[:, day] = judgements[-1].alarm
    for row, one in enumerate(sizes):
        for band in expected["bands"][one.code]:
            judged = judgements[(date.fromisoformat(band["day"]) - FIRST).days]
            if band["expected"] is None:
                assert not judged.judged[row]
                continue
            figures = {
                **{name: round(getattr(judged, name)[row]) for name in ("expected", "low", "high")},
                **{
                    name: round(getattr(judged, name)[row], 4)
                    for name in ("scale", "limit", "error")
                },
                "alarm": bool(judged.alarm[row]),
                "model": int(judged.model[row]),
            }
            assert figures == {name: band[name] for name in figures}, (one.code, band["day"])


@needs_data
def test_backtest_reports_expected_alarms_and_meets_goals(tmp_path):
    report = tmp_path / "report.json"
    call_command(
        "alerts_backtest",
        str(DATA / "sizes.csv"),
        facts=str(DATA / "facts.csv"),
        report=str(report),
        stdout=StringIO(),
    )
    alarms = json.loads(report.read_text())["alarms"]
    assert alarms == json.loads((DATA / "expected.json").read_text())["alarms"]
    breaks = list(csv.DictReader((DATA / "breaks.csv").read_text().splitlines()))
    found = {(one["segment"], one["day"]): one["cause"] for one in alarms}
    wanted = {(one["segment"], one["day"]): one for one in breaks if one["must_be_found"] == "1"}
    hits = [key for key in wanted if key in found]
    assert len(hits) / len(wanted) >= 0.95
    right = sum(found[key] == wanted[key]["cause"] for key in hits)
    assert right / len(hits) >= 0.9
    labelled = {}
    for one in breaks:
        labelled.setdefault(one["segment"], []).append(date.fromisoformat(one["day"]))
    false = [
        (segment, day)
        for segment, day in found
        if (date.fromisoformat(day) - FIRST).days >= 92
        and all(abs((date.fromisoformat(day) - one).days) > 8 for one in labelled.get(segment, ()))
    ]
    assert len(false) / (54 * (730 - 92) / 365) <= 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("vip,2026-02-30,5", "line 3"),
        ("vip,2026-02-02,-5", "line 3"),
        ("vip,2026-02-02", "line 3"),
        ("vip,2026-02-01,6", "two sizes"),
        ("vip,0001-02-01,6", "7400"),
    ],
)
def test_wrong_line_is_named(tmp_path, line, message):
    file = tmp_path / "sizes.csv"
    file.write_text(f"segment,day,members\nvip,2026-02-01,5\n{line}\n")
    with pytest.raises(CommandError, match=message):
        call_command("alerts_backtest", str(file), stdout=StringIO())


def test_segment_that_begins_late_is_judged_by_its_own_days():
    rng = np.random.default_rng(1)
    members = np.round(1_000 + rng.normal(0, 5, (2, 90)))
    members[1] = members[0]
    members[1, :50] = np.nan
    members[:, 89] = 2_000
    history = build_history(date(2026, 1, 1), members)
    nothing = np.zeros(members.shape, dtype=bool)
    assert [list(judge_day(history, day, nothing).judged) for day in (27, 28, 77, 78)] == [
        [False, False],
        [True, False],
        [True, False],
        [True, True],
    ]
    assert list(judge_day(history, 89, nothing).alarm) == [True, True]


def test_missing_days_carry_the_size_before():
    members = np.full((1, 40), np.nan)
    members[0, 3], members[0, 39] = 500, 900
    sizes = build_history(date(2026, 1, 1), members).sizes
    assert np.isnan(sizes[0, :3]).all()
    assert np.allclose(np.expm1(sizes[0, 3:39]), 500)
