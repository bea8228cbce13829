"""The next order: when a customer who has bought on two days or more is expected to buy again.

The expected day is the last purchase day plus the customer's usual gap. The ends of the range scale
this gap by the 10th and the 90th percentile of (last gap / usual gap before) over all customers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy, gettext_noop

from core.text.sentences import Sentence
from predictions.features.activity import gap_days
from predictions.features.rfm import recency_days
from predictions.features.shop import ShopFigures
from predictions.history.columns import Column, Mask, Whole, quotients, starts_of, times
from predictions.kinds.fitting.rows import buyers, hash_rows
from predictions.kinds.kind import Columns, Limits
from predictions.kinds.parameters import Parameter, whole
from predictions.kinds.reasons import Reason
from predictions.kinds.trained import (
    FeatureScorer,
    Input,
    Metric,
    Steps,
    Trained,
    TrainedScorer,
    Wanted,
)
from predictions.models import ModelVersion, TrainingStep
from predictions.refusals import Refused
from predictions.statistics.ranks import nearest_rank_of
from segments.models import Segment

LAST_DAY = date.max.toordinal()
LOW, HIGH = 10, 90
# The fewest buyers for an evaluation.
FEWEST = 100


@dataclass(frozen=True)
class _Ratios:
    """The 10th and the 90th percentile of last gap / usual gap before it."""

    low: Fraction
    high: Fraction


def _days_of(numbers: Whole, known: Mask) -> list[date | None]:
    found = np.clip(numbers, 1, LAST_DAY).tolist()
    return [
        date.fromordinal(number) if there else None
        for number, there in zip(found, known.tolist(), strict=True)
    ]


class NextOrderScorer(FeatureScorer):
    """The scorer of a version of next order."""

    intercept: float | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of the kind."""
        return NEXT_ORDER.inputs

    def __init__(self, ratios: _Ratios) -> None:
        self.ratios = ratios

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return expected day and range for each pair of recency and usual gap, in days."""
        recency, gap = inputs
        known = recency.known & gap.known
        last = todays - _rounded_days(recency)
        return {
            name: _days_of(last + days, known)
            for name, days in zip(
                NEXT_ORDER.columns,
                (
                    _rounded_days(gap),
                    _rounded_days(gap, self.ratios.low),
                    _rounded_days(gap, self.ratios.high),
                ),
                strict=True,
            )
        }

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return no reasons: pages show the last purchase day and the gap, whose sum the day is."""
        return [[] for _customer in todays]


def _rounded_days(column: Column, ratio: Fraction = Fraction(1)) -> Whole:
    """Return days times a ratio, rounded; an arbitrary number for missing days."""
    numerators, denominators = column.parts()
    return quotients(times(numerators, ratio.numerator), times(denominators, ratio.denominator))


@dataclass(frozen=True)
class _Measured:
    """Absolute errors of a forecast and of the shop's median gap, in days; and range coverage."""

    off: int
    off_by_median: int
    is_between: bool


