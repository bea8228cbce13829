"""The judgement of a day's size: the limits of the day, and the alarm.

The formula and its figures are those of `docs/alerts.md`. The functions read no database.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.habit.expectations import Flags, Matrix, SizeHistory, median_of

# The first day of a segment, counted from 0, that is judged.
FIRST_JUDGED = 28
SCALE_DAYS, LEAST_ERRORS = 56, 14
# Makes the median of absolute errors a standard deviation where errors are normal.
NORMAL = 1.4826
SCALES = 5.0
LEAST_SCALE = 0.02
YEAR = 364
OF_LARGEST = 1.25
# How long ago a day counts as the same day of an earlier month.
MONTHS = (26, 95)
LEAST_CUSTOMERS, LEAST_SHARE = 20, 0.1
# Columns that a judgement reads before its own: a year of errors, and the weeks that they rest on.
DAYS_READ = YEAR + 64


@dataclass(frozen=True)
class DayJudgement:
    """The judgement of one day, an array entry for each segment.

    `expected`, `low` and `high` are numbers of customers, not rounded; `scale`, `limit` and `error`
    are differences of logarithms; `model` is the number of the rule that counted. All but `alarm`
    are NaN (`model`: -1) where `judged` is False.
    """

    judged: Flags
    alarm: Flags
    expected: Matrix
    low: Matrix
    high: Matrix
    model: npt.NDArray[np.int64]
    scale: Matrix
    limit: Matrix
    error: Matrix


def judge_day(history: SizeHistory, day: int, left_out: Flags) -> DayJudgement:
    """Judge the sizes in column `day` by the columns before.

    `left_out`, of shape (segments, days), marks the days on which there was an alarm that is no
    habit yet. Only columns before `day` are read in it.
    """
    errors = np.abs(history.errors)
    usual = np.where(left_out, np.nan, errors)
    recent = usual[:, :, max(day - SCALE_DAYS, 0) : day]
    scales = NORMAL * median_of(recent, axis=2)
    scales[(~np.isnan(recent)).sum(axis=2) < LEAST_ERRORS] = np.inf
    model = scales.argmin(axis=0)
    rows = np.arange(len(model))
    scale = scales[model, rows]
    judged = (day >= history.starts + FIRST_JUDGED) & np.isfinite(scale)

    expected = history.expected[model, rows, day]
    error = history.errors[model, rows, day]
    limit = np.maximum.reduce(
        [
            SCALES * scale,
            np.full_like(scale, SCALES * LEAST_SCALE),
            SCALES / np.sqrt(np.maximum(np.expm1(expected), 1)),
            OF_LARGEST * _second_largest(usual[model, rows, max(day - YEAR, 0) : day]),
            OF_LARGEST * _largest_of_month(history, errors[model, rows], day),
        ]
    )
    middle, size = np.expm1(expected), np.expm1(history.sizes[:, day])
    # Sizes are whole numbers: a tenth part of a customer less is an error of the logarithm.
    difference = np.abs(size - middle) + 1e-9
    is_big = (difference >= LEAST_CUSTOMERS) & (difference >= LEAST_SHARE * middle)
    with np.errstate(invalid="ignore"):
        alarm = judged & (np.abs(error) > limit) & is_big

    def of_judged(values: Matrix) -> Matrix:
        return np.where(judged, values, np.nan)

    return DayJudgement(
        judged,
        alarm,
        of_judged(middle),
        of_judged(np.maximum(np.expm1(expected - limit), 0)),
        of_judged(np.expm1(expected + limit)),
        np.where(judged, model, -1),
        of_judged(scale),
        of_judged(limit),
        of_judged(error),
    )


def _second_largest(errors: Matrix) -> Matrix:
    """Return the second largest number of each row; 0 where there are fewer than two."""
    if errors.shape[1] < 2:
        return np.zeros(len(errors))
    second: Matrix = np.partition(np.nan_to_num(errors, nan=0.0), -2, axis=1)[:, -2]
    return second


def _largest_of_month(history: SizeHistory, errors: Matrix, day: int) -> Matrix:
    """Return the largest error near the same day of earlier months; alarms count here."""
    nearest, farthest = MONTHS
    start, end = max(day - farthest, 0), max(day - nearest + 1, 0)
    if start == end:
        return np.zeros(len(errors))
    days = history.days_of_month
    distance = np.abs(days[start:end] - days[day])
    # The 31st and the 1st are neighbours.
    near = (distance <= 1) | (distance == 30)
    largest: Matrix = np.where(near, np.nan_to_num(errors[:, start:end], nan=0.0), 0.0).max(axis=1)
    return largest
