"""The laws of every resource, for offers."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api.offers.editing import API


@pytest.mark.django_db
class TestOffers(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource."""

    api = API
    least = {"code": "ten", "kind": "percent", "legal_basis": "law", "value": "10"}
    change = {"budget": "12.5", "starts_at": "2026-05-02T00:00:30Z"}
    wrong = ({"kind": "free_shipping"}, "value", "not_used")
