"""Tools that write draft segments: inactive, tagged `draft`, for a person to activate."""

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from conditions.matching import matching_customers
from core.access.website_limits import is_limited
from core.api.refusals import invalid
from core.problems import Problem
from mcp_server.caller import ApiCaller, ApiProblem
from mcp_server.confirmation import Plan, confirmation_refusal, rehearsal
from mcp_server.tools.segments import PREVIEW, SCOPE, TREE, VIEW, preview
from mcp_server.tools.tool import CODE, TEXT, Arguments, Result, Tool, given_arguments, pick_fields
from segments.models import Membership, Segment

DRAFT = "draft"
NAMED = ("name", "conditions", "code", "description", *SCOPE)
CHANGEABLE = ("name", "description", "conditions", *SCOPE)
# How many of the same members a segment has that is named in a plan, and how many are named.
ALIKE, MOST_ALIKE = 0.95, 3


def _new_document(arguments: Arguments) -> dict[str, Any]:
    return {**given_arguments(arguments, *NAMED), "is_active": False, "tags": [DRAFT]}


def _plan_draft(caller: ApiCaller, arguments: Arguments, is_first: bool) -> Plan:
    with rehearsal():
        made = caller.post("segments", _new_document(arguments)).data
    found = preview(caller, arguments["conditions"], arguments)
    shown = {
        "code": made["code"],
        "name": made["name"],
        "sentence": made["sentence"],
        "count": found["count"],
        "exact": found["exact"],
        "warnings": [*made["warnings"], *_further(found["warnings"], made["warnings"])],
        "overlaps": _overlaps(caller, made, found["count"]),
    }
    return Plan(shown)


def _further(warnings: list[Any], known: list[Any]) -> list[Any]:
    return [one for one in warnings if one not in known]


def _overlaps(caller: ApiCaller, made: dict[str, Any], count: int | None) -> list[dict[str, Any]]:
    """Return up to three segments of which at least 95 % of the members are the same.

    Measured as the share of the common members in the larger of the two. A user who is limited to
    websites gets none, because stored sizes count the members of all websites.
    """
    if not count or not caller.user.has_perm(VIEW) or is_limited(caller.user):
        return []
    alike = Segment.objects.filter(
        members_count__gte=count * ALIKE, members_count__lte=count / ALIKE
    )
    chosen = matching_customers(made["conditions"], **pick_fields(made, tuple(SCOPE)))
    rows = (
        Membership.objects.filter(segment__in=alike, customer__in=chosen)
        .values("segment__code", "segment__name", "segment__members_count")
        .annotate(both=Count("pk"))
        .order_by("-both", "segment__code")
    )
    found = [
        {"code": one["segment__code"], "name": one["segment__name"], "in_common": one["both"]}
        for one in rows
        if one["both"] >= ALIKE * max(count, one["segment__members_count"])
    ]
    return found[:MOST_ALIKE]


def _create_draft(caller: ApiCaller, arguments: Arguments, plan: Plan) -> Result:
    made = caller.post("segments", _new_document(arguments)).data
    return pick_fields(made, ("code", "version")) | {"url": _page_of(made["code"])}


def _page_of(code: str) -> str:
    """Return the address of the segment's page in the admin, where a person activates it."""
    segment = Segment.objects.get(code=code)
    return reverse("admin:segments_segment_change", args=[segment.pk])


def _plan_update(caller: ApiCaller, arguments: Arguments, is_first: bool) -> Plan:
    changes = arguments["changes"]
    if not changes:
        raise invalid(Problem("changes", "required", _("There is nothing to change.")))
    at = {"code": arguments["code"]}
    reply = caller.get("segment", at=at, granting=[VIEW])
    before, etag = reply.data, reply.headers["ETag"]
    if before["is_active"] or DRAFT not in before["tags"]:
        text = _("Only an inactive segment tagged “draft” is changed by assistants.")
        raise confirmation_refusal("not_a_draft", text)
    # After the first call the token guards the version: the arguments keep their old ETag.
    condition = arguments["etag"] if is_first else etag
    with rehearsal():
        after = caller.call("PATCH", "segment", at=at, body=changes, if_match=condition).data
    shown = {
        "code": before["code"],
        "diff": list(_differences(before, after)),
        "sentence": after["sentence"],
        "count_before": _count(caller, before),
        "count_after": _count(caller, after),
        "warnings": after["warnings"],
    }
    return Plan(shown, etag)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Any:
    """Yield what differs, in words; conditions as the sentences that they are."""
    for name in CHANGEABLE:
        if before[name] == after[name]:
            continue
        shown = "sentence" if name == "conditions" else name
        text = _("%(field)s: %(before)s → %(after)s")
        yield text % {
            "field": name,
            "before": _in_words(before[shown]),
            "after": _in_words(after[shown]),
        }


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _("all")
    return f"“{value}”"


def _count(caller: ApiCaller, document: dict[str, Any]) -> int | None:
    """Return how many customers a definition chooses; None for one that can no longer be read."""
    try:
        count: int | None = preview(caller, document["conditions"], document)["count"]
    except ApiProblem:
        return None
    return count


def _update_draft(caller: ApiCaller, arguments: Arguments, plan: Plan) -> Result:
    at = {"code": arguments["code"]}
    reply = caller.call("PATCH", "segment", at=at, body=arguments["changes"], if_match=plan.state)
    found = pick_fields(reply.data, ("code", "version"))
    return found | {"url": _page_of(found["code"]), "etag": reply.headers["ETag"]}


OURS = (
    Tool(
        "segments_create_draft",
        "Plan a new segment, then make it as a draft: inactive and tagged “draft”, for a person "
        "to activate.",
        ["segments.add_segment", PREVIEW],
        ["segments", "preview"],
        {"name": TEXT, "conditions": TREE, "code": CODE, "description": TEXT, **SCOPE},
        ["name", "conditions"],
        make_plan=_plan_draft,
        act=_create_draft,
    ),
    Tool(
        "segments_update_draft",
        "Plan a change of a draft segment, then make it. Only inactive segments tagged “draft”.",
        ["segments.change_segment", PREVIEW],
        ["segment", "preview"],
        {
            "code": CODE,
            "changes": {
                "type": "object",
                "properties": {"name": TEXT, "description": TEXT, "conditions": TREE, **SCOPE},
                "additionalProperties": False,
            },
            "etag": {**CODE, "maxLength": 2_000, "description": "`etag` of `segments_get`."},
        },
        ["code", "changes", "etag"],
        make_plan=_plan_update,
        act=_update_draft,
    ),
)
