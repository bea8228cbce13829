"""Placements, variants and content in the admin."""

from personalization.admin.experiences.content import ContentAdmin
from personalization.admin.experiences.placement import PlacementAdmin
from personalization.admin.experiences.variant import VariantAdmin

__all__ = ["ContentAdmin", "PlacementAdmin", "VariantAdmin"]
