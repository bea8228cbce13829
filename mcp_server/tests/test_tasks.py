"""Forty everyday tasks of an assistant, and what a token without personal data reads of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from core.access.personal import PERMISSION
from core.access.tokens import create_token
from customers.models import Website
from mcp_server.tests.conftest import (
    CART,
    EVERYBODY,
    PEOPLE,
    PERSONAL,
    SPENT,
    Assistant,
    limited_to,
)
from mcp_server.tools.tool import TOOLS

pytestmark = pytest.mark.django_db

LOGGED = 9 if connection.vendor == "sqlite" else 0
Task = Callable[[Assistant], Any]


def _write(assistant: Assistant, tool: str, **arguments: Any) -> Any:
    plan = assistant.call(tool, **arguments)
    assert plan["dry_run"] is True
    return assistant.call(tool, **arguments, confirm=plan["confirm"])


def _draft(assistant: Assistant, code: str) -> Any:
    return _write(assistant, "segments_create_draft", name=code, code=code, conditions=SPENT)


def _changed(assistant: Assistant, code: str, **changes: Any) -> Any:
    _draft(assistant, code)
    etag = assistant.call("segments_get", code=code)["etag"]
    return _write(assistant, "segments_update_draft", code=code, changes=changes, etag=etag)


def _codes(found: Any) -> list[str]:
    return [one["code"] for one in found["results"]]


def _all_pages(assistant: Assistant) -> list[str]:
    first = assistant.call("segments_members", code="vip", limit=3)
    rest = assistant.call("segments_members", code="vip", limit=3, cursor=first["next"])
    return [one["id"] for one in [*first["results"], *rest["results"]]]


TASKS: dict[str, Task] = {
    "list segments": lambda a: _codes(a.call("segments_list")) == ["all", "vip"],
    "find a segment by name": lambda a: _codes(a.call("segments_list", search="vip")) == ["vip"],
    "list by tag": lambda a: len(_codes(a.call("segments_list", tag="core"))) == 2,
    "list inactive ones": lambda a: a.call("segments_list", is_active=False)["results"] == [],
    "go to the next page": lambda a: a.call("segments_list", limit=1)["next"],
    "read a definition": lambda a: a.call("segments_get", code="vip")["conditions"] == SPENT,
    "see what uses a segment": lambda a: a.call("segments_get", code="vip")["used_by"],
    "ask for the size": lambda a: a.call("segments_get", code="vip")["members_count"] == 4,
    "find an attribute": lambda a: a.call("conditions_search", words="total spent")["results"],
    "find a relation": lambda a: any(
        one.get("relation") == "orders"
        for one in a.call("conditions_search", words="orders")["results"]
    ),
    "try an example": lambda a: a.call(
        "segments_preview",
        conditions={
            "match": "all",
            "conditions": [
                a.call("conditions_search", words="newsletter", limit=1)["results"][0]["example"]
            ],
        },
    ),
    "list countries": lambda a: a.call("conditions_values", attribute="address.country", q="fra"),
    "read a sentence": lambda a: a.call("conditions_read", text="never ordered", language="en")[
        "readings"
    ],
    "read a German sentence": lambda a: a.call(
        "conditions_read", text="hat noch nie bestellt", language="de"
    )["readings"],
    "count by a tree": lambda a: a.call("segments_preview", conditions=SPENT)["count"] == 4,
    "count by a text": lambda a: a.call("segments_preview", text="never ordered")["count"] == 0,
    "count with each condition": lambda a: a.call(
        "segments_preview", conditions=SPENT, counts=True
    )["counts"],
    "count of a website": lambda a: (
        a.call("segments_preview", conditions=EVERYBODY, websites=["default"])["count"] == 5
    ),
    "count guests": lambda a: (
        a.call("segments_preview", conditions=EVERYBODY, applies_to="guest")["count"] == 0
    ),
    "explain a segment": lambda a: a.call("segments_explain", customer="C1", code="vip")["member"],
    "explain a tree": lambda a: (
        not a.call("segments_explain", customer="C5", conditions=SPENT)["member"]
    ),
    "compare segments": lambda a: a.call("segments_overlap", segments=["all", "vip"])["total"] == 5,
    "make a draft": lambda a: _draft(a, "spenders")["version"] == 1,
    "make a draft of a website": lambda a: _write(
        a,
        "segments_create_draft",
        name="Here",
        conditions=EVERYBODY,
        websites=["default"],
        description="Of one website.",
    )["url"],
    "rename a draft": lambda a: _changed(a, "renamed", name="Other")["etag"],
    "narrow a draft": lambda a: _changed(a, "narrow", conditions=EVERYBODY)["version"] == 2,
    "count members": lambda a: a.call("segments_members", code="vip", limit=0)["count"] == 4,
    "list members": lambda a: len(a.call("segments_members", code="vip")["results"]) == 4,
    "page through members": lambda a: _all_pages(a) == list(PEOPLE)[:4],
    "check a customer": lambda a: (
        a.call("customers_check", customer="C5", segments=["vip"])["segments"] == {"vip": False}
    ),
    "check with a cart": lambda a: a.call(
        "customers_check", customer="C1", segments=["vip", "all"], cart=CART
    )["as_of"],
    # PostgreSQL's log ends before a transaction that goes on, as that of the shop does.
    "read changes": lambda a: len(a.call("changes_read", limit=200)["results"]) == LOGGED,
    "read changes of a segment": lambda a: (
        int(a.call("changes_read", segment="vip")["cursor"]) >= 0
    ),
    "list campaigns": lambda a: _codes(a.call("campaigns_list", state="draft")) == ["news"],
    "count an audience": lambda a: a.call("campaigns_audience", code="news")["eligible"] == 4,
    "make a campaign": lambda a: (
        _write(
            a,
            "campaigns_create_draft",
            code="spring",
            name="Spring",
            template="hello",
            segments=["vip"],
            stores=["default"],
        )["state"]
        == "draft"
    ),
    "list price rules": lambda a: _codes(a.call("price_rules_list", is_active=True)) == ["ten"],
    "try a cart": lambda a: (
        a.call("price_rules_try_cart", cart=CART, customer="C1")["discount"] == "12.00"
    ),
    "compare models with baselines": lambda a: a.call("predictions_models")["models"],
    "read scores": lambda a: a.call("predictions_customer", customer="C1")["scores"],
}


@pytest.mark.both
def test_forty_tasks_are_done_and_only_confirmed_ones_write(boss: Assistant) -> None:
    """Catches a tool that answers other figures than the shop's, or that cannot be used as said."""
    assert len(TASKS) == 40
    assert len(boss.tools()) == len(list(TOOLS)) == 20
    failed = [name for name, task in TASKS.items() if not task(boss)]
    assert failed == []


