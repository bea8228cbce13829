"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from personalization.admin import (
    consent_log,
    conversions,
    experiences,
    experiments,
    lists,
    offers,
    properties,
    recommendations,
    worth,
)

__all__ = [
    "consent_log",
    "conversions",
    "experiences",
    "experiments",
    "lists",
    "offers",
    "properties",
    "recommendations",
    "worth",
]
