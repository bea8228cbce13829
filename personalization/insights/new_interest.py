"""The insight about a customer's new interest."""

from datetime import timedelta

from django.utils.translation import gettext as _

from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

AGO = timedelta(days=90)


def new_interest(profile: Profile) -> PersonalizationInsight | None:
    """Return the best of the three interests that was not among them 90 days before."""
    before = profile.best_interests(AGO)
    found = [code for code in profile.best_interests() if code not in before]
    if not found:
        return None
    text = _("Has a new interest since 90 days ago: “%(category)s”.")
    return PersonalizationInsight(
        "new_interest", {"categories": found}, text % {"category": found[0]}
    )
