"""The laws of every resource, for recommendation rules."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api.recommendations.rules import API


@pytest.mark.django_db
class TestRecommendationRules(ResourceLaws):
    """Read, written, refused, audited, restored and deleted as every resource."""

    api = API
    least = {"code": "not-again", "name": "Not again"}
    change = {"website": "default", "min_margin": "0.25", "starts_at": "2026-05-02T00:00:30Z"}
    wrong = (
        {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
        "ends_at",
        "out_of_range",
    )
