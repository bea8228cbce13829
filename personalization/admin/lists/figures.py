"""The page of personal lists: each website's lists, their candidates, and the reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.text.formats import number_shown
from customers.models import Website
from personalization.models import (
    ListInUse,
    RecommendationFit,
    RecommendationGate,
    RecommendationVersion,
    Wish,
)
from personalization.recommend.algorithms import COUNTERS
from personalization.recommend.sources.stored_candidates import (
    is_stale,
    newest_fit,
    running_fits,
)
from predictions.deep.availability import is_offered
from predictions.deep.fitting import TIME_LIMIT

DECIMALS = 4
NAMES = {
    "next_basket": gettext_lazy("Next basket"),
    "personal_frequency": gettext_lazy("Own orders, counted"),
    "discover": gettext_lazy("What goes with purchases"),
    "collaborative_filtering": gettext_lazy("Bought by the same customers, weighted"),
    "cosine": gettext_lazy("Bought by the same customers"),
    "content_based": gettext_lazy("Described alike"),
    "sequence": gettext_lazy("Order of purchases"),
    "popular": gettext_lazy("Popular of all time"),
    "popular_30d": gettext_lazy("Popular in 30 days"),
}


@dataclass(frozen=True)
class ListShown:
    """A list of a website (or of all others): what serves it, why, and its candidates."""

    website: str
    name: str
    serving: str
    why: str
    candidates: Sequence[Mapping[str, Any]]


def list_rows(fit: RecommendationFit) -> list[list[ListShown]]:
    """Return the lists of each scope of the newest fit, the whole installation first.

    Each scope has its two lists side by side.
    """
    versions = list(fit.versions.order_by("number"))
    in_use = {(row.scope, row.wish): row for row in ListInUse.objects.select_related("version")}
    websites = dict(Website.objects.values_list("code", "name"))
    scopes = sorted({one.scope for one in versions})
    return [
        [
            _list(
                _website(scope, websites, alone=len(scopes) == 1),
                wish,
                [one for one in versions if (one.scope, one.wish) == (scope, wish)],
                in_use.get((scope, wish)),
            )
            for wish in Wish
        ]
        for scope in scopes
    ]


def _website(scope: str, names: Mapping[str, str], *, alone: bool) -> str:
    if scope:
        return names.get(scope, scope)
    return _("All websites") if alone else _("All other websites")


def _list(
    website: str, wish: Wish, versions: Sequence[RecommendationVersion], row: ListInUse | None
) -> ListShown:
    version = row.version if row else None
    algorithm = version.algorithm if version else COUNTERS[wish].name
    candidates = [
        {
            "number": one.number,
            "name": _name(one.algorithm),
            "ndcg": _figure(one.figures.get("ndcg")),
            # Versions of earlier releases were not measured for a list.
            "users": "–" if "users" not in one.figures else number_shown(one.figures["users"]),
            "gate": one.get_gate_display(),
            "against": list(_counter_differences(one)),
            "trained": _training_note(one),
            "is_serving": version is not None and one.algorithm == version.algorithm,
            "needs_reason": one.gate != RecommendationGate.PASSED,
        }
        for one in versions
    ]
    why = _why(versions, row)
    return ListShown(website, str(wish.label), _name(algorithm), why, candidates)


def _why(versions: Sequence[RecommendationVersion], row: ListInUse | None) -> str:
    version = row.version if row else None
    if version is not None:
        promotion = version.promotions.exclude(reason="").order_by("-pk").first()
        if promotion is not None:
            return _("Somebody promoted it: %(reason)s") % {"reason": promotion.reason}
        return _("It beats each counter.")
    if row is not None and row.is_below:
        return _("What served before fell below a counter: a counter serves in its place.")
    if any(one.gate == RecommendationGate.NOT_EVALUATED for one in versions):
        return _("Too few customers bought in the last 28 days to measure: a counter serves.")
    return _("No candidate beats each counter for sure: a counter serves.")


def _counter_differences(version: RecommendationVersion) -> Iterator[tuple[str, str]]:
    """Yield each counter with the difference to it and its interval; of a network also the
    algorithm that it has to beat.
    """
    counters = {one["baseline"]: one for one in version.figures.get("against", ())}
    rival = version.figures.get("compared_with")
    for name, one in (counters | ({rival["algorithm"]: rival} if rival else {})).items():
        interval = one["interval"]
        low, high = map(_figure, interval) if interval else ("–", "–")
        text = f"{_figure(one['difference'])} [{low}; {high}]"
        yield _name(name), text


def _training_note(version: RecommendationVersion) -> str:
    """Return where and how long a network was trained; "" for other algorithms."""
    deep = version.figures.get("deep")
    if deep is None:
        return ""
    device = {"cpu": _("processor"), "cuda": _("graphics card")}.get(deep["device"], deep["device"])
    seconds = deep["seconds"]
    text = ngettext(
        "Trained on the %(device)s within %(seconds)s second.",
        "Trained on the %(device)s within %(seconds)s seconds.",
        seconds,
    ) % {"device": device, "seconds": number_shown(seconds)}
    if TIME_LIMIT in deep["warnings"]:
        text += " " + _("Its time was over: the best epoch so far counts.")
    return text


@dataclass(frozen=True)
class NetworkShown:
    """The network on the page: whether workers can train it, and how its fits went."""

    is_offered: bool
    running_since: datetime | None
    stale_since: datetime | None


def network_figures() -> NetworkShown:
    """Return the state of the network over baskets for the page."""
    running = running_fits().order_by("-pk")
    newest = newest_fit()
    return NetworkShown(
        is_offered(),
        running.values_list("started_at", flat=True).first(),
        newest.finished_at if newest and is_stale(newest) else None,
    )


def _name(algorithm: str) -> str:
    return str(NAMES.get(algorithm, algorithm))


def _figure(value: float | None) -> str:
    return "–" if value is None else number_shown(Decimal(value), DECIMALS)
