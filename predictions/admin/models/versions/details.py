"""Parameters and fitted values: names and values in the words of merchants.

Where the API or the literature has another name, that name follows in brackets.
"""

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.text.formats import CENTS, UNKNOWN, money_shown, month_names, number_shown
from predictions.admin.models.versions.sentences import warning_in_words
from predictions.history.values import rounded
from predictions.kinds.clv.declaration import CLV
from predictions.kinds.clv.season import NEEDS_TWO_YEARS, NO_PURCHASES
from predictions.kinds.inputs import FEATURES
from predictions.kinds.parameters import Parameter, Shape

# The number of decimals of fitted values; metrics have numbers of their own.
DECIMALS = 4

PARAMETERS: Mapping[str, tuple[Words, Words]] = {
    "holdout_days": (
        gettext_lazy("Days held out"),
        gettext_lazy("It is measured by what happened in the last so many days."),
    ),
    "horizon_days": (
        gettext_lazy("Days ahead"),
        gettext_lazy("The value is what a customer spends within so many days."),
    ),
    "discount": (
        gettext_lazy("Discount a year"),
        gettext_lazy("So much less counts what is spent a year later: 0.1 is 10 %."),
    ),
    "margin": (
        gettext_lazy("Margin"),
        gettext_lazy(
            "The share of revenue that remains, as 0.35. With 1 the value is revenue, not profit."
        ),
    ),
    "family": (gettext_lazy("Family"), gettext_lazy("How purchases and leaving are described.")),
    "window_days": (
        gettext_lazy("Window in days"),
        gettext_lazy(
            "Who does not buy within it has left. Left empty: nine in ten gaps between "
            "purchases are shorter."
        ),
    ),
    "algorithm": (
        gettext_lazy("Algorithm"),
        gettext_lazy(
            "How it is computed. “auto”, where it is there, takes what was best when it was "
            "measured."
        ),
    ),
    "features": (
        gettext_lazy("Features"),
        gettext_lazy("What customers are compared by. Who lacks one of them has no cluster."),
    ),
    "transform": (
        gettext_lazy("Scale"),
        gettext_lazy("What brings features together that are counted in days, orders and money."),
    ),
    "k_range": (
        gettext_lazy("Numbers of clusters to try"),
        gettext_lazy("Such as 3–8, which is usual where no number is asked for."),
    ),
    "segment_size_target": (
        gettext_lazy("Customers in the smallest cluster"),
        gettext_lazy(
            "At least so many: then the most clusters are taken that are as large and stable. "
            "“optimal_personalization”: as many as a test within each cluster needs. Left empty: "
            "the best separated clusters, however small."
        ),
    ),
    "detectable_lift": (
        gettext_lazy("Lift that a test should see"),
        gettext_lazy(
            "For “optimal_personalization”: 0.5 if a test within a cluster should see that half as "
            "many customers more buy."
        ),
    ),
    "outliers": (
        gettext_lazy("Share of outliers"),
        gettext_lazy(
            "So many who are unlike all others are left aside when clusters are found: 0.05 is "
            "5 %. They get the label of the nearest cluster."
        ),
    ),
    "pca": (
        gettext_lazy("Principal components"),
        gettext_lazy("Features that say the same are counted once. Left empty: all as they are."),
    ),
    "k": (gettext_lazy("Number of clusters"), gettext_lazy("Left empty: it is worked out.")),
    "campaign": (
        gettext_lazy("Campaign or experiment"),
        gettext_lazy("It had a control group."),
    ),
    "outcome": (
        gettext_lazy("Outcome"),
        gettext_lazy("What a contact is to bring within the window."),
    ),
    "seed": (
        gettext_lazy("Number that begins the draws (seed)"),
        gettext_lazy("With the same number whatever is drawn by lot comes out the same."),
    ),
}
CHOICES: Mapping[str, Words] = {
    "mbg_nbd": gettext_lazy("customers may leave after any purchase (MBG/NBD)"),
    "bg_nbd": gettext_lazy("customers may leave after any purchase but the first (BG/NBD)"),
    "auto": gettext_lazy("the best when measured (auto)"),
    "logistic": gettext_lazy("logistic regression"),
    "gradient_boosting": gettext_lazy("decision trees (gradient boosting)"),
    "mlp": gettext_lazy("neural network (MLP)"),
    "gru": gettext_lazy("deep model of what customers did, in order (GRU)"),
    "embedding": gettext_lazy("clusters in the middle of a deep model (embedding)"),
    "log_standard": gettext_lazy("logarithms, all with the same deviation (log_standard)"),
    "standard": gettext_lazy("all with the same deviation (standard)"),
    "none": gettext_lazy("as they are (none)"),
    "conversion": gettext_lazy("a purchase (conversion)"),
    "visit": gettext_lazy("a visit (visit)"),
    "kmeans": gettext_lazy("round clusters (K-means)"),
    "hdbscan": gettext_lazy("dense regions, however dense (HDBSCAN)"),
    "dbscan": gettext_lazy("dense regions (DBSCAN)"),
    "hierarchical": gettext_lazy("clusters within clusters (Ward)"),
    "ensemble": gettext_lazy("mean of logistic regression and decision trees (ensemble)"),
}
FITTED: Mapping[str, Words] = {
    "r": gettext_lazy("How often customers buy, shape (r)"),
    "alpha": gettext_lazy("How often customers buy, scale in weeks (alpha)"),
    "a": gettext_lazy("How soon customers leave, first figure (a)"),
    "b": gettext_lazy("How soon customers leave, second figure (b)"),
    "log_likelihood": gettext_lazy("How well it fits the purchases (log-likelihood)"),
    "p": gettext_lazy("What customers spend, shape of their purchases (p)"),
    "q": gettext_lazy("What customers spend, shape among them (q)"),
    "v": gettext_lazy("What customers spend, scale (v)"),
    "customers": gettext_lazy("Customers who came back"),
    "mean_value": gettext_lazy("Mean value of their purchases"),
    "frequency_value_correlation": gettext_lazy("Correlation of how often and how much"),
    "season": gettext_lazy("Season of repeat purchases"),
    "health": gettext_lazy("What is to be known of the fit"),
    "season_reason": gettext_lazy("Why no season is known"),
    "explained_variance": gettext_lazy("Share of the variance that is kept"),
    "size_target.size": gettext_lazy("Customers that the smallest cluster needs"),
    "size_target.rate": gettext_lazy("Share who bought in the last 30 days"),
    "buyers": gettext_lazy("Buyers"),
    "contacted": gettext_lazy("Customers who were contacted"),
    "held_out": gettext_lazy("Customers in the control group"),
    "average_uplift": gettext_lazy("Uplift of everybody"),
    "median_gap": gettext_lazy("The shop’s usual days between purchases"),
    "ratios": gettext_lazy("Earliest and latest, in usual gaps"),
}
SEASON_REASONS: Mapping[str, Words] = {
    NEEDS_TWO_YEARS: gettext_lazy("there are less than 24 complete months"),
    NO_PURCHASES: gettext_lazy("nobody came back"),
}
MONEY = {"mean_value", *(f"medians.{one.name}" for one in CLV.inputs if one.is_money)}