class NextOrder:
    """The kind `next_order`."""

    code = "next_order"
    label = gettext_lazy("Next order")
    columns = ("next_order_on", "next_order_from", "next_order_to")
    plain = "next_order_on"
    parameters: tuple[Parameter, ...] = (whole("holdout_days", 1, 3650, lambda: 91),)
    inputs = (
        Input(
            *("recency_days", gettext_lazy("Days since the last sale"), recency_days),
            may_be_missing=True,
        ),
        Input(
            *("gap_days", gettext_lazy("Usual days between purchase days")),
            gap_days,
            may_be_missing=True,
        ),
    )

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`."""
        low, high = version.fitted["ratios"]
        return NextOrderScorer(_Ratios(Fraction(*low), Fraction(*high)))

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Evaluate at the cut, `holdout_days` before, then fit the ratios to all data.

        Raises `Refused` (`too_few_repeat_buyers`) where nobody has bought on three days or more.
        """
        metrics = self.evaluate(wanted, step)
        shop, found = _gaps(wanted.as_of, wanted.segment, partial(step, TrainingStep.FIT))
        ratios = _ratios(found.values())
        if ratios is None:
            text = gettext_noop("Nobody has bought on three days or more.")
            raise Refused("too_few_repeat_buyers", Sentence(text, {}))
        return Trained(
            fitted={
                "median_gap": shop.median_gap,
                "ratios": [one.as_integer_ratio() for one in (ratios.low, ratios.high)],
            },
            metrics=metrics,
            data_hash=hash_rows(
                (number, [str(last), str(usual)]) for number, (last, usual) in found.items()
            ),
        )

    def evaluate(self, wanted: Wanted, step: Steps) -> list[Metric] | None:
        """Evaluate on customers who bought after the cut; None below 100 buyers at the cut."""
        cut = wanted.as_of - timedelta(days=wanted.parameters["holdout_days"])
        shop, gaps = _gaps(cut, wanted.segment, partial(step, TrainingStep.FEATURES))
        ratios = _ratios(gaps.values())
        if shop.buyers < FEWEST or ratios is None or shop.median_gap is None:
            return None
        scorer, found, done = NextOrderScorer(ratios), list[_Measured](), 0
        for them in buyers(cut, wanted.segment)[1]:
            step(TrainingStep.EVALUATE, done, shop.buyers)
            done += int(them.buyers.sum())
            later = them.batch.sales_until(wanted.as_of)
            days = scorer.columns(them, Limits(shop))
            by_median = them.sales.last_days + shop.median_gap
            for place in np.flatnonzero(later.buyers).tolist():
                row = {name: values[place] for name, values in days.items()}
                if row["next_order_on"] is not None:
                    came = int(later.first_days[place])
                    found.append(_measure(came, row, int(by_median[place])))
        return _metrics(found) if found else None


NEXT_ORDER = NextOrder()


def _measure(actual: int, row: Mapping[str, Any], by_median: int) -> _Measured:
    first, last = row["next_order_from"].toordinal(), row["next_order_to"].toordinal()
    return _Measured(
        abs(row["next_order_on"].toordinal() - actual),
        abs(by_median - actual),
        first <= actual <= last,
    )


def _metrics(found: Sequence[_Measured]) -> list[Metric]:
    ours = sorted(one.off for one in found)
    theirs = sorted(one.off_by_median for one in found)
    between = sum(one.is_between for one in found)
    return [
        Metric("mae", sum(ours) / len(ours), "shop_median", sum(theirs) / len(theirs)),
        Metric("median_error", _middle(ours), "shop_median", _middle(theirs)),
        Metric("coverage", between / len(found)),
    ]


def _middle(values: Sequence[int]) -> float:
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def _gaps(
    as_of: datetime, segment: Segment | None, note: Callable[[int, int | None], None]
) -> tuple[ShopFigures, dict[str, tuple[int, Fraction]]]:
    """Return the shop's figures, and by customer number the last gap and the usual gap before.

    Only customers with purchases on three days or more have both.
    """
    note(0, None)
    shop, everybody = buyers(as_of, segment)
    found, done = {}, 0
    for them in everybody:
        note(done, shop.buyers)
        done += int(them.buyers.sum())
        sales = them.sales
        days, starts = sales.days[sales.opens_day], starts_of(sales.purchase_days)
        for place in np.flatnonzero(sales.purchase_days >= 3).tolist():
            own = days[starts[place] : starts[place + 1]].tolist()
            assert shop.median_gap is not None
            usual = Fraction(shop.median_gap + own[-2] - own[0], len(own) - 1)
            found[them.batch.numbers[place]] = (own[-1] - own[-2], usual)
    return shop, found


def _ratios(gaps: Iterable[tuple[int, Fraction]]) -> _Ratios | None:
    ratios = sorted(last / usual for last, usual in gaps)
    if not ratios:
        return None
    return _Ratios(nearest_rank_of(ratios, LOW), nearest_rank_of(ratios, HIGH))
