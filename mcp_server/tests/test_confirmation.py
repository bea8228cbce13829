"""Nothing is written without a confirmation, which is good once, for one token, plan and state."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from campaigns.models import Campaign
from core.access.tokens import create_token
from core.audit import AuditEntry
from core.clock import now
from customers.tests.rows import a_customer, an_order
from mcp_server import confirmation
from mcp_server.tests.conftest import EVERYBODY, SPENT, Assistant, some
from segments.models import Segment

pytestmark = pytest.mark.django_db

DRAFT = {"name": "Spenders", "code": "spenders", "conditions": SPENT}
CAMPAIGN = {
    "code": "spring",
    "name": "Spring",
    "template": "hello",
    "segments": ["vip"],
    "stores": ["default"],
}


def _create(boss: Assistant, **more: Any) -> Any:
    return boss.call("segments_create_draft", **DRAFT, **more)


def _draft(boss: Assistant) -> dict[str, Any]:
    _create(boss, confirm=_create(boss)["confirm"])
    return boss.call("segments_get", code="spenders")


@pytest.mark.both
def test_dry_run_changes_nothing(boss: Assistant) -> None:
    """Catches a rehearsal that leaves a row, a version, a mark or an audit entry behind."""
    audited = AuditEntry.objects.count()
    plan = _create(boss)
    assert plan["plan"]["sentence"] and plan["plan"]["count"] == 4
    assert [one["code"] for one in plan["plan"]["overlaps"]] == ["vip"]
    audience = boss.call("campaigns_create_draft", **CAMPAIGN)["plan"]["audience"]
    assert audience["eligible"] == 4
    assert not Segment.objects.filter(code="spenders").exists()
    assert not Campaign.objects.filter(code="spring").exists()
    assert AuditEntry.objects.count() == audited


@pytest.mark.once
def test_confirmed_draft_is_inactive_and_audited(boss: Assistant) -> None:
    _draft(boss)
    segment = Segment.objects.get(code="spenders")
    assert not segment.is_active and [one.tag for one in segment.tags.all()] == ["draft"]
    entry = AuditEntry.objects.filter(name="spenders").latest("pk")
    assert (entry.username, entry.action) == ("boss", "created")
    assert (entry.after["through"], entry.after["tool"]) == ("mcp", "segments_create_draft")


@pytest.mark.both
def test_second_use_answers_as_the_first(boss: Assistant) -> None:
    """Catches a second deed, although the state has changed by the first."""
    confirm = _create(boss)["confirm"]
    first = _create(boss, confirm=confirm)
    assert _create(boss, confirm=confirm) == {**first, "replayed": True}
    assert Segment.objects.filter(name="Spenders").count() == 1


@pytest.mark.once
def test_confirmation_is_of_one_token_tool_arguments_and_time(
    boss: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a confirmation that another may use, or for something else, or after ten minutes."""
    confirm = _create(boss)["confirm"]
    other = Assistant(create_token(User.objects.get(username="boss"), author=None).key)

    def code(assistant: Assistant, tool: str = "segments_create_draft", **arguments: Any) -> Any:
        return assistant.refusal(tool, **arguments)["code"]

    invalid = "confirm_invalid"
    assert code(other, **DRAFT, confirm=confirm) == invalid
    assert code(boss, **{**DRAFT, "name": "Others"}, confirm=confirm) == invalid
    assert code(boss, "campaigns_create_draft", **CAMPAIGN, confirm=confirm) == invalid
    assert code(boss, **DRAFT, confirm=f"{confirm}x") == invalid
    later = now() + timedelta(minutes=10)
    monkeypatch.setattr(confirmation, "now", lambda: later)
    assert code(boss, **DRAFT, confirm=confirm) == invalid
    assert not Segment.objects.filter(code="spenders").exists()


@pytest.mark.once
def test_changed_state_makes_a_new_plan(boss: Assistant) -> None:
    """Catches a deed that is not the one that its plan showed."""
    confirm = _create(boss)["confirm"]
    an_order(a_customer("C6"), grand_total=900, created_at=now())
    problem = boss.refusal("segments_create_draft", **DRAFT, confirm=confirm)
    assert problem["code"] == "plan_changed" and problem["plan"]["count"] == 5
    assert _create(boss, confirm=problem["confirm"])["code"] == "spenders"


@pytest.mark.once
def test_draft_changed_by_somebody_else(boss: Assistant) -> None:
    """Catches an update over another's change, and an etag that is not the one read."""
    etag = _draft(boss)["etag"]
    asked = {"code": "spenders", "changes": {"conditions": EVERYBODY}, "etag": etag}
    plan = boss.call("segments_update_draft", **asked)
    assert (plan["plan"]["count_before"], plan["plan"]["count_after"]) == (4, 5)
    assert len(plan["plan"]["diff"]) == 1
    renamed = {"code": "spenders", "changes": {"name": "Else"}, "etag": etag}
    confirm = boss.call("segments_update_draft", **renamed)["confirm"]
    boss.call("segments_update_draft", **renamed, confirm=confirm)
    problem = boss.refusal("segments_update_draft", **asked, confirm=plan["confirm"])
    assert problem["code"] == "plan_changed"
    assert Segment.objects.get(code="spenders").version == 2
    done = boss.call("segments_update_draft", **asked, confirm=problem["confirm"])
    assert done["version"] == 3
    assert boss.refusal("segments_update_draft", **asked)["status"] == 412


@pytest.mark.once
def test_only_drafts_are_changed_and_never_activated(boss: Assistant) -> None:
    etag = boss.call("segments_get", code="vip")["etag"]
    asked = {"code": "vip", "changes": {"name": "Mine"}, "etag": etag}
    assert boss.refusal("segments_update_draft", **asked)["code"] == "not_a_draft"
    etag = _draft(boss)["etag"]
    for changes in ({"is_active": True}, {"tags": []}, {"refresh_mode": "list"}):
        boss.refusal("segments_update_draft", code="spenders", changes=changes, etag=etag)


@pytest.mark.once
def test_drafts_need_no_further_permission(boss: Assistant) -> None:
    """Catches a tool that asks for more than the table names, and a plan that shows more."""
    writer = some("segments.add_segment", "segments.change_segment", "conditions.preview")
    plan = _create(writer)
    assert plan["plan"]["overlaps"] == []
    made = _create(writer, confirm=plan["confirm"])
    etag = boss.call("segments_get", code=made["code"])["etag"]
    asked = {"code": made["code"], "changes": {"name": "Mine"}, "etag": etag}
    confirm = writer.call("segments_update_draft", **asked)["confirm"]
    assert writer.call("segments_update_draft", **asked, confirm=confirm)["version"] == 2
    planner = some("campaigns.add_campaign")
    assert planner.call("campaigns_create_draft", **CAMPAIGN)["plan"]["audience"]["eligible"] == 4


@pytest.mark.once
def test_same_refusals_as_the_api(boss: Assistant) -> None:
    wrong = {"match": "all", "conditions": [{"attribute": "lifetime.sale", "operator": "gte"}]}
    for tool, more in (("segments_preview", {}), ("segments_create_draft", {"name": "A"})):
        (problem,) = boss.refusal(tool, conditions=wrong, **more)["errors"]
        assert problem["path"].startswith("conditions") and "lifetime.sale" in problem["message"]
