"""Callers of the released API go on with this version, unless the changelog names the break."""

import json
import re
from copy import deepcopy
from typing import Any

from bin.api_changes import RELEASED, ROOT, breaking, todays

NAME = {"type": "string"}
THING: dict[str, Any] = {
    "type": "object",
    "properties": {"name": NAME, "parts": {"type": "array", "items": NAME}},
    "required": ["name"],
}
REF = {"schema": {"$ref": "#/components/schemas/Thing"}}
BODY = {"content": {"application/json": REF}}
QUERY = {"in": "query", "name": "q", "schema": NAME}
CALL = {"parameters": [QUERY], "requestBody": BODY, "responses": {"200": BODY}}
SCHEMA = {"paths": {"/things/": {"post": CALL}}, "components": {"schemas": {"Thing": THING}}}


def changed(*path: Any, value: Any) -> list[str]:
    """Return what breaks where the value at a path of the small description is another."""
    today: Any = deepcopy(SCHEMA)
    at = today
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return breaking(SCHEMA, today)


def test_each_kind_of_break_is_found_and_additions_are_none() -> None:
    shapes, call = ("components", "schemas", "Thing"), ("paths", "/things/", "post")
    post = "POST /things/: "
    number = {"type": "integer"}
    assert changed("paths", value={}) == [f"{post}the call is gone"]
    assert changed(*shapes, "properties", "name", value=number) == [
        f"{post}200 name: has another type",
        f"{post}name: has another type",
    ]
    parts = {"type": "array", "items": number}
    assert f"{post}parts[]: has another type" in changed(
        *shapes, "properties", "parts", value=parts
    )
    assert changed(*shapes, "properties", value={"name": NAME}) == [
        f"{post}200 parts: is gone",
        f"{post}parts: is gone",
    ]
    assert changed(*shapes, "required", value=["name", "parts"]) == [f"{post}parts: is required"]
    more = {**QUERY, "name": "more"}
    assert changed(*call, "parameters", value=[QUERY, {**more, "required": True}]) == [
        f"{post}more: is required"
    ]
    assert changed(*call, "parameters", value=[]) == [f"{post}q: is gone"]
    assert changed(*call, "parameters", value=[QUERY, more]) == []
    assert changed(*shapes, "properties", value={**THING["properties"], "more": NAME}) == []


def test_breaks_since_the_release_stand_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(r"^### Breaking$(.*?)(?=^##)", changelog, re.MULTILINE | re.DOTALL)
    named = section[1] if section else ""
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    found = breaking(released, todays())
    assert [one for one in found if one.partition(": ")[0] not in named] == []
