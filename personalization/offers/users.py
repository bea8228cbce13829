"""Offers that use a segment; they do not prevent its deletion, and keep its code."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from personalization.conditions.audience import segments_named
from personalization.models import Offer
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments


def offers_of(segment: Segment) -> list[Use]:
    """Return the offers whose audience names `segment`, in their order."""
    return [
        Use(
            row,
            code=row.code,
            name=row.code,
            url=reverse("admin:personalization_offer_change", args=[row.pk]),
            holds=False,
        )
        for row in Offer.objects.exclude(audience=None)
        if segment.code in segments_named(row.audience)
    ]


USED_BY_OFFERS = UsersOfSegments(
    "personalization.offers", _("Offers"), offers_of, ("personalization.view_offer",)
)
