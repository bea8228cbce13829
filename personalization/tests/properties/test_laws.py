"""The laws of every resource, for declared properties of behaviours."""

from typing import Any

import pytest

from core.tests.contract import ResourceLaws
from personalization.api.intake.properties import API
from personalization.models import PersonalizationRule
from personalization.properties.resource import BEHAVIOR_PROPERTIES


@pytest.mark.django_db
class TestBehaviorProperties(ResourceLaws):
    """Read, written, refused, audited and deleted as every resource."""

    api = API
    least = {"key": "result", "label": "Result", "type": "choice"}
    change = {"label": "Outcome", "options": ["pass", "fail"], "types": ["quiz"]}
    wrong = ({"type": "number", "options": ["pass"]}, "options", "unused_key")

    def other(self, number: int) -> dict[str, Any]:
        return {**self.least, "key": f"result_{number}"}

    def test_keys_that_every_shop_has_cannot_be_declared(self) -> None:
        for key in ("type", "channel", "occurred_at", "search_query", "sku", "device", "referrer"):
            assert self.refused({**self.least, "key": key}) == {"key": {"reserved"}}
        for key in ("Score", "1st", "a-b", "ä", "k" * 33, ""):
            assert {*self.refused({**self.least, "key": key})} == {"key"}

    def test_the_type_never_changes(self) -> None:
        self.make()
        found = self.refused({"type": "text"}, "PATCH", if_match="*")
        assert found == {"type": {"read_only"}}

    def test_a_property_that_trees_name_is_not_deleted(self, make_segment: Any) -> None:
        row = self.create(self.least)
        named = {"attribute": "behavior.result", "operator": "is_not_empty"}
        make_segment("Quizzed", [{"relation": "behaviors", "conditions": [named]}])
        PersonalizationRule.objects.create(
            code="r", name="Rule", audience={"match": "all", "conditions": [named]}
        )
        assert BEHAVIOR_PROPERTIES.users(row) == ["Quizzed", "Rule"]
        answer = self.send("DELETE", self.row_path, if_match="*")
        assert (answer.status_code, answer.json()["used_by"]) == (409, ["Quizzed", "Rule"])
