"""Recommendation rules that use a segment; the rules keep its code when it is deleted."""

from django.utils.translation import gettext_lazy as _

from personalization.conditions.audience import segments_named
from personalization.models import PersonalizationRule
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments


def rules_of(segment: Segment) -> list[Use]:
    """Return the rules whose audience asks for `segment`, in their order."""
    return [
        Use(rule, code=rule.code, name=rule.name, holds=False)
        for rule in PersonalizationRule.objects.exclude(audience=None)
        if segment.code in segments_named(rule.audience)
    ]


USED_BY_RULES = UsersOfSegments(
    "personalization_rules",
    _("Recommendation rules"),
    rules_of,
    ("personalization.view_personalizationrule",),
)