@pytest.mark.once
def test_no_personal_value_without_the_right(boss: Assistant) -> None:
    """Catches a name, an address or a found value in any answer, errors included."""
    needs = {one for tool in TOOLS for one in tool.needs}
    assert PERMISSION not in needs
    assistant = limited_to(*sorted(needs))
    failed = [name for name, task in TASKS.items() if not task(assistant)]
    assert failed == []
    email = PEOPLE["C2"][2]
    assistant.call("conditions_values", attribute="customer.email", q=email[:3])
    assistant.call("conditions_read", text=f"e-mail address is {email[:4]}")
    for answer in assistant.answers:
        found = [word for word in PERSONAL if word.casefold() in answer.casefold()]
        assert not found, answer
        for key in ("actual", "because", "reasons", "email", "first"):
            assert f'"{key}":' not in answer, answer


@pytest.mark.once
def test_customers_go_by_number_alone(boss: Assistant) -> None:
    """Catches an answer from which somebody learns that an address is a customer's."""
    for asked in ({"conditions": SPENT}, {"code": "vip"}):
        of_customer, of_nobody = (
            str(boss.refusal("segments_explain", customer=one, **asked)).replace(one, "")
            for one in (PEOPLE["C2"][2], "nobody@quasthoff.example")
        )
        assert of_customer == of_nobody


@pytest.mark.once
def test_personal_values_with_the_right(boss: Assistant) -> None:
    member = boss.call("segments_members", code="vip", limit=1)["results"][0]
    assert member["email"] == PEOPLE["C1"][2]
    assert boss.call("segments_explain", customer="C1", code="vip")["because"]


@pytest.mark.once
def test_tools_by_permission(boss: Assistant) -> None:
    """Catches a tool that is offered, or works, without its permission; unknown ones look alike."""
    assistant = limited_to("conditions.preview")
    assert set(assistant.tools()) == {
        *("conditions_search", "conditions_values", "conditions_read", "segments_preview"),
    }
    known = assistant.refusal("segments_list")
    assert known == assistant.refusal("segments_delete")
    assert known["code"] == known["errors"][0]["code"] == "forbidden"
    names = {tool.name for tool in TOOLS}
    assert not [name for name in names if any(word in name for word in ("delete", "send"))]


@pytest.mark.once
def test_limited_token_is_offered_no_tool_that_refuses_it(boss: Assistant) -> None:
    """Catches a tool in the list that answers 403 whatever a token limited to websites asks."""
    chief = User.objects.get(username="boss")
    websites = [Website.objects.create(code="de", name="Germany")]
    assistant = Assistant(create_token(chief, author=None, websites=websites).key)
    assert set(boss.tools()) - set(assistant.tools()) == {"predictions_models"}
    assert assistant.refusal("predictions_models")["code"] == "forbidden"


@pytest.mark.once
def test_text_with_several_meanings_is_refused_with_them(boss: Assistant) -> None:
    problem = boss.refusal("segments_preview", text="never ordered or colourful")
    assert problem["code"] == "ambiguous"
    assert {"readings", "unread"} <= problem.keys()
