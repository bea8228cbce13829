"""The laws of every resource, for content."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api import content


@pytest.mark.django_db
class TestContent(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource."""

    api = content.API
    least = {"code": "gifts", "type": "blog_article"}
    change = {"months": [11, 12], "body": {"title": "What to give"}}
    wrong = ({"expires_at": "2000-01-01T00:00:00Z"}, "expires_at", "out_of_range")
