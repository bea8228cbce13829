"""Metrics in the words of merchants: the label, meaning and number format of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conditions.language.operators import Words
from core.text.formats import (
    CENTS,
    SHARE_DECIMALS,
    UNKNOWN,
    money_shown,
    number_shown,
    share_shown,
)
from predictions.history.values import PLACES, rounded
from predictions.kinds import family_of
from predictions.models import ModelVersion

# Called with a value, and with the number of decimals to show beyond the usual ones.
Written = Callable[[float, int], str]
# A smaller part would be shown as 0.
SMALLEST_PART = 0.0005


def _days(value: float, more: int = 0) -> str:
    shown = number_shown(_decimal(value, 1 + more))
    return ngettext("%(n)s day", "%(n)s days", 1 if shown == "1" else 2) % {"n": shown}


def _money(value: float, more: int) -> str:
    return money_shown(_decimal(value, CENTS + more))


def _share(value: float, more: int) -> str:
    return share_shown(value, decimals=SHARE_DECIMALS + more)


def _signed_share(value: float, more: int) -> str:
    return f"+{_share(value, more)}" if value > 0 else _share(value, more)


def _score(value: float, more: int) -> str:
    return number_shown(_decimal(value, 3 + more), 3 + more)


def _fine(value: float, more: int) -> str:
    return number_shown(_decimal(value, 4 + more), 4 + more)


def _decimal(value: float, places: int) -> Decimal:
    return rounded(Fraction(value), places)


def _less(value: float, other: float) -> bool:
    return value < other


def _is_more(value: float, other: float) -> bool:
    return value > other


def _nearer(value: float, other: float) -> bool:
    return abs(value) < abs(other)


@dataclass(frozen=True)
class MetricWords:
    """Label, meaning and number format of a metric, and the order of its values.

    `is_better` compares two values; None for a metric without a better direction.
    """

    label: Words
    meaning: Words
    written: Written = _score
    is_better: Callable[[float, float], bool] | None = None


# By kind of model and name of metric.
WORDS: Mapping[tuple[str, str], MetricWords] = {
    ("uplift", "qini"): MetricWords(
        gettext_lazy("ordering (Qini)"),
        gettext_lazy(
            "How much more contacts bring in the order of the scores than in any order, for each "
            "customer who was contacted: 0 is no better than contacting everybody alike."
        ),
        *(_fine, _is_more),
    ),
    ("uplift", "qini_low"): MetricWords(
        gettext_lazy("ordering at the least (Qini, 2.5 %)"),
        gettext_lazy(
            "With other customers of the same kind it would hardly be lower. The approval check "
            "asks that it is above 0."
        ),
        *(_fine, _is_more),
    ),
    ("uplift", "qini_high"): MetricWords(
        gettext_lazy("ordering at the most (Qini, 97.5 %)"),
        gettext_lazy("With other customers of the same kind it would hardly be higher."),
        _fine,
    ),
    ("uplift", "uplift_first_30"): MetricWords(
        gettext_lazy("uplift of the first 30 %"),
        gettext_lazy(
            "By so much more often the outcome came with a contact among the 30 % with the "
            "largest scores, beside everybody."
        ),
        *(_signed_share, _is_more),
    ),
    ("next_order", "mae"): MetricWords(
        gettext_lazy("mean error"),
        gettext_lazy("So far off was the expected day on average, for customers who came back."),
        *(_days, _less),
    ),
    ("next_order", "median_error"): MetricWords(
        gettext_lazy("median error"),
        gettext_lazy("Half of the expected days were nearer than this, half further off."),
        *(_days, _less),
    ),
    ("next_order", "coverage"): MetricWords(
        gettext_lazy("coverage"),
        gettext_lazy("This share of those who came back did so between “from” and “to”."),
        _share,
    ),
    ("clv", "mae"): MetricWords(
        gettext_lazy("mean error"),
        gettext_lazy("So far off was a customer’s predicted spending on average."),
        *(_money, _less),
    ),
    ("clv", "total_error"): MetricWords(
        gettext_lazy("error of the total"),
        gettext_lazy("By so much the sum of all predictions was above (+) or below (−) the sales."),
        *(_signed_share, _nearer),
    ),
    ("clv", "top_decile_capture"): MetricWords(
        gettext_lazy("sales of the best tenth"),
        gettext_lazy("This share of the later sales came from the tenth that was ranked highest."),
        *(_share, _is_more),
    ),
    ("clv", "total_error_season"): MetricWords(
        gettext_lazy("error of the total, with the season"),
        gettext_lazy("The same with the months’ index of repeat purchases, beside without it."),
        *(_signed_share, _nearer),
    ),
    ("clv", "coverage_80"): MetricWords(
        gettext_lazy("coverage of the 80 % ranges"),
        gettext_lazy("Of so many buyers the later orders lay within the range; 80 % is right."),
        _share,
    ),
    ("churn", "auc"): MetricWords(
        gettext_lazy("ranking (AUC)"),
        gettext_lazy("1: everybody who left was ranked above everybody who stayed; 0.5: a coin."),
        *(_score, _is_more),
    ),
    ("churn", "brier"): MetricWords(
        gettext_lazy("error of the probabilities"),
        gettext_lazy(
            "How far the risks were from what happened (1: left, 0: stayed), squared, on average: "
            "0 is perfect, 0.25 is what a coin gets."
        ),
        *(_score, _less),
    ),
    ("churn", "brier_difference_high"): MetricWords(
        gettext_lazy("error beside the best other algorithm, at the most"),
        gettext_lazy(
            "With other customers of the same kind the difference would hardly be larger. The "
            "approval check asks that it is below 0."
        ),
        *(_fine, _less),
    ),
    ("churn", "ece"): MetricWords(
        gettext_lazy("calibration error"),
        gettext_lazy("A risk of 30 % is to mean that 30 of 100 leave: so far off it was."),
        *(_share, _less),
    ),
    ("churn", "base_rate"): MetricWords(
        gettext_lazy("share who left"),
        gettext_lazy("So many did not buy again, whatever was predicted."),
        _share,
    ),
    ("anomaly", "agreement"): MetricWords(
        gettext_lazy("agreement"),
        gettext_lazy("Two trainings that differ by chance alone flag this share of the same ones."),
        _share,
    ),
    ("clusters", "silhouette"): MetricWords(
        gettext_lazy("silhouette"),
        gettext_lazy("How clearly the clusters are apart: 1 is clear, 0 is not at all."),
    ),
    ("clusters", "davies_bouldin"): MetricWords(
        gettext_lazy("Davies-Bouldin index"),
        gettext_lazy("How much the clusters run into each other: the less, the better."),
    ),
    ("clusters", "calinski_harabasz"): MetricWords(
        gettext_lazy("Calinski-Harabasz index"),
        gettext_lazy("How dense and how far apart the clusters are: the more, the better."),
    ),
    ("clusters", "bootstrap_ari"): MetricWords(
        gettext_lazy("stability"),
        gettext_lazy("How alike the clusters are when customers are drawn anew: 1 is the same."),
    ),
    ("clusters", "smallest_share"): MetricWords(
        gettext_lazy("smallest cluster"),
        gettext_lazy("This share of the customers is in the smallest cluster."),
        _share,
    ),
}
BASELINES: Mapping[str, Words] = {
    "shop_median": gettext_lazy("the shop’s usual gap"),
    "recency_only": gettext_lazy("the days since the last order"),
    "base_rate": gettext_lazy("the same risk for everybody"),
    "rate": gettext_lazy("going on as before"),
    "past_value": gettext_lazy("past sales"),
    "everybody_alike": gettext_lazy("everybody alike"),
    "no_season": gettext_lazy("without the season"),
    "best_of_others": gettext_lazy("the best other algorithm"),
    "kmeans": gettext_lazy("K-means without a network"),
}
# The metrics that the gate compares with baselines, the main one first; a None is a metric that is
# judged without a baseline.
MAIN: Mapping[str, Sequence[tuple[str, str | None]]] = {
    "next_order": [("mae", "shop_median")],
    "clv": [("mae", "rate"), ("top_decile_capture", "past_value")],
    "churn": [("brier", "recency_only"), ("brier", "base_rate")],
    "anomaly": [("agreement", None)],
    "uplift": [("qini_low", "everybody_alike"), ("uplift_first_30", "everybody_alike")],
    "clusters": [("silhouette", None)],
}


@dataclass(frozen=True)
class Figure:
    """A metric and its baseline, formatted for a page."""

    words: MetricWords
    name: str
    value: float | None
    baseline: str | None
    baseline_value: float | None
    more_decimals: int = 0

    @property
    def label(self) -> Words:
        """The label of the metric."""
        return self.words.label

    @property
    def meaning(self) -> Words:
        """The meaning of the metric for a merchant."""
        return self.words.meaning

    @property
    def shown(self) -> str:
        """The formatted value."""
        return self._value_text(self.value)

    @property
    def baseline_label(self) -> Words:
        """The label of the baseline; "" without a baseline."""
        return "" if self.baseline is None else BASELINES.get(self.baseline, self.baseline)

    @property
    def baseline_text(self) -> str:
        """The formatted value of the baseline."""
        return self._value_text(self.baseline_value)

    @property
    def is_better(self) -> bool | None:
        """Whether the value is better than the baseline's; None where that is undefined."""
        if self.value is None or self.baseline_value is None or self.words.is_better is None:
            return None
        return self.words.is_better(self.value, self.baseline_value)

    def _value_text(self, value: float | None) -> str:
        return UNKNOWN if value is None else self.words.written(value, self.more_decimals)

    @property
    def needed_decimals(self) -> int:
        """The number of additional decimals at which value and baseline look different."""
        one, other, write = self.value, self.baseline_value, self.words.written
        if one is None or other is None or one == other:
            return 0
        # The gate compares values at `PLACES` decimals: more are never needed.
        return next((n for n in range(PLACES) if write(one, n) != write(other, n)), 0)


