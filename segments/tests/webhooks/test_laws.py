"""The laws of every resource, for webhooks."""

import pytest

from core.tests.contract import ResourceLaws
from segments.api.webhooks import WEBHOOKS_API


@pytest.mark.django_db
class TestWebhooks(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource; If-Match is not needed."""

    api = WEBHOOKS_API
    least = {"name": "Shop", "url": "https://receiver.example/hook"}
    change = {"segments": ["vip"], "kinds": ["left"]}
    wrong = ({"kinds": []}, "kinds", "no_kind")
    shown_once = ("secret",)

    @pytest.fixture(autouse=True)
    def _segment(self, make_segment):
        make_segment("vip")

    def other(self, number):
        return {**self.least, "name": f"Shop {number}"}
