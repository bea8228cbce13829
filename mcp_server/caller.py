"""Calls the API in this process: the same view, checks and figures as by HTTP, for one token."""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from json import loads
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser

from core.access.api_token import ApiToken
from core.access.personal import PERMISSION
from core.access.website_limits import Treatment
from core.api.routes.addresses import addresses

# The WSGI variables that a call in this process copies from the assistant's request.
FORWARDED = (
    *("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_X_REQUEST_ID", "HTTP_USER_AGENT"),
    *("HTTP_ACCEPT_LANGUAGE", "wsgi.url_scheme"),
)


class ApiProblem(Exception):
    """A call that the API has refused; `document` are its problem details."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)
        super().__init__(self.document.get("detail", ""))


@dataclass(frozen=True)
class Reply:
    """The response to a call."""

    data: Any
    headers: Mapping[str, str]

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page; None on the last one."""
        link = self.data.get("next")
        return parse_qs(urlsplit(link).query)["cursor"][0] if link else None


class ApiCaller:
    """Calls the API as one user with one token.

    `environ` is the WSGI environment of the assistant's request, empty for the command line.
    """

    def __init__(self, user: User, token: ApiToken, environ: Mapping[str, Any]) -> None:
        self.user = user
        self.token = token
        self._environ = {key: environ[key] for key in FORWARDED if key in environ}

    @property
    def sees_personal_data(self) -> bool:
        """Return whether answers may hold names, e-mail addresses and a customer's values."""
        return bool(self.user.has_perm(PERMISSION))

    def get(self, name: str, *, query: Mapping[str, Any] | None = None, **more: Any) -> Reply:
        """Return the reply of GET at the address called `name`; see `call`."""
        return self.call("GET", name, query=query, **more)

    def post(self, name: str, body: Any, **more: Any) -> Reply:
        """Return the reply of POST at the address called `name`; see `call`."""
        return self.call("POST", name, body=body, **more)

    def call(
        self,
        method: str,
        name: str,
        *,
        at: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        if_match: str = "",
        granting: Collection[str] = (),
        without: Collection[str] = (),
    ) -> Reply:
        """Call `method` at the API's address called `name`, whose path has `at` in it.

        `body` is a document as `read_document` returns it. A tool whose own permission covers a
        further call passes that call's permissions as `granting`; `without` takes permissions
        away, so that the answer leaves out what they show. Raises ApiProblem for refusals.
        """
        user = self._user(granting, without)
        view = view_named(name).as_view(
            authentication_classes=[lambda: _Known(user, self.token)],
            parser_classes=[lambda: _Given(body)],
        )
        given = {key: value for key, value in (query or {}).items() if value is not None}
        response = view(self._request(method, name, urlencode(given), if_match), **(at or {}))
        data = getattr(response, "data", None)
        if data is None and not response.streaming and response.content:
            data = loads(response.content)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise ApiProblem(data or {"status": response.status_code})
        return Reply(data, response.headers)

    def _user(self, granting: Collection[str], without: Collection[str]) -> User:
        if not granting and not without:
            return self.user
        user, may = copy(self.user), self.user.has_perm

        def has_perm(perm: str, obj: Any = None) -> bool:
            return perm in granting or (perm not in without and may(perm, obj))

        user.has_perm = has_perm  # type: ignore[method-assign]
        return user

    def _request(self, method: str, name: str, query: str, if_match: str) -> WSGIRequest:
        # A body is there for the parser, which returns the document that was read before.
        environ = {
            "wsgi.url_scheme": "http",
            "SERVER_NAME": _Inside.host,
            "SERVER_PORT": "80",
            **self._environ,
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/api/v1/{name}/",
            "QUERY_STRING": query,
            "CONTENT_TYPE": _Given.media_type,
            "CONTENT_LENGTH": "2",
            "wsgi.input": BytesIO(b"{}"),
        }
        if if_match:
            environ["HTTP_IF_MATCH"] = if_match
        return _Inside(environ)


class _Inside(WSGIRequest):
    """A request that comes from no other machine, so that no host is checked."""

    host: ClassVar = "localhost"

    def get_host(self) -> str:
        return self.host


class _Known(BaseAuthentication):
    """The user and the token that the assistant's request has proved."""

    def __init__(self, user: User, token: ApiToken) -> None:
        self._who = user, token

    def authenticate(self, request: Any) -> tuple[User, ApiToken]:
        return self._who


class _Given(BaseParser):
    """A document that was read before."""

    media_type = "application/json"

    def __init__(self, document: Any) -> None:
        self._document = {} if document is None else document

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return self._document


def has_address(name: str) -> bool:
    """Return whether the API has an address called `name`: its app may be left out."""
    return name in _views()


def refuses_limited(name: str) -> bool:
    """Return whether every call at the address `name` refuses users who are limited to websites."""
    operations = _views()[name].operations.values()
    return all(one.websites is Treatment.REFUSED for one in operations)


def view_named(name: str) -> Any:
    """Return the view of the API's address called `name`; KeyError where there is none."""
    return _views()[name]


@lru_cache(maxsize=1)
def _views() -> dict[str, Any]:
    return {one.name: one.view for one in addresses() if one.name}
