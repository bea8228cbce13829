"""The journey: how far a customer has come, from a visitor to one who is lost."""

from django.utils.translation import gettext_lazy as _

from predictions.features.subject import Subject
from predictions.kinds.kind import Rules
from predictions.models import JourneyStage

# So many sales make a customer loyal, and one who buys again.
LOYAL, REPEAT = 5, 2


def journey_stage(one: Subject) -> str:
    """Return the first stage that fits (contract, section 4); everybody has one."""
    window, recency = one.shop.window_days, one.recency
    if recency is None:
        return JourneyStage.VISITOR if one.has_been_seen else JourneyStage.REGISTERED
    if recency > 2 * window:
        return JourneyStage.LOST
    if recency > window:
        return JourneyStage.LAPSING
    if len(one.sales) >= LOYAL:
        return JourneyStage.LOYAL
    return JourneyStage.REPEAT if len(one.sales) >= REPEAT else JourneyStage.FIRST_ORDER


JOURNEY = Rules(
    "journey",
    _("Journey"),
    "journey_stage",
    {"journey_stage": lambda one: str(journey_stage(one))},
)
