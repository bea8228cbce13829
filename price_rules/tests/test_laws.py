"""The laws of every resource, for cart price rules."""

import pytest

from core.tests.contract import ResourceLaws
from price_rules.api.rules import RULES


@pytest.mark.django_db
class TestPriceRules(ResourceLaws):
    """Read, written, refused, restored, audited and deleted as every resource."""

    api = RULES
    least = {"code": "ten", "name": "Ten", "action": "percent", "value": "10"}
    change = {"value": "12.5", "priority": 3}
    wrong = ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, "ends_on", "out_of_range")
