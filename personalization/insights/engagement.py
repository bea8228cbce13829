"""The customer does much more than a month ago, or much less."""

from datetime import timedelta

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

AGO, LEAST = timedelta(days=30), 10


def engagement_moved(profile: Profile) -> PersonalizationInsight | None:
    """Return that the score differs by 10 or more from that of 30 days before."""
    now, before = profile.engagement.score, profile.engagement_ago(AGO).score
    if abs(now - before) < LEAST:
        return None
    figures = {"score": str(now), "before": str(before)}
    shown = {"now": number_shown(now), "before": number_shown(before)}
    if now > before:
        text = _("Is more active than 30 days ago: engagement %(now)s instead of %(before)s.")
        return PersonalizationInsight("engagement_up", figures, text % shown)
    text = _("Is less active than 30 days ago: engagement %(now)s instead of %(before)s.")
    return PersonalizationInsight("engagement_down", figures, text % shown)
