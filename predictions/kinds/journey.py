"""The journey: how far a customer has come, from a visitor to one who is lost."""

import numpy as np
from django.utils.translation import gettext_lazy as _

from predictions.features.subjects import Subjects
from predictions.kinds.kind import Rules
from predictions.models import JourneyStage

# The numbers of sales that make a customer loyal, and a repeat buyer.
LOYAL, REPEAT = 5, 2


def journey_stages(them: Subjects) -> list[str]:
    """Return the first stage of each that fits (contract, section 4); everybody has one."""
    window, recency, orders = them.shop.window_days, them.recency, them.sales.counts
    stages = np.select(
        [
            ~them.buyers & them.batch.seen,
            ~them.buyers,
            recency > 2 * window,
            recency > window,
            orders >= LOYAL,
            orders >= REPEAT,
        ],
        [
            JourneyStage.VISITOR.value,
            JourneyStage.REGISTERED.value,
            JourneyStage.LOST.value,
            JourneyStage.LAPSING.value,
            JourneyStage.LOYAL.value,
            JourneyStage.REPEAT.value,
        ],
        JourneyStage.FIRST_ORDER.value,
    )
    return list(stages.tolist())


JOURNEY = Rules(
    "journey",
    _("Journey"),
    "journey_stage",
    {"journey_stage": journey_stages},
)
