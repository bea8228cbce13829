"""Judge recorded sizes day by day, each by the days before alone, as the daily check does."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from alerts.causes.shares import Cause, explain_change
from alerts.habit.expectations import build_history
from alerts.habit.judgement import DayJudgement, judge_day
from alerts.habit.size_files import SegmentSizes, members_matrix

# So many segments are judged together: arrays stay small, whatever the number of segments.
TOGETHER = 100
Facts = Mapping[tuple[str, date], Mapping[Cause, float]]


@dataclass(frozen=True)
class BacktestAlarm:
    """One alarm; sizes are whole numbers of customers."""

    segment: str
    day: date
    members: int
    expected: int
    low: int
    high: int
    cause: Cause

    @property
    def document(self) -> dict[str, Any]:
        """The alarm as the report has it."""
        return {**asdict(self), "day": self.day.isoformat(), "cause": self.cause.value}


def find_alarms(sizes: list[SegmentSizes], facts: Facts) -> Iterator[BacktestAlarm]:
    """Yield the alarms by segment, in the order of `sizes`, and by day.

    `facts` has the shares of causes by segment and day, of the same days as the sizes.
    """
    for start in range(0, len(sizes), TOGETHER):
        yield from _alarms_of(sizes[start : start + TOGETHER], facts)


def _alarms_of(sizes: list[SegmentSizes], facts: Facts) -> list[BacktestAlarm]:
    first = min(min(one.days) for one in sizes)
    last = max(max(one.days) for one in sizes)
    members = members_matrix(sizes, first, last)
    history = build_history(date.fromordinal(first), members)
    ends = np.array([max(one.days) - first for one in sizes])
    left_out = np.zeros(members.shape, dtype=bool)
    alarms: list[tuple[int, int, BacktestAlarm]] = []
    for day in range(members.shape[1]):
        judgement = judge_day(history, day, left_out)
        left_out[:, day] = judgement.alarm & (day <= ends)
        for row in np.flatnonzero(left_out[:, day]).tolist():
            size = round(float(np.expm1(history.sizes[row, day])))
            on = date.fromordinal(first + day)
            alarms.append((row, day, _alarm(sizes[row].code, on, size, judgement, row, facts)))
    return [alarm for _row, _day, alarm in sorted(alarms, key=lambda one: one[:2])]


def _alarm(
    code: str, on: date, members: int, judgement: DayJudgement, row: int, facts: Facts
) -> BacktestAlarm:
    return BacktestAlarm(
        code,
        on,
        members,
        expected=round(float(judgement.expected[row])),
        low=round(float(judgement.low[row])),
        high=round(float(judgement.high[row])),
        cause=explain_change(facts.get((code, on), {})).cause,
    )
