"""Sends requests to a program's JSON API one at a time, and maps its responses to sync errors."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
import urllib3
from django.utils.translation import gettext_noop
from requests.adapters import HTTPAdapter

from campaigns.syncs.remote import Access, Busy, Stopped
from core.clock import now
from core.text.sentences import Sentence
from integrations.total_timeout import Patience

# Longer responses are rejected, so that a huge response does not fill the memory.
MOST_BYTES = 1_000_000
# The statuses by which programs refuse the key or its owner.
OF_THE_KEY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
# Ids of contacts; the column for them has the same length.
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Refused(Exception):
    """The program refuses one request; the text says why, `code` is the program's error code."""

    def __init__(self, status: int, said: str, code: str = "") -> None:
        super().__init__(f"{status} {said}".strip())
        self.status, self.code = status, code


class Unreadable(Busy):
    """The response is not the program's, such as a maintenance page."""

    def __init__(self) -> None:
        super().__init__(Sentence(gettext_noop("an answer that cannot be read"), {}))


class JsonApi:
    """The API of one program at `host`, with its key in `headers` or `auth`.

    Redirects are not followed, so that the key is not sent to another host.
    """

    def __init__(
        self,
        access: Access,
        host: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self._access, self._host = access, (access.host or host).rstrip("/")
        self._patience = Patience()
        self._session, self._adapter = requests.Session(), _Adapter(self._patience)
        self._session.headers.update(headers or {})
        self._session.auth = auth

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the object in the response; raises as `ask_for_object`, or Unreadable."""
        said = self.tell(method, path, body)
        if said is None:
            raise Unreadable
        return said

    def tell(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        """Return the object in the response, None for an empty one; raises as `ask_for_object`."""

        def ask(seconds: float) -> Any:
            url = self._host + path
            request = self._session.prepare_request(requests.Request(method, url, json=body))
            ways = self._session.merge_environment_settings(url, {}, True, None, None)
            # The adapter is called directly: the session would read the whole body of a redirect.
            return self._adapter.send(request, timeout=seconds, **ways).raw

        return ask_for_object(self._access, self._patience, ask)

    def has(self, path: str) -> bool:
        """Return whether `path` exists; True where that is not known. Raises Busy and Stopped."""
        try:
            self.call("GET", path)
        except Refused as error:
            return error.status != HTTPStatus.NOT_FOUND
        return True


class _Adapter(HTTPAdapter):
    """Creates the session's connections, so that each of their requests has a time limit."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self._patience.watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **more)
        if is_new:
            self._patience.watch(manager)
        return manager


def ask_for_object(
    access: Access, patience: Patience, ask: Callable[[float], urllib3.BaseHTTPResponse]
) -> dict[str, Any] | None:
    """Return the object that is answered to `ask`, which may take the seconds that it is given.

    None where the program has nothing to say (204). Raises Refused for what is wrong with this
    request alone, Busy where the request is to be made again later (Unreadable: the response is
    not the program's), Stopped where the key is refused, and the exceptions of the caller's `beat`.
    """
    seconds = float(access.beat())
    try:
        with patience.within(seconds):
            answer = ask(seconds)
            said = _object(answer)
    except (OSError, urllib3.exceptions.HTTPError) as error:
        raise no_answer(error) from error
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _refusal(answer, said or {})
    if said is None and answer.status != HTTPStatus.NO_CONTENT:
        raise Unreadable
    return said


def no_answer(error: Exception) -> Busy:
    """Return what it means that `error` came instead of a response."""
    reason = {"reason": type(error).__name__}
    return Busy(Sentence(gettext_noop("no answer ({reason})"), reason))


def unknown_person(program: str) -> Sentence:
    """Return why nobody can be removed from a list whose address and id are both unknown."""
    text = gettext_noop("Neither the address nor the id of this person in %(program)s is known.")
    return Sentence(text, {"program": program})


def id_of(given: Any, form: re.Pattern[str] = ID) -> str:
    """Return an id of the program as text; raises Unreadable for None, Refused for what is none."""
    if given is None:
        raise Unreadable
    name = str(given) if isinstance(given, int | str) else ""
    if isinstance(given, bool) or not form.fullmatch(name):
        raise Refused(HTTPStatus.OK, "its id of this person is not valid")
    return name


def _object(answer: urllib3.BaseHTTPResponse) -> dict[str, Any] | None:
    """Return the JSON object in the body; None where there is none, or something else."""
    body = answer.read(MOST_BYTES + 1, decode_content=True)
    if len(body) > MOST_BYTES:
        answer.close()
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _refusal(answer: urllib3.BaseHTTPResponse, said: Mapping[str, Any]) -> Exception:
    """Return what a status that is no success means: Busy and Stopped for more than one request."""
    status, text = answer.status, _text(said)
    refused = Refused(status, text, str(said.get("code", "")))
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Busy(str(refused), _wait(answer.headers.get("Retry-After", "")))
    if status in OF_THE_KEY or status < HTTPStatus.BAD_REQUEST:
        return Stopped(str(refused))
    return refused


def _wait(said: str) -> timedelta | None:
    """Return for how long `Retry-After` says to wait: seconds, or until a time (RFC 9110)."""
    if said.isascii() and said.isdigit():
        # A day is more than anybody waits; a text of many digits is a very long time.
        return timedelta(seconds=min(int(said[:9]), 86_400))
    try:
        until = parsedate_to_datetime(said)
        return max(until.replace(tzinfo=until.tzinfo or UTC) - now(), timedelta())
    except (ValueError, OverflowError):
        # No time, or none of a calendar.
        return None


def _text(said: Mapping[str, Any]) -> str:
    """Return what a refusal says, as one or another of the programs writes it."""
    found = [one for one in _texts(said) if isinstance(one, str) and one]
    return ": ".join(dict.fromkeys(found))


def _texts(said: Mapping[str, Any]) -> Iterator[Any]:
    yield from (said.get(name) for name in ("message", "title", "detail"))
    errors = said.get("errors")
    for one in errors if isinstance(errors, list) else []:
        if isinstance(one, dict):
            yield from (one.get(name) for name in ("message", "detail"))
