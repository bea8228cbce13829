"""Runs the handler of a POST at most once for each `Idempotency-Key`."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import IO, Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import websites_of
from core.api.csv_body import spool_body
from core.api.idempotency.stored_response import KeptResponse, expired_responses
from core.api.refusals import Refused, invalid
from core.clock import now
from core.problems import Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
VISIBLE_ASCII = re.compile(r"[!-~]{1,255}")
KEPT_HEADERS = ("Location", "ETag", "Content-Type")
# A retry may succeed after a response with these statuses, so the handler runs again.
TRIED_AGAIN = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
# Seconds after which the first call is probably done.
WAIT = 1

Handler = Callable[..., HttpResponseBase]
# Converts an error to its response; raises errors that are no refusal again.
HandleError = Callable[[Exception], HttpResponseBase]


@dataclass(frozen=True)
class Call:
    """One user's POST with a key: `digest` identifies it, `request` is the hash of its content.

    `body` is the file from which the handler reads the body. `user` is None where the caller checks
    all permissions before a replay.
    """

    digest: bytes
    request: str
    path: str
    body: IO[bytes]
    user: Any = None


def call_of(request: Request) -> Call | None:
    """Return the call of `request`; None without a key or without a user.

    Raises Refused (400) for a key that is not 1 to 255 visible ASCII characters.
    """
    key = request.headers.get(HEADER)
    if key is None or not request.user.is_authenticated:
        return None
    if not VISIBLE_ASCII.fullmatch(key):
        text = _("A key has 1 to 255 visible ASCII characters.")
        raise invalid(Problem(HEADER, "invalid", text))
    named = f"{request.user.pk}\n{request.path}\n{key}"
    websites = websites_of(request.user)
    if websites is not None:
        # A response that was made under another website limit is not replayed.
        named += f"\n{sorted(websites)}"
    path = request.path if request.path.endswith("/") else f"{request.path}/"
    digest = sha256(request.META.get("QUERY_STRING", "").encode() + b"\n")
    sent: Any = request._request
    sent._stream = spool_body(sent, digest.update)
    # The handler's parser reads the request from its beginning.
    sent._read_started = False
    return Call(
        sha256(named.encode()).digest(), digest.hexdigest(), path, sent._stream, request.user
    )


def respond_once(
    call: Call, handler: Handler, handle_error: HandleError, secrets: Collection[str]
) -> HttpResponseBase:
    """Return the response of `handler`, or the kept one of the same call.

    The response is stored in the transaction in which `handler` runs: a process that is killed has
    done both or neither. `secrets` are the keys of the response that are null in a replay. Raises
    Refused: 409 while the first call runs, 422 where the key came with another request; and
    PermissionDenied where the user, or the token, lacks a permission that the first call used.
    """
    with call.body, transaction.atomic():
        _lock(call)
        digest = call.digest.hex()
        expired_responses(now()).filter(call=digest).delete()
        kept = KeptResponse.objects.filter(call=digest).first()
        if kept is not None:
            return _replay(kept, call)
        try:
            with transaction.atomic(), _granted_permissions(call.user) as permissions:
                response = handler()
        except Exception as error:
            response = handle_error(error)
        if _is_kept(response):
            KeptResponse.objects.create(
                call=digest,
                request=call.request,
                path=call.path,
                status=response.status_code,
                headers=_headers(response),
                body=_body(response, secrets),
                permissions=sorted(permissions),
                at=now(),
            )
        return response


@contextmanager
def _granted_permissions(user: Any) -> Iterator[set[str]]:
    """Collect the permissions that the block asks for and `user` has; none without a user."""
    granted = set[str]()
    if user is None:
        yield granted
        return
    may = user.has_perm

    def has_perm(perm: str, obj: Any = None) -> bool:
        is_granted = bool(may(perm, obj))
        if is_granted:
            granted.add(perm)
        return is_granted

    user.has_perm = has_perm
    try:
        yield granted
    finally:
        user.has_perm = may


def _lock(call: Call) -> None:
    """Lock the call until the transaction ends; SQLite's one writer has its lock already."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        number = int.from_bytes(call.digest[:8], signed=True)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (is_free,) = cursor.fetchone()
    if not is_free:
        text = _("The first call with this key still runs.")
        problem = Problem(HEADER, "idempotency_in_progress", text)
        raise Refused(HTTPStatus.CONFLICT, text, [problem], wait=WAIT, code=problem.code)


def _replay(kept: KeptResponse, call: Call) -> HttpResponse:
    if kept.request != call.request:
        text = _("This key came with another request before: use a new key for a new request.")
        problem = Problem(HEADER, "idempotency_key_reused", text)
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, text, [problem], code=problem.code)
    if call.user is not None and not _may_see(kept, call.user):
        raise PermissionDenied
    headers = {**kept.headers, REPLAYED: "true"}
    return HttpResponse(kept.body, status=kept.status, headers=headers)


def _may_see(kept: KeptResponse, user: Any) -> bool:
    """Return whether `user` has all permissions that the kept response may depend on."""
    if kept.permissions is None:
        return bool(user.is_superuser)
    return bool(user.has_perms(kept.permissions))


def _is_kept(response: HttpResponseBase) -> bool:
    status = response.status_code
    is_final = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in TRIED_AGAIN
    return is_final and not response.streaming


def _headers(response: HttpResponseBase) -> dict[str, str]:
    found = {name: response[name] for name in KEPT_HEADERS if name in response}
    if isinstance(response, Response) and response.data is not None:
        found["Content-Type"] = response.content_type or JSONRenderer.media_type
    return found


def _body(response: Any, secrets: Collection[str]) -> str:
    if not isinstance(response, Response):
        return str(response.content.decode())
    data = response.data
    if secrets and isinstance(data, dict):
        data = {key: None if value and key in secrets else value for key, value in data.items()}
    return JSONRenderer().render(data).decode()
