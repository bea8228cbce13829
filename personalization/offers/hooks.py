"""Registrations of offers with other apps; called once, when Django is ready."""

from core.api.routes.parts import PARTS, Part
from core.audit import ACTIONS, SUBJECTS
from customers.privacy.holdings import HOLDINGS
from personalization.offers.audit import ACTIONS as DEEDS
from personalization.offers.audit import SUBJECTS as OURS
from personalization.offers.held_about_customers import HOLDING
from personalization.offers.protection import follow_segment
from personalization.offers.users import USED_BY_OFFERS
from segments.rules.followers import WHEN_DEFINED
from segments.rules.users import USERS


def register() -> None:
    """Register everything."""
    SUBJECTS.register(*OURS)
    ACTIONS.register(*DEEDS)
    HOLDINGS.register(HOLDING)
    WHEN_DEFINED.register(follow_segment)
    USERS.register(USED_BY_OFFERS)
    PARTS.register(Part("personalization.offers", "personalization.api.offers.urls"))
