"""Tools about mail campaigns: lists, audiences, drafts; nothing is ever sent."""

from typing import Any

from mcp_server.caller import ApiCaller
from mcp_server.confirmation import Plan, rehearsal
from mcp_server.tools.segments import MEMBERS
from mcp_server.tools.tool import (
    CODE,
    CODES,
    CURSOR,
    TEXT,
    Arguments,
    Result,
    Tool,
    given_arguments,
    limit,
    pick_fields,
    read_list_page,
)

VIEW = "campaigns.view_campaign"
LISTED = ("code", "name", "state", "segments", "send_at", "eligible")
AUDIENCE = ("members", "eligible", "excluded", "by_store", "warnings")
WRITTEN = ("code", "name", "template", "segments", "stores", "match", "exclude_segments")


def _list(caller: ApiCaller, arguments: Arguments) -> Result:
    return read_list_page(caller, "campaigns", arguments, LISTED, ("state", "search"))


def _audience(caller: ApiCaller, arguments: Arguments) -> Result:
    return _audience_of(caller, arguments["code"])


def _audience_of(caller: ApiCaller, code: str, **more: Any) -> dict[str, Any]:
    """Return how many recipients a campaign would have, without requesting their data."""
    at = {"code": code}
    found = caller.post("campaign-audience", None, at=at, without=[MEMBERS], **more).data
    return pick_fields(found, AUDIENCE)


def _plan_draft(caller: ApiCaller, arguments: Arguments, is_first: bool) -> Plan:
    with rehearsal():
        made = caller.post("campaigns", given_arguments(arguments, *WRITTEN)).data
        audience = _audience_of(caller, made["code"], granting=[VIEW])
    shown = pick_fields(made, (*WRITTEN, "state"))
    return Plan({"campaign": shown, "audience": audience, "warnings": made["warnings"]})


def _create_draft(caller: ApiCaller, arguments: Arguments, plan: Plan) -> Result:
    made = caller.post("campaigns", given_arguments(arguments, *WRITTEN)).data
    return pick_fields(made, (*WRITTEN, "state", "eligible", "version"))


OURS = (
    Tool(
        "campaigns_list",
        "List mail campaigns: state, segments, time, and how many would get each.",
        [VIEW],
        ["campaigns"],
        {"state": CODE, "search": TEXT, "limit": limit(50), "cursor": CURSOR},
        run=_list,
        at_most=50,
    ),
    Tool(
        "campaigns_audience",
        "Count who a campaign would go to now, and who not, by the reason. Nobody is named.",
        [VIEW],
        ["campaign-audience"],
        {"code": CODE},
        ["code"],
        run=_audience,
    ),
    Tool(
        "campaigns_create_draft",
        "Plan a campaign, then make it as a draft. A person sends it.",
        ["campaigns.add_campaign"],
        ["campaigns", "campaign-audience"],
        {
            "code": CODE,
            "name": TEXT,
            "template": CODE,
            "segments": CODES,
            "stores": CODES,
            "match": CODE,
            "exclude_segments": CODES,
        },
        ["code", "name", "template", "segments", "stores"],
        make_plan=_plan_draft,
        act=_create_draft,
    ),
)
