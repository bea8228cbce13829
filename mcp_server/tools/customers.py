"""Tools about single customers and who entered or left, all by the customers' numbers."""

from mcp_server.caller import ApiCaller
from mcp_server.tools.segments import MEMBERS
from mcp_server.tools.tool import CODE, OBJECT, Arguments, Result, Tool, given_arguments, limit


def _check(caller: ApiCaller, arguments: Arguments) -> Result:
    return dict(
        caller.post("check", given_arguments(arguments, "customer", "segments", "cart")).data
    )


def _changes(caller: ApiCaller, arguments: Arguments) -> Result:
    query = {"limit": 100, **given_arguments(arguments, "since", "limit")}
    if "segment" in arguments:
        reply = caller.get("changes-of-segment", at={"code": arguments["segment"]}, query=query)
    else:
        reply = caller.get("changes", query=query)
    return dict(reply.data)


OURS = (
    Tool(
        "customers_check",
        "Say in which of up to 20 segments a customer is now, perhaps with a cart.",
        [MEMBERS],
        ["check"],
        {
            "customer": CODE,
            "segments": {"type": "array", "items": CODE, "minItems": 1, "maxItems": 20},
            "cart": OBJECT,
        },
        ["customer", "segments"],
        run=_check,
    ),
    Tool(
        "changes_read",
        "Read who entered and left segments, in order; go on with `cursor` as `since`.",
        [MEMBERS],
        ["changes", "changes-of-segment"],
        {"since": {**CODE, "description": "`cursor` of the page before."}, "segment": CODE}
        | {"limit": limit(200)},
        run=_changes,
        at_most=100,
    ),
)
