"""The admin pages of personalization."""

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
