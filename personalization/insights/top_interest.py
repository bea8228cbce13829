"""The insight about a category that interests the customer far more than it interests others."""

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from personalization.engagement import TENTH, rounded_to, share_rounded
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

LEAST_LIFT = 2


def top_interest(profile: Profile) -> PersonalizationInsight | None:
    """Return the best interest where its lift is 2 or more."""
    first = next(iter(profile.interests), None)
    if first is None or first.lift < LEAST_LIFT:
        return None
    share, lift = share_rounded(first.share), share_rounded(first.lift)
    text = _("Most interested in “%(category)s”: %(lift)s times as much as others.")
    return PersonalizationInsight(
        "top_interest",
        {"category": first.code, "share": str(share), "lift": str(lift)},
        text % {"category": first.code, "lift": number_shown(rounded_to(first.lift, TENTH))},
    )
