"""The laws of every resource, for experiments."""

import pytest

from core.tests.contract import ResourceLaws
from personalization.api.experiments.editing import API

ARMS = [{"code": code, "weight": 5000, "content": {}} for code in "ab"]


@pytest.mark.django_db
class TestExperiments(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource, but for the missing code."""

    api = API
    least = {"code": "exp", "name": "Heroes", "variants": ARMS}
    change = {"traffic": 5_000, "alpha": 0.1, "hypothesis": "Larger ones sell more."}
    wrong = ({"winsorize": 99}, "winsorize", "only_revenue")
    naming = {"placement": "hero"}

    @pytest.fixture(autouse=True)
    def _placement(self, make_placement):
        self.placement = make_placement("hero")

    def named(self):
        return [self.placement]

    def test_a_new_row_needs_a_code(self):
        """An experiment without a code gets one that is made of its name."""
        answer = self.send("POST", self.path, {"name": "Heroes", "variants": ARMS})
        assert (answer.status_code, answer.json()["code"]) == (201, "heroes")
