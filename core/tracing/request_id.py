"""The id of the request under way: in its response, its log lines and its problem documents.

An id that comes with the request counts only where a trusted proxy sent it: a client that chose
its own could make its lines look like those of another request.
"""

import re
from contextvars import ContextVar
from secrets import token_hex

from core.tracing.spans import current_trace_id

HEADER = "X-Request-Id"
PATTERN = re.compile(r"[A-Za-z0-9._-]{8,64}")

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def begin_request(given: str | None) -> str:
    """Begin a request, and return its id: `given` where it is one, a new one otherwise."""
    request_id = given if given and PATTERN.fullmatch(given) else token_hex(16)
    _request_id.set(request_id)
    return request_id


def end_request() -> None:
    """Forget the id, so that later lines of the thread do not carry it."""
    _request_id.set("")


def request_names() -> dict[str, str]:
    """Return the ids of the request and of its trace, by name; without those that there are not."""
    names = {"request_id": _request_id.get(), "trace_id": current_trace_id()}
    return {name: value for name, value in names.items() if value}
