"""The laws of every resource, for channels of alerts."""

import pytest

from alerts.api.channels import CHANNELS_API
from core.tests.contract import ResourceLaws


@pytest.mark.django_db
class TestChannels(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource; If-Match is not needed."""

    api = CHANNELS_API
    least = {"name": "Chat", "kind": "chat", "url": "https://chat.example/in"}
    change = {"name": "Team", "digest": "daily"}
    wrong = ({"addresses": ["ann@shop.example"]}, "addresses", "not_used")
    shown_once = ("secret",)

    def other(self, number):
        return {**self.least, "name": f"Chat {number}"}
