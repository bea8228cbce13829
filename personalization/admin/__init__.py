"""What people see of personalization."""

from personalization.admin import (
    consent_log,
    conversions,
    experiences,
    experiments,
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
    "offers",
    "properties",
    "recommendations",
    "worth",
]
