"""One request after the other to a program's JSON API, and what its refusals mean for a sync."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from campaigns.syncs.remote import Access, Busy, Stopped
from customers.clock import now

LONGEST_TEXT = 300
# What they say of the key, and of whoever has it.
OF_THE_KEY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Refused(Exception):
    """The program takes this one thing not; its text says why. `code` is its own word for it."""

    def __init__(self, status: int, said: str, code: str = "") -> None:
        super().__init__(said)
        self.status, self.code = status, code


class JsonApi:
    """The API of one program at `host`, with its key in `headers` or `auth`.

    Redirects are not followed: the key goes to nobody else.
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
        self._session = requests.Session()
        self._session.headers.update(headers or {})
        self._session.auth = auth

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the object that is answered; {} for another body.

        Raises Refused for what is wrong with this request alone, Busy where it is to be made again
        later, Stopped where the key is not taken, and what the caller's `beat` raises.
        """
        seconds = self._access.beat()
        try:
            answer = self._session.request(
                method, self._host + path, json=body, timeout=seconds, allow_redirects=False
            )
        except requests.RequestException as error:
            raise Busy(f"no answer ({type(error).__name__})") from error
        said = _object(answer)
        if answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return said
        check_status(answer.status_code, answer.headers, _text(said))
        raise Refused(answer.status_code, _text(said), str(said.get("code", "")))


def check_status(status: int, headers: Mapping[str, str], said: str) -> None:
    """Raise Busy or Stopped for a status that is about more than one request."""
    shown = f"{status} {said}".strip()
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Busy(shown, _wait(headers.get("Retry-After", "")))
    if status in OF_THE_KEY or 300 <= status < 400:
        raise Stopped(shown)


def _wait(said: str) -> timedelta | None:
    """Return for how long `Retry-After` says to wait: seconds, or until a time (RFC 9110)."""
    if said.isascii() and said.isdigit():
        # A day is more than anybody waits; a text of many digits is a very long time.
        return timedelta(seconds=min(int(said[:9]), 86_400))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now(), timedelta())


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any]) -> str:
    """Return what a refusal says, as the two programs write it."""
    errors = said.get("errors")
    parts = [said.get("message"), said.get("title"), said.get("detail")]
    if isinstance(errors, list):
        parts += [one.get("message") for one in errors if isinstance(one, dict)]
    return ": ".join(one for one in parts if isinstance(one, str) and one)[:LONGEST_TEXT]
