"""What people see of personalization."""

from personalization.admin import (
    consent_log,
    experiences,
    experiments,
    offers,
    recommendations,
    worth,
)

__all__ = ["consent_log", "experiences", "experiments", "offers", "recommendations", "worth"]
