"""The definition of what a version measures, and the differences between two definitions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.text.formats import UNKNOWN, number_shown, share_shown
from predictions.admin.models.versions.details import format_value, label_of
from predictions.admin.models.versions.figures import format_days, window_of
from predictions.conditions.segments_using_scores import segments_asking
from predictions.features.shop import LONGEST_WINDOW
from predictions.kinds import KINDS, has_own_rows
from predictions.kinds.uplift.declaration import VISIT
from predictions.models import ModelVersion, PredictionModel

NAMED = "segments.view_segment"


@dataclass(frozen=True)
class Term:
    """A term of a version's definition; `told` formats the term of a version.

    `of_scores`: scores of versions with different terms are not comparable. `of_metrics`: neither
    are their metrics.
    """

    label: Words
    told: Callable[[ModelVersion], str]
    of_scores: bool = False
    of_metrics: bool = False


@dataclass(frozen=True)
class Difference:
    """A term that differs between two versions, and a sentence about it."""

    term: Term
    said: str


def _of_parameter(name: str, told: Callable[[Any], str], **means: bool) -> Term:
    def tell(version: ModelVersion) -> str:
        value = version.parameters.get(name)
        return UNKNOWN if value is None else told(value)

    return Term(label_of(name), tell, **means)


def _margin(margin: float) -> str:
    return _("none told (revenue, not profit)") if margin == 1 else share_shown(margin)


def _fitted_value_of(name: str) -> Callable[[ModelVersion], str]:
    """Return a formatter of the fitted value, else the parameter: “auto” alone says nothing."""
    return lambda one: format_value(name, one.fitted.get(name) or one.parameters.get(name))


_POPULATION = Term(
    gettext_lazy("Customers"),
    lambda one: (
        _("members of “%(segment)s”") % {"segment": one.segment} if one.segment else _("everybody")
    ),
    of_scores=True,
    of_metrics=True,
)
_HELD_OUT = Term(label_of("holdout_days"), lambda one: format_days(window_of(one)), of_metrics=True)
_WINDOW = Term(
    gettext_lazy("Window"),
    lambda one: format_days(window_of(one)),
    of_scores=True,
    of_metrics=True,
)
_CLUSTERS = (
    Term(label_of("features"), _fitted_value_of("features"), of_scores=True, of_metrics=True),
    Term(label_of("transform"), _fitted_value_of("transform"), of_scores=True, of_metrics=True),
    Term(label_of("algorithm"), _fitted_value_of("algorithm"), of_scores=True),
    Term(label_of("k"), _fitted_value_of("k"), of_scores=True),
)
# The terms by kind of model, in addition to the population, which all kinds have.
TERMS: Mapping[str, Sequence[Term]] = {
    "churn": (
        _WINDOW,
        Term(label_of("algorithm"), _fitted_value_of("algorithm")),
    ),
    "clv": (
        _of_parameter("horizon_days", format_days, of_scores=True),
        _of_parameter("discount", share_shown, of_scores=True),
        _of_parameter("margin", _margin, of_scores=True),
        Term(label_of("family"), _fitted_value_of("family")),
        _HELD_OUT,
    ),
    "next_order": (_HELD_OUT,),
    "uplift": (
        _of_parameter(
            "outcome", lambda value: format_value("outcome", value), of_scores=True, of_metrics=True
        ),
        _WINDOW,
    ),
    "clusters": _CLUSTERS,
    "retail_clusters": _CLUSTERS,
}


def differences(one: ModelVersion, other: ModelVersion) -> list[Difference]:
    """Return the differences between the definitions of two versions of one model."""
    text = _("%(label)s: %(one)s in version %(first)d, %(other)s in version %(second)d.")
    found = []
    for term in (*TERMS.get(one.model.kind, ()), _POPULATION):
        told = {"one": term.told(one), "other": term.told(other)}
        if told["one"] != told["other"]:
            numbers = {"first": one.number, "second": other.number}
            found.append(Difference(term, text % {"label": term.label, **told, **numbers}))
    return found


def deployment_context(
    model: PredictionModel,
    before: ModelVersion | None,
    after: ModelVersion,
    user: User | AnonymousUser,
) -> dict[str, Any]:
    """Return a page's context for deploying `after` instead of `before` (None: nothing deployed).

    The page only names the segments that use the model's scores if `user` may see segments.
    """
    found: list[Difference] = []
    if before is not None:
        before.model = after.model = model
        found = differences(before, after)
    return {
        "differences": [one.said for one in found],
        "is_comparable": not any(one.term.of_scores for one in found),
        "asking": segments_asking(_columns_of(model)),
        "is_named": user.has_perm(NAMED),
    }


def _columns_of(model: PredictionModel) -> Collection[str]:
    """Return the names that conditions use for the scores of a model."""
    kind = KINDS[model.kind]
    return [model.code] if has_own_rows(kind) else kind.columns


def measures_sentence(version: ModelVersion | None) -> str:
    """Return what the scores of a version measure, over which time; "" if that is obvious."""
    return "" if version is None else " ".join(_sentences_about(version))


def _sentences_about(version: ModelVersion) -> Iterator[str]:
    match version.model.kind:
        case "churn" if (days := window_of(version)) is not None:
            text = _("The risk that a customer buys nothing in the next %(days)s days.")
            yield text % {"days": number_shown(days)}
            if version.parameters.get("window_days") is None and days < LONGEST_WINDOW:
                yield _("Of the customers who come back, nine in ten do so within that time.")
        case "uplift":
            text = (
                _("By how much more likely a contact makes a visit within %(days)s.")
                if version.parameters["outcome"] == VISIT
                else _("By how much more likely a contact makes a purchase within %(days)s.")
            )
            yield text % {"days": format_days(window_of(version))}
        case "clv" if (days := version.parameters.get("horizon_days")) is not None:
            margin = version.parameters.get("margin", 1)
            text = (
                _("The revenue that is expected in the next %(days)s.")
                if margin == 1
                else _("The profit that is expected in the next %(days)s, at a margin of %(part)s.")
            )
            yield text % {"days": format_days(days), "part": share_shown(margin)}
            if discount := version.parameters.get("discount"):
                text = _("What comes later counts less: by %(part)s a year.")
                yield text % {"part": share_shown(discount)}
