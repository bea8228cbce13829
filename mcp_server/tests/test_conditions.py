"""What the search for conditions offers."""

from typing import Any

import pytest

from conditions.parse import parse_tree
from core.access.tokens import token_with
from core.problems import Invalid
from mcp_server.caller import ApiCaller
from mcp_server.tests.conftest import some
from mcp_server.tools.conditions import entries, example_of
from segments.api.trees.registry import registry_document

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def _problems(example: dict) -> list:
    try:
        parse_tree({"match": "all", "conditions": [example]})
    except Invalid as error:
        return [str(problem) for problem in error.problems]
    return []


def test_each_example_is_a_condition(make_segment: Any) -> None:
    """Catches an example that a rule tree may not have, of any attribute or relation."""
    make_segment("All")
    token = token_with(some("conditions.preview").key)
    caller, document = ApiCaller(token.user, token, {}), registry_document()
    examples = [example_of(found, document, caller) for found, _texts in entries(document)]
    assert len(examples) > 100
    assert [(one, _problems(one)) for one in examples if _problems(one)] == []


def test_search_speaks_the_language_of_merchants() -> None:
    """Catches a search that finds codes alone, and an answer in another language than asked for."""
    for words, language in (("last order", "en"), ("letzte Bestellung", "de")):
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "conditions_search", "arguments": {"words": words}},
        }
        response = some("conditions.preview").send(message, **{"Accept-Language": language})
        found = response.json()["result"]["structuredContent"]["results"]
        assert "orders.last" in str(found[:5]) or "last_order" in str(found[:5]), found[:5]
