"""Tools that read segments: lists, one, previews, explanations, overlaps."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.api.refusals import invalid
from core.problems import Problem
from mcp_server.caller import ApiCaller
from mcp_server.confirmation import confirmation_refusal
from mcp_server.tools.tool import (
    CODE,
    CODES,
    CURSOR,
    OBJECT,
    TEXT,
    YES_NO,
    Arguments,
    Result,
    Schema,
    Tool,
    given_arguments,
    limit,
    pick_fields,
    read_list_page,
)
from segments.models import AppliesTo, Segment
from segments.rules.users import uses_of

VIEW, PREVIEW, MEMBERS = "segments.view_segment", "conditions.preview", "segments.view_members"
TREE: Schema = {**OBJECT, "description": "A rule tree, as `conditions_read` returns one."}
SCOPE: Mapping[str, Schema] = {
    "websites": {**CODES, "description": "Codes of websites; all where it is left out."},
    "customer_groups": CODES,
    "applies_to": {"enum": list(AppliesTo.values)},
}
LISTED = (
    *("code", "name", "sentence", "members_count", "status", "is_stale", "is_active", "tags"),
)
DEFINED = (
    *("code", "name", "description", "conditions", "websites", "customer_groups", "applies_to"),
    *("refresh_mode", "refresh_schedule", "is_active", "priority", "tags", "version"),
    *("sentence", "members_count", "as_of", "status", "is_stale"),
)
COUNTED = ("count", "exact", "estimate", "scope_count", "as_of", "sentence", "warnings")
# The keys of an explanation that hold a customer's values.
FOUND = {"actual", "because"}


def _list(caller: ApiCaller, arguments: Arguments) -> Result:
    return read_list_page(caller, "segments", arguments, LISTED, ("search", "tag", "is_active"))


def _get(caller: ApiCaller, arguments: Arguments) -> Result:
    code = arguments["code"]
    reply = caller.get("segment", at={"code": code})
    segment = Segment.objects.get(code=code)
    uses = [
        {"kind": one.users.name, "count": len(one.rows)}
        | ({"codes": [use.code for use in one.rows]} if one.are_named else {})
        for one in uses_of(segment, caller.user)
    ]
    return pick_fields(reply.data, DEFINED) | {"used_by": uses, "etag": reply.headers["ETag"]}


def preview(caller: ApiCaller, conditions: Any, scope: Arguments, **more: Any) -> dict[str, Any]:
    """Return how many customers `conditions` choose, without naming any of them."""
    body = {"conditions": conditions, "limit": 0, **given_arguments(scope, *SCOPE), **more}
    return dict(caller.post("preview", body, without=[MEMBERS]).data)


def _preview(caller: ApiCaller, arguments: Arguments) -> Result:
    conditions = tree_of(caller, arguments)
    more = given_arguments(arguments, "counts")
    found = preview(caller, conditions, arguments, **more)
    counts = {"counts": found["counts"]} if more.get("counts") else {}
    return pick_fields(found, COUNTED) | {"conditions": conditions} | counts


def tree_of(caller: ApiCaller, arguments: Arguments) -> Any:
    """Return the tree that `conditions` is, or the only honest reading of `text`.

    Raises Refused: `ambiguous`, with the readings, where the text has several or parts of it are
    in none.
    """
    if ("conditions" in arguments) == ("text" in arguments):
        text = _("Give either conditions or a text.")
        raise invalid(Problem("conditions", "required", text))
    if "conditions" in arguments:
        return arguments["conditions"]
    found = read_text(caller, arguments["text"])
    if len(found["readings"]) == 1 and not found["unread"]:
        return found["readings"][0]["conditions"]
    text = _("The text has no single meaning: choose one of the readings, or write it otherwise.")
    raise confirmation_refusal("ambiguous", text, **found)


def read_text(caller: ApiCaller, text: str, language: str | None = None) -> dict[str, Any]:
    """Return what `text` may mean; names of customers are offered to no token without the right."""
    without = () if caller.sees_personal_data else (MEMBERS,)
    body = {"text": text, "language": language}
    return dict(caller.post("read", body, without=without).data)


def _explain(caller: ApiCaller, arguments: Arguments) -> Result:
    number = arguments["customer"]
    if ("conditions" in arguments) == ("code" in arguments):
        raise invalid(Problem("conditions", "required", _("Give either conditions or a code.")))
    if "code" in arguments:
        at = {"number": number, "code": arguments["code"]}
        found = caller.get("customer-in-segment", at=at).data
    else:
        body = {"customer": number, **given_arguments(arguments, "conditions")}
        found = caller.post("preview-explain", body).data
        if found["customer"]["id"] != number:
            # The API finds customers by their e-mail address, too; here they go by number.
            text = _("There is no customer “%(called)s”.") % {"called": number}
            raise invalid(Problem("customer", "unknown_customer", text))
    tree, shown = found["explanation"], {"customer": number, "member": found["member"]}
    for name in ("as_of", "in_scope", "override", "problems"):
        if name in found:
            shown[name] = found[name]
    if not caller.sees_personal_data:
        return shown | {"explanation": _without_values(tree)}
    return shown | {"because": list(_reasons(tree)), "explanation": tree}


def _without_values(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {key: _without_values(one) for key, one in tree.items() if key not in FOUND}
    return [_without_values(one) for one in tree] if isinstance(tree, list) else tree


def _reasons(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        if tree.get("because"):
            yield tree["because"]
        for one in tree.values():
            yield from _reasons(one)
    elif isinstance(tree, list):
        for one in tree:
            yield from _reasons(one)


def _overlap(caller: ApiCaller, arguments: Arguments) -> Result:
    return dict(caller.post("overlap", given_arguments(arguments, "segments")).data)


def _members(caller: ApiCaller, arguments: Arguments) -> Result:
    at = {"code": arguments["code"]}
    most = arguments.get("limit", 100)
    count = caller.get("segment", at=at, granting=[VIEW]).data["members_count"]
    if most == 0:
        return {"count": count, "results": [], "next": None}
    query = {"limit": most, **given_arguments(arguments, "cursor")}
    reply = caller.get("members", at=at, query=query)
    names = ["id", "entered_at"] + (["email", "name"] if caller.sees_personal_data else [])
    return {
        "count": count,
        "results": [pick_fields(one, names) for one in reply.data["results"]],
        "next": reply.next_cursor,
    }


OURS = (
    Tool(
        "segments_list",
        "List segments: code, name, what each says as a sentence, and how many members it has.",
        [VIEW],
        ["segments"],
        {"search": TEXT, "tag": CODE, "is_active": YES_NO, "limit": limit(50), "cursor": CURSOR},
        run=_list,
        at_most=50,
    ),
    Tool(
        "segments_get",
        "Read one segment: its definition, its sentence, its size, what uses it, and its etag.",
        [VIEW],
        ["segment"],
        {"code": CODE},
        ["code"],
        run=_get,
    ),
    Tool(
        "segments_preview",
        "Count the customers whom a rule tree or a sentence chooses. Nothing is stored, and no "
        "customer is named. A text with several readings is refused with all of them.",
        [PREVIEW],
        ["preview", "read"],
        {"conditions": TREE, "text": TEXT, **SCOPE, "counts": YES_NO},
        run=_preview,
    ),
    Tool(
        "segments_explain",
        "Say whether a customer is in a segment, or chosen by a rule tree, condition by condition.",
        [PREVIEW, MEMBERS],
        ["preview-explain", "customer-in-segment"],
        {"customer": CODE, "code": CODE, "conditions": TREE},
        ["customer"],
        run=_explain,
    ),
    Tool(
        "segments_overlap",
        "Count the members that two to six segments share, for every combination of them.",
        [VIEW],
        ["overlap"],
        {"segments": {"type": "array", "items": CODE, "minItems": 2, "maxItems": 6}},
        ["segments"],
        run=_overlap,
    ),
    Tool(
        "segments_members",
        "List members of a segment by number, or with limit 0 only how many there are.",
        [MEMBERS],
        ["members", "segment"],
        {"code": CODE, "limit": limit(100, 0), "cursor": CURSOR},
        ["code"],
        run=_members,
        at_most=100,
    ),
)
