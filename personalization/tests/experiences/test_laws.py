"""The laws of every resource, for content and placements."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api import content, placements


@pytest.mark.django_db
class TestContent(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource."""

    api = content.API
    least = {"code": "gifts", "type": "blog_article"}
    change = {"months": [11, 12], "body": {"title": "What to give"}}
    wrong = ({"expires_at": "2000-01-01T00:00:00Z"}, "expires_at", "out_of_range")


@pytest.mark.django_db
class TestPlacements(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource."""

    api = placements.PLACEMENT
    least = {"code": "hero", "page_type": "home"}
    change = {"website": "default", "default_content": {"type": "text", "text": "Hello"}}
    wrong = ({"default_content": {"type": "film"}}, "default_content.type", "unknown_choice")
