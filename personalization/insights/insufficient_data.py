"""Too little is known of the customer to say anything."""

from django.utils.translation import gettext as _

from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

ENOUGH = 3


def not_enough(profile: Profile) -> PersonalizationInsight | None:
    """Return that there are fewer than 3 activities; None where there are more."""
    count = len(profile.activities)
    if count >= ENOUGH:
        return None
    text = _("Too little is known yet: %(count)d of %(needed)d activities.")
    figures = {"count": count, "needed": ENOUGH}
    return PersonalizationInsight("not_enough", figures, text % figures)
