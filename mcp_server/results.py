"""Calls a tool and converts its response or error to a result of MCP, with a bounded size."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from json import dumps, loads
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from core.api.refusals import Refused, problem_response
from core.audit import acting_through
from core.database.idle_timeouts import is_busy
from core.database.time_limit import was_cancelled
from core.problems import Problem
from core.tracing.spans import span
from mcp_server.caller import ApiCaller, ApiProblem
from mcp_server.tools.tool import TOOLS, Arguments, Tool

logger = logging.getLogger(__name__)

# Bytes of a whole result, which has the document as JSON and again as text.
MOST_BYTES = 100_000
# The name in the audit log for actions through a tool.
THROUGH = "mcp"


def call_tool(caller: ApiCaller, name: str, arguments: Arguments) -> dict[str, Any]:
    """Return the result of the tool called `name`.

    Returns an error result where there is no such tool, where `caller` may not use the tool, and
    where the tool raises.
    """
    tool = TOOLS.find(name)
    try:
        if tool is None or not tool.may_be_used_by(caller):
            text = _("There is no such tool, or this token may not use it.")
            problem = Problem("", "forbidden", text)
            raise Refused(HTTPStatus.FORBIDDEN, text, [problem], code=problem.code)
        tool.check(arguments)
        with acting_through(THROUGH, tool=name), span("mcp.tool", tool=name):
            return _fitting(tool, caller, arguments)
    except Exception as error:
        return _failure(error)


def _fitting(tool: Tool, caller: ApiCaller, arguments: Arguments) -> dict[str, Any]:
    """Return the result of a tool; where a page of rows is too large, of a smaller page."""
    result = _result(tool.call(caller, arguments))
    most = arguments.get("limit", tool.at_most)
    while _size(result) > MOST_BYTES and tool.at_most and most > 1:
        most //= 2
        result = _result(tool.call(caller, {**arguments, "limit": most}))
    if _size(result) <= MOST_BYTES:
        return result
    return _result(_cut_document(result["structuredContent"]))


def _cut_document(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document without its largest keys, so that a result with it is small enough.

    `left_out` names these keys; of `errors` the first ones stay.
    """
    cut, left_out = dict(document), list[str]()
    while _size(_result(cut)) > MOST_BYTES and len(cut) > 1 + bool(left_out):
        sizes = {key: len(dumps(cut[key], cls=JSONEncoder)) for key in cut if key != "left_out"}
        largest = max(sizes, key=sizes.__getitem__)
        if largest not in left_out:
            left_out.append(largest)
        kept = cut.pop(largest)
        if largest == "errors" and len(kept) > 1:
            cut[largest] = kept[: len(kept) // 2]
        cut["left_out"] = left_out
    return cut


def _failure(error: Exception) -> dict[str, Any]:
    document = _cut_document(_problem_of(error))
    sentences = [str(document.get("detail") or document.get("title") or "")]
    for one in document.get("errors", ()):
        if one["message"] not in sentences:
            sentences.append(f"{one['path']}: {one['message']}" if one["path"] else one["message"])
    return {**_result(document), "content": _text(" ".join(sentences)), "isError": True}


def _problem_of(error: Exception) -> Mapping[str, Any]:
    if isinstance(error, ApiProblem):
        return error.document
    if isinstance(error, OperationalError) and (is_busy(error) or was_cancelled(error)):
        text = _("The database is busy, or needed too long: ask for less, or later again.")
        error = Refused(HTTPStatus.SERVICE_UNAVAILABLE, text)
    response = problem_response(error, {})
    if response is None:
        logger.error("A tool has failed", exc_info=error)
        text = _("Something went wrong here; it is logged.")
        response = problem_response(Refused(HTTPStatus.INTERNAL_SERVER_ERROR, text), {})
        assert response is not None
    return dict(response.data)


def _result(document: Mapping[str, Any]) -> dict[str, Any]:
    text = dumps(document, cls=JSONEncoder, ensure_ascii=False)
    return {"content": _text(text), "structuredContent": loads(text), "isError": False}


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def _size(result: Mapping[str, Any]) -> int:
    return len(dumps(result, ensure_ascii=False).encode())