def label_of(name: str) -> Words:
    """Return the label of a parameter or of a fitted value."""
    group, _point, part = name.partition(".")
    if group == "briers" and part:
        return _("Error of the probabilities: %(algorithm)s") % {
            "algorithm": CHOICES.get(part, part)
        }
    if group == "medians" and part:
        meaning = next((one.meaning for one in CLV.inputs if one.name == part), part)
        return _("Median: %(feature)s") % {"feature": meaning}
    if group == "season" and part:
        month = month_names()[int(part) - 1]
        return _("Repeat purchases, index of the month: %(month)s") % {"month": month}
    return PARAMETERS[name][0] if name in PARAMETERS else FITTED.get(name, name)


def is_measured(name: str) -> bool:
    """Return whether a fitted value is a metric."""
    return name.startswith("briers.")


def help_of(name: str) -> Words:
    """Return the help text of a parameter; "" for a parameter without one."""
    return PARAMETERS.get(name, ("", ""))[1]


def choices_of(parameter: Parameter) -> list[tuple[str, Words]]:
    """Return the allowed words of a parameter, each with its label for merchants."""
    if parameter.shape is Shape.SOME:
        return [(one, f"{FEATURES[one].meaning} ({one})") for one in parameter.choices]
    return [(one, capfirst(str(CHOICES.get(one, one)))) for one in parameter.choices]


def lines_of(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and values as texts; a name in an object is `OBJECT.NAME`."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from lines_of(value, f"{before}{name}.")
        else:
            yield before + name, format_value(before + name, value)


def format_value(name: str, value: Any) -> str:
    """Return the value of a parameter, or a fitted value, formatted for people."""
    match value:
        case None | []:
            return UNKNOWN
        case str():
            return str(SEASON_REASONS.get(value, CHOICES.get(value, value)))
        case bool():
            return _("yes") if value else _("no")
        case int() | float() if name in MONEY:
            return money_shown(rounded(Fraction(value), CENTS))
        case int() | float():
            return number_shown(rounded(Fraction(value), DECIMALS))
        case list() if name == "ratios":
            return "; ".join(number_shown(rounded(Fraction(*one), CENTS)) for one in value)
        case list() if name == "features":
            return "; ".join(str(FEATURES[one].meaning) for one in value)
        case [int(), int()]:
            return "–".join(map(str, value))
        case list() if name == "health":
            return " ".join(warning_in_words(code) for code in value)
    return json.dumps(value, ensure_ascii=False)
