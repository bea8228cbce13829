"""Errors as RFC 9457 problem details: one shape for everything that the API refuses."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.log import log_response
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from core.access.website_limits import CODE, OutsideWebsites
from core.problems import Invalid, Locked, Problem
from core.tracing.request_id import request_names

CONTENT_TYPE = "application/problem+json"
# When data may be sent again that the database was too busy to store.
BUSY_SECONDS = 30


class Refused(exceptions.APIException):
    """A request that is refused with `status`, a sentence and, where known, what is wrong in it.

    After `wait` seconds it may be tried again.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        problems: Sequence[Problem] = (),
        wait: int | None = None,
        **more: Any,
    ):
        self.status_code = status
        self.wait = wait
        self.problems = problems
        self.more = more
        super().__init__(detail)


def invalid(*problems: Problem) -> Refused:
    """Return the refusal of a request in which `problems` were found."""
    return Refused(HTTPStatus.BAD_REQUEST, _("The request is not valid."), problems)


def conflict(code: str, message: str, **more: Any) -> Refused:
    """Return the refusal (409) of a request that the present state forbids; `code` is stable."""
    return Refused(HTTPStatus.CONFLICT, message, [Problem("", code, message)], **more)


def database_busy() -> Refused:
    """Return the refusal (503) of data that is sent while the database is too busy to store it."""
    text = _("The database is busy, as it is during an import: send it again later.")
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, text, wait=BUSY_SECONDS)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return `error` as problem details; None (status 500) for an unexpected error."""
    refusal = _refusal(error)
    if refusal is None:
        return None
    status = HTTPStatus(refusal.status_code)
    body = _body(status, str(refusal.detail))
    if isinstance(refusal, Refused):
        if refusal.problems:
            body["errors"] = as_json(refusal.problems)
        body |= refusal.more
    headers = {}
    if header := getattr(refusal, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(refusal, "wait", None):
        headers["Retry-After"] = str(int(wait))
    response = Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and "request" in context:
        # Refused on purpose: logging these as errors would hide faults of the server.
        request = context["request"]
        log_response(
            "%s: %s",
            status.phrase,
            request.path,
            response=response,
            request=request,
            level="warning",
        )
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to an unexpected error: with problem details below /api/, elsewhere with a page."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    text = _("Something went wrong here; it is logged.")
    return refusal_as_response(HTTPStatus.INTERNAL_SERVER_ERROR, text)


def refusal_as_response(status: HTTPStatus, detail: str, wait: int | None = None) -> HttpResponse:
    """Return problem details as a response outside of DRF's views; `wait` is in seconds."""
    headers = {} if wait is None else {"Retry-After": str(wait)}
    body = _body(status, detail)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def _body(status: HTTPStatus, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        **request_names(),
    }


def as_json(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Return problems (or warnings) in the API's format."""
    return [one.as_json for one in problems]


def _refusal(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.ValidationError):
        return invalid(*problems_in(error.detail))
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Locked):
        first = error.problems[0]
        return Refused(HTTPStatus.CONFLICT, first.message, error.problems, code=first.code)
    if isinstance(error, Invalid):
        return invalid(*error.problems)
    if isinstance(error, Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, OutsideWebsites):
        problem = Problem("", CODE, str(error))
        return Refused(HTTPStatus.FORBIDDEN, problem.message, [problem], code=CODE)
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return None


def problems_in(detail: Any, path: str = "") -> Iterator[Problem]:
    """Yield the problems in the `detail` of a validation error at `path`, each with its path."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            at = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
            yield from problems_in(below, path if key == "non_field_errors" else f"{path}{at}")
    elif isinstance(detail, list):
        for index, below in enumerate(detail):
            nested = isinstance(below, Mapping | list)
            yield from problems_in(below, f"{path}[{index}]" if nested and below else path)
    else:
        yield Problem(path, getattr(detail, "code", "invalid"), str(detail))
