"""Plans: what would be done, with exact members, and nothing written."""

import json

from segments.models import Segment
from segments.refresh import refresh_segment

ALL = "{match: all, conditions: []}"
NOBODY = "{match: all, conditions: [{attribute: lifetime.sales, operator: gte, value: 999999}]}"
ASKS = "{match: all, conditions: [{attribute: segment, operator: is_one_of, value: [%s]}]}"


def report(definitions, *arguments):
    path = definitions.path / "report.json"
    code, _said = definitions.plan("--json", str(path), *arguments)
    return code, json.loads(path.read_text())


def test_members_are_those_after_all_changes(definitions, make_customer):
    """A segment that refers to a changed one follows it; by what is stored it would not."""
    for _ in range(3):
        make_customer()
    definitions.write("base", conditions=ALL)
    definitions.write("above", conditions=ASKS % "base")
    definitions.apply()
    for code in ("base", "above"):
        refresh_segment(Segment.objects.get(code=code))
    definitions.write("base", conditions=NOBODY)
    definitions.write("above", conditions=ASKS % "base", description="changed")
    definitions.write("new", conditions=ALL)
    definitions.write("list", refresh_mode="list")
    definitions.write("off", conditions=ALL, is_active="false")

    code, found = report(definitions)

    assert code == 2
    assert {one["code"]: one["members"] for one in found["actions"]} == {
        "above": {"before": 3, "after": 0, "entered": 0, "left": 3},
        "base": {"before": 3, "after": 0, "entered": 0, "left": 3},
        "list": {"before": 0, "after": 0, "entered": 0, "left": 0},
        "new": {"before": 0, "after": 3, "entered": 3, "left": 0},
        "off": {"before": 0, "after": 0, "entered": 0, "left": 0},
    }
    assert found["summary"] == {
        "create": 3,
        "change": 2,
        "delete": 0,
        "unchanged": 0,
        "unmanaged": 0,
    }
    assert Segment.objects.count() == 2


def test_members_are_unknown_past_the_time_limit(definitions, settings):
    settings.PREVIEW_TIMEOUT_SECONDS = 0
    definitions.write("new")
    assert "members unknown" in definitions.plan()[1]
    assert report(definitions)[1]["actions"][0]["members"] is None


def test_a_plan_names_changes_from_the_root_and_who_uses_them(definitions, make_segment):
    """Reviewers see the very value that differs, and whom it concerns."""
    tree = "{match: all, conditions: [{attribute: lifetime.sales, operator: gte, value: %s}]}"
    definitions.write("vip", conditions=tree % 400)
    definitions.apply()
    node = {"attribute": "segment", "operator": "is_one_of", "value": ["vip"]}
    make_segment(code="also", conditions=[node])
    definitions.write("vip", conditions=tree % 500, tags="[b, a]", protect="true")

    code, said = definitions.plan("--no-members")

    assert code == 2
    assert said.splitlines() == [
        "~ vip            Vip",
        '    conditions[0].value  "400" -> "500"',
        '    tags  [] -> ["a", "b"]',
        "    protect  false -> true",
        "    used by: Segments also",
        "Plan: 0 to create, 1 to change, 0 to delete, 0 drifted; 0 unchanged, 1 not managed here.",
    ]
