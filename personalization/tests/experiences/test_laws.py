"""The laws of every resource, for placements, their variants, and content."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api.experiences import content, placements
from personalization.models import ExperienceVariant
from tests.factories.experiences import text


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
    change = {"website": "default", "default_content": text("Hello")}
    wrong = ({"default_content": {"type": "film"}}, "default_content.type", "unknown_choice")


@pytest.mark.django_db
class TestVariants(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource, in its placement."""

    api = placements.VARIANT
    above = ("hero",)
    least = {"code": "best", "content": text("For you")}
    change = {"context": {"device": ["mobile"]}, "ends_at": "2026-05-02T00:00:30Z"}
    wrong = ({"content": {}}, "content", "required")
    naming = change

    @pytest.fixture(autouse=True)
    def _placement(self, make_placement):
        self.placement = make_placement("hero")

    def named(self):
        return [self.placement]

    def new(self):
        return ExperienceVariant(placement=self.placement)
