"""Variants that use a segment; they do not prevent its deletion, and keep its code."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from personalization.conditions.audience import segments_named
from personalization.models import ExperienceVariant
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments


def variants_of(segment: Segment) -> list[Use]:
    """Return the variants whose audience names `segment`, by placement."""
    rows = ExperienceVariant.objects.exclude(audience=None).select_related("placement")
    return [
        Use(
            row,
            code=f"{row.placement.code}/{row.code}",
            name=f"{row.placement.code}: {row.code}",
            url=reverse("admin:personalization_experiencevariant_change", args=[row.pk]),
            holds=False,
        )
        for row in rows
        if segment.code in segments_named(row.audience)
    ]


USED_BY_VARIANTS = UsersOfSegments(
    "personalization.variants",
    _("Variants"),
    variants_of,
    ("personalization.view_experiencevariant",),
)
