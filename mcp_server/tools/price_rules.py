"""Tools about cart price rules: lists of rules, and the price of a cart."""

from mcp_server.caller import ApiCaller
from mcp_server.tools.tool import (
    CODE,
    CODES,
    CURSOR,
    OBJECT,
    TEXT,
    YES_NO,
    Arguments,
    Result,
    Tool,
    given_arguments,
    limit,
    read_list_page,
)

LISTED = ("code", "name", "action", "value", "segments", "is_active")


def _list(caller: ApiCaller, arguments: Arguments) -> Result:
    return read_list_page(caller, "price-rules", arguments, LISTED, ("search", "is_active"))


def _try_cart(caller: ApiCaller, arguments: Arguments) -> Result:
    body = {**given_arguments(arguments, "cart", "customer", "rules"), "explain": True}
    return dict(caller.post("evaluate", body).data)


OURS = (
    Tool(
        "price_rules_list",
        "List cart price rules: what each does, for which segments, and whether it is active.",
        ["price_rules.view_cartpricerule"],
        ["price-rules"],
        {"search": TEXT, "is_active": YES_NO, "limit": limit(50), "cursor": CURSOR},
        run=_list,
        at_most=50,
    ),
    Tool(
        "price_rules_try_cart",
        "Compute what a cart costs, which price rules apply, and why the others do not.",
        ["price_rules.evaluate"],
        ["evaluate"],
        {"cart": OBJECT, "customer": CODE, "rules": CODES},
        ["cart"],
        run=_try_cart,
    ),
)
