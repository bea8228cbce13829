"""The variant of a placement that reaches weighted goals best, or a random one.

Some customers get a random variant among those that are for them, so that variants can be compared:
bucket(`explore:PLACEMENT`, customer) chooses the customers, bucket(`explored:PLACEMENT`, customer)
the variant.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from personalization.assignment import bucket
from personalization.experiences.serving.catalogue import Element, Variant
from personalization.experiences.serving.choosing import (
    Asking,
    Choice,
    Loser,
    Reason,
    Why,
    eligible_variants,
)
from personalization.goals import goal_scores
from personalization.goals.evidence import Evidence
from personalization.goals.weights import Goals, effective_weights
from personalization.models import Selection

NO_COUNTS = {"exposures": 0, "clicks": 0, "conversions": 0}
# Scores that differ by rounding on the way are equal.
COMPARED_DECIMALS, SHOWN_DECIMALS = 12, 6
DEFAULT = ""
EXPLORE, EXPLORED = "explore:", "explored:"


def chooses_by_goals(element: Element) -> bool:
    """Return whether the placement chooses by goals."""
    return element.selection == Selection.GOALS


def choose_by_goals(
    element: Element,
    asking: Asking,
    goals: Goals,
    evidence: Evidence,
    *,
    with_segments: bool = False,
) -> Choice:
    """Return what is shown: the largest score, ties by priority, then code; or a random variant.

    The default content takes part as the variant '', after all others of the same score.
    """
    eligible, losers = eligible_variants(element, asking, with_segments=with_segments)
    variants: dict[str, Variant | None] = {one.code: one for one, _held in eligible}
    variants[DEFAULT] = None
    scores = score_variants(evidence, effective_weights(goals, element.goals), variants)
    code = _random_variant(element, asking, variants)
    why = Why.EXPLORED
    if code is None:
        why = Why.GOALS
        code = best_variant(scores)
    segments = {one.code: held.segments for one, held in eligible}
    shown = {name: round(score, SHOWN_DECIMALS) for name, score in scores.items()}
    reason = Reason(why, segments.get(code, ()), _sentence(why, scores[code]), shown)
    text = _("Another variant is shown; its own score is %(score)s.")
    others = [
        Loser(
            one.code,
            Reason(Why.OUTRANKED, held.segments, text % {"score": _score_text(scores[one.code])}),
        )
        for one, held in eligible
        if one.code != code
    ]
    return Choice(variants[code], reason, others + losers)


def score_variants(
    evidence: Evidence, weights: Mapping[str, float], variants: Mapping[str, object]
) -> dict[str, float]:
    """Return the scores of `variants`, in their order, by all evidence of the placement."""
    known = {**dict.fromkeys(variants, NO_COUNTS), **evidence}
    scores = goal_scores(known, weights)
    return {code: scores[code] for code in variants}


def best_variant(scores: Mapping[str, float]) -> str:
    """Return the code with the largest score, of equals the first."""
    return max(scores, key=lambda code: round(scores[code], COMPARED_DECIMALS))


def _random_variant(
    element: Element, asking: Asking, variants: Mapping[str, Variant | None]
) -> str | None:
    """Return the random variant of a customer who gets one; None for all others."""
    customer = asking.shopper.customer
    if customer is None:
        return None
    unit = customer.external_id
    if bucket(EXPLORE + element.code, unit) >= element.explore:
        return None
    return sorted(variants)[bucket(EXPLORED + element.code, unit) % len(variants)]


def _sentence(why: Why, score: float) -> str:
    if why is Why.EXPLORED:
        return _("Was drawn at random, so that variants can be compared.")
    return _("Reaches the goals best: its score is %(score)s.") % {"score": _score_text(score)}


def _score_text(score: float) -> str:
    return number_shown(Decimal(score), 3)
