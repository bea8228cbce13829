"""Placements, variants and content in the admin."""

from personalization.admin.experiences.content.pieces import ContentAdmin
from personalization.admin.experiences.placements.placement import PlacementAdmin
from personalization.admin.experiences.variants.variant import VariantAdmin

__all__ = ["ContentAdmin", "PlacementAdmin", "VariantAdmin"]