def figures_of(version: ModelVersion) -> list[Figure]:
    """Return the metrics of `version`, whose model is loaded, in the order of its training.

    A metric with two baselines has the same number of decimals in both figures.
    """
    found = [_figure(version.model.kind, one) for one in version.metrics]
    needed: dict[str, int] = {}
    for one in found:
        needed[one.name] = max(needed.get(one.name, 0), one.needed_decimals)
    return [replace(one, more_decimals=needed[one.name]) for one in found]


def window_of(version: ModelVersion) -> int | None:
    """Return the days within which an event counts when predictions of `version` are evaluated.

    None for a version that predicts no event. Metrics of 30 and of 90 days are not comparable.
    """
    found: int | None = version.fitted.get("window_days") or version.parameters.get("holdout_days")
    return found


def format_days(days: int | None) -> str:
    """Return a window in words; a dash for None."""
    return UNKNOWN if days is None else _days(days)


def main_figures_of(version: ModelVersion) -> Iterator[Figure]:
    """Yield the figures of `version` that the gate compares, the main figure first."""
    found = {(one.name, one.baseline): one for one in figures_of(version)}
    for key in MAIN.get(family_of(version.model.kind), ()):
        if key in found:
            yield found[key]


def _figure(kind: str, metric: Mapping[str, Any]) -> Figure:
    name = metric["name"]
    words = WORDS.get((family_of(kind), name)) or MetricWords(name, "")
    return Figure(words, name, metric["value"], metric["baseline"], metric["baseline_value"])


def difference_sentence(figure: Figure) -> str:
    """Return a sentence on the relative difference of a figure from its baseline.

    "" for a missing value, and for a baseline that is missing or 0.
    """
    value, other = figure.value, figure.baseline_value
    if value is None or not other:
        return ""
    part = abs(abs(value) - abs(other)) / abs(other)
    if not part:
        text = _("Not at all: its %(metric)s is that of %(counting)s.")
    elif abs(value) < abs(other):
        text = _("By %(part)s: its %(metric)s is so much less than that of %(counting)s.")
    else:
        text = _("By %(part)s: its %(metric)s is so much more than that of %(counting)s.")
    return text % {
        "part": share_shown(part) if part >= SMALLEST_PART else _("less than 0.1 %"),
        "metric": figure.label,
        "counting": figure.baseline_label,
    }
