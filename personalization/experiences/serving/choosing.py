"""The choice of a variant for a shopper, its reason, and the reasons against the other variants.

Of the active variants whose time has come and whose audience holds, the one with the lowest
priority wins, then the first code.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from personalization.conditions.audience import BELONGING, is_question
from personalization.experiences.serving.catalogue import Element, Variant
from personalization.experiences.serving.shopper import Held, Shopper
from personalization.models import Selection

logger = logging.getLogger(__name__)

# The exposures of a variant and of its default from which their difference counts as known.
KNOWN_FROM = 1_000
SEGMENTS_SAID = 5


class Why(StrEnum):
    """The reason why an element shows a variant or its default, or why a variant is not shown."""

    AUDIENCE = "audience"
    EVERYBODY = "everybody"
    EXPERIMENT = "experiment"
    GOALS = "goals"
    EXPLORED = "explored"
    DEFAULT = "default"
    HOLDOUT = "holdout"
    NO_CONSENT = "no_consent"
    DEADLINE = "deadline"
    # Of variants that are not shown.
    OUTRANKED = "outranked"
    LOW_CONFIDENCE = "low_confidence"
    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    OTHER_CONTEXT = "other_context"
    NOT_IN_AUDIENCE = "not_in_audience"


@dataclass(frozen=True)
class Reason:
    """A code, the segments behind it, and a sentence; `scores` of variants that goals compare."""

    code: Why
    segments: tuple[str, ...] = ()
    sentence: str = ""
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Loser:
    """A variant that is not shown, and why."""

    variant: str
    reason: Reason


@dataclass(frozen=True)
class Choice:
    """The variant that won (None: the default), and those that did not, in their order."""

    variant: Variant | None
    reason: Reason
    losers: list[Loser] = field(default_factory=list)


@dataclass(frozen=True)
class Asking:
    """The shopper of a choice, with the request's context and the names of segments."""

    shopper: Shopper
    context: Mapping[str, str]
    segment_names: Mapping[str, str]


def needs_time(element: Element, asking: Asking) -> bool:
    """Return whether the choice needs more than the shopper's stored segments."""
    if asking.shopper.customer is None:
        return False
    is_first_enough = element.selection == Selection.PRIORITY
    for variant in element.variants:
        if _refused_at_once(variant, asking) is None:
            if variant.audience is None:
                if is_first_enough:
                    return False
                continue
            if variant.live or not is_question(variant.audience):
                return True
            if is_first_enough and asking.shopper.in_question(variant.audience, live=False):
                return False
    return False


def choose(element: Element, asking: Asking, *, all_of_them: bool = False) -> Choice:
    """Return the winner; with `all_of_them`, the variants behind the winner are evaluated, too."""
    won: tuple[Variant, Reason] | None = None
    losers = []
    for variant in element.variants:
        reason = _refused_at_once(variant, asking)
        if reason is None:
            held = _held(element, variant, asking)
            if held is None:
                reason = _missed_audience(variant, asking, with_segments=all_of_them)
            elif won is None:
                won = variant, _reason(variant, held, asking)
                if not all_of_them:
                    break
                continue
            else:
                text = _("“%(code)s” comes before it.") % {"code": won[0].code}
                reason = Reason(Why.OUTRANKED, held.segments, text)
        losers.append(Loser(variant.code, reason))
    if won is None:
        return Choice(None, Reason(Why.DEFAULT, (), _("No variant applies.")), losers)
    return Choice(*won, losers)


def eligible_variants(
    element: Element, asking: Asking, *, with_segments: bool = False
) -> tuple[list[tuple[Variant, Held]], list[Loser]]:
    """Return the variants that the shopper is eligible for, in order, and why others are not."""
    eligible, losers = [], []
    for variant in element.variants:
        reason = _refused_at_once(variant, asking)
        if reason is None:
            held = _held(element, variant, asking)
            if held is not None:
                eligible.append((variant, held))
                continue
            reason = _missed_audience(variant, asking, with_segments=with_segments)
        losers.append(Loser(variant.code, reason))
    return eligible, losers


def sentence_of(why: Why) -> str:
    """Return the explanation for an element without a chosen variant."""
    return {
        Why.HOLDOUT: _("Is in the control group, which gets what everybody gets."),
        Why.NO_CONSENT: _("Refuses personalization."),
        Why.DEADLINE: _("It was not ready in time."),
    }[why]


def _refused_at_once(variant: Variant, asking: Asking) -> Reason | None:
    """Return why a variant is ruled out before its audience is evaluated."""
    at = asking.shopper.at
    if not variant.is_active:
        return Reason(Why.INACTIVE, (), _("It is not active."))
    if variant.starts_at and at < variant.starts_at:
        return Reason(Why.NOT_STARTED, (), _("Its time has not come."))
    if variant.ends_at and at >= variant.ends_at:
        return Reason(Why.ENDED, (), _("Its time is over."))
    for name, values in variant.context.items():
        if asking.context.get(name) not in values:
            text = _("It is limited to other values of “%(name)s”.") % {"name": name}
            return Reason(Why.OTHER_CONTEXT, (), text)
    least = settings.CONFIDENCE_THRESHOLD
    if least > 0 and variant.known_from >= KNOWN_FROM and variant.confidence < least:
        text = _("It is hardly better than the default: %(share)s.")
        return Reason(Why.LOW_CONFIDENCE, (), text % {"share": variant.confidence})
    return None


def _held(element: Element, variant: Variant, asking: Asking) -> Held | None:
    """Return by what the audience holds; None where the audience does not hold."""
    if variant.audience is None:
        return Held()
    if is_question(variant.audience):
        return asking.shopper.in_question(variant.audience, live=variant.live)
    try:
        return asking.shopper.in_tree(variant.audience)
    except InvalidTree:
        logger.exception("The audience of %s/%s is not valid", element.code, variant.code)
        return None


def _missed_audience(variant: Variant, asking: Asking, *, with_segments: bool) -> Reason:
    """Return why an audience does not hold; `with_segments` names the segments for readers."""
    audience, shopper = variant.audience, asking.shopper
    if not with_segments or audience is None or shopper.customer is None:
        return Reason(Why.NOT_IN_AUDIENCE, (), _("Is not in its audience."))
    if not is_question(audience):
        return Reason(Why.NOT_IN_AUDIENCE, (), _("Does not fit its conditions."))
    codes = tuple(audience["segments"])
    if audience["operator"] in BELONGING:
        text = _("Is not a member of %(segments)s.")
    else:
        text = _("Is a member of %(segments)s.")
        codes = tuple(shopper.members_of(codes, live=variant.live))
    return Reason(Why.NOT_IN_AUDIENCE, codes, text % {"segments": _names(codes, asking)})


def _reason(variant: Variant, held: Held, asking: Asking) -> Reason:
    if variant.audience is None:
        return Reason(Why.EVERYBODY, (), _("It is for everybody."))
    if not is_question(variant.audience):
        return Reason(Why.AUDIENCE, (), held.sentence)
    if variant.audience["operator"] in BELONGING:
        text = _("Is a member of %(segments)s.")
    else:
        text = _("Is not a member of %(segments)s.")
    return Reason(Why.AUDIENCE, held.segments, text % {"segments": _names(held.segments, asking)})


def _names(codes: Sequence[str], asking: Asking) -> str:
    said = [asking.segment_names.get(code, code) for code in codes[:SEGMENTS_SAID]]
    more = len(codes) - len(said)
    return ", ".join(said) + (f" (+{more})" if more else "")
