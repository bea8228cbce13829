"""Requests to a shop's API: bounded in time, patient with a busy server, to a checked address."""

import http.client
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, BinaryIO, TypeVar
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from django.utils.translation import gettext_noop as _

from core.text.sentences import ReasonedError, Sentence
from integrations.shops.apis.http_headers import ShopClock, retry_after, whole_number
from segments.webhooks.addresses import ForbiddenAddress, checked_url, resolve_host
from segments.webhooks.sending import open_http_response, port_of

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

SECONDS = 30
DOWNLOAD_SECONDS = 3_600
CHUNK = 1 << 16
TRIES = 8
LONGEST_PAUSE = 60
# A server that asks for a longer pause is asked again after that.
LONGEST_RETRY_AFTER = 300
MOST_BYTES = 256 * 2**20
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
KEY_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
LOCAL_NAME = "localhost"
RESULT = Sentence(_("the file with the result"), {})


class ApiFailure(ReasonedError):
    """Why a shop's API gives no answer, in a sentence without any credential."""


class NotFound(ApiFailure):
    """The shop has nothing at this path."""


class BadRequest(ApiFailure):
    """The shop does not understand a request (HTTP 400), as for a page behind the last one."""


class TryLater(Exception):
    """An answer that another try may better; `seconds` is the pause that the server asks for."""

    def __init__(self, reason: Sentence | str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.seconds = reason, seconds


class _Progress(Exception):
    """A download broke off behind the byte that it had reached before."""


@dataclass(frozen=True)
class Answer:
    """The JSON of a response, numbers with a fraction as texts, and its headers in lower case."""

    data: Any
    headers: Mapping[str, str]

    def number(self, header: str) -> int:
        """Return the number in a header; 0 where it has none."""
        return whole_number(self.headers.get(header.lower(), ""))


@dataclass(frozen=True)
class Access:
    """Where an API is and with which headers it is asked.

    `url_setting` and `key_setting` name the settings in messages, `scopes` says what the key needs.
    """

    url: str
    headers: Mapping[str, str]
    url_setting: str
    key_setting: str
    scopes: Sentence
    clock: ShopClock = field(default_factory=ShopClock)


class ApiClient:
    """Asks the API of one shop, one request after the other."""

    def __init__(self, access: Access) -> None:
        # http.client would quote such a header in its error.
        if not all(one.isascii() and one.isprintable() for one in access.headers.values()):
            text = _("{settings}: contains a character that keys cannot have, such as a line break")
            raise ApiFailure(text, settings=access.key_setting)
        self._access, self.clock = access, access.clock
        self._base = access.url.rstrip("/")

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the answer to a GET request for a path below the address of the shop.

        Raises NotFound, and ApiFailure where the key is refused or eight tries have failed.
        """
        url = f"{self._base}{path}?{urlencode(query)}"
        return self._retry(path, lambda: self._request("GET", url, path, None))

    def post(self, path: str, body: Any, read: Callable[[Any], Result]) -> Result:
        """Send a POST request with a JSON body, and return what `read` makes of the response.

        `read` raises TryLater for a response that calls for a retry. Raises the errors of `get`.
        """
        content = json.dumps(body).encode()
        url = f"{self._base}{path}"
        return self._retry(path, lambda: read(self._request("POST", url, path, content).data))

    def download(self, url: str, target: BinaryIO, is_whole: Callable[[BinaryIO], bool]) -> None:
        """Write the file at `url` to `target`, which is empty; the key is not sent there.

        A download that breaks off, or whose file is not whole, is continued where it ended, or
        begins again where the server knows no ranges. `is_whole` leaves the position at the end.
        Raises NotFound where there is no file any more, and ApiFailure after eight tries in a row
        without one more byte.
        """
        name = RESULT
        while True:
            reached = target.tell()
            try:
                self._retry(name, partial(self._continue_download, url, target, is_whole, reached))
            except _Progress:
                pause(1)
            else:
                return

    def _continue_download(
        self, url: str, target: BinaryIO, is_whole: Callable[[BinaryIO], bool], reached: int
    ) -> None:
        """Write the rest of a file. Raises TryLater, and _Progress where it is longer by then."""
        try:
            self._download(url, target)
            if not is_whole(target):
                raise TryLater(Sentence(_("the file ends too early"), {}))
        except TryLater:
            if target.tell() > reached:
                raise _Progress from None
            raise

    def _download(self, url: str, target: BinaryIO) -> None:
        at = target.tell()
        headers = {"Range": f"bytes={at}-"} if at else {}
        with self._open_response("GET", url, None, headers, DOWNLOAD_SECONDS) as response:
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and at:
                return
            if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                if _is_busy(response.status):
                    raise _busy(response)
                message = _("{path}: the shop answers with HTTP {status}")
                raise NotFound(message, path=RESULT, status=response.status)
            content_range = response.headers.get("Content-Range", "")
            is_rest = content_range.startswith(f"bytes {at}-")
            if at and not (response.status == HTTPStatus.PARTIAL_CONTENT and is_rest):
                target.seek(0)
                target.truncate()
            while chunk := response.read1(CHUNK):
                target.write(chunk)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)

    def _retry(self, path: Sentence | str, ask: Callable[[], Result]) -> Result:
        """Return what `ask` returns. Raises ApiFailure where eight tries have failed."""
        reason: Sentence | str = ""
        for number in range(TRIES):
            try:
                return ask()
            except TryLater as error:
                reason = error.reason
                if number + 1 < TRIES:
                    seconds = min(2**number, LONGEST_PAUSE)
                    if error.seconds is not None:
                        seconds = min(error.seconds, LONGEST_RETRY_AFTER)
                    logger.info("%s: %s; again in %.0f s", path, reason, seconds)
                    pause(seconds)
        message = _("{path}: {tries} tries have failed, the last with: {reason}")
        raise ApiFailure(message, path=path, tries=TRIES, reason=reason)

    def _request(self, method: str, url: str, path: str, body: bytes | None) -> Answer:
        for _number in range(MOST_REDIRECTS + 1):
            answer, location = self._ask(method, url, path, body)
            if answer is not None:
                return answer
            target = urljoin(url, location)
            if not _is_same_host(urlsplit(url), target):
                break
            url = target
        message = _(
            "{setting}: the shop redirects elsewhere; name the address that it redirects to"
        )
        raise ApiFailure(message, setting=self._access.url_setting)

    def _ask(
        self, method: str, url: str, path: str, body: bytes | None
    ) -> tuple[Answer | None, str]:
        """Return the answer, or None and where the shop redirects to."""
        headers = {"Accept": "application/json", **self._access.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with self._open_response(method, url, body, headers, SECONDS) as response:
            self.clock.note(response.headers.get("Date", ""), response.headers.get("Age", ""))
            if response.status in REDIRECTS:
                return None, response.headers.get("Location", "")
            content = response.read(MOST_BYTES + 1)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return self._read(response, content, path), ""

    @contextmanager
    def _open_response(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> Iterator[http.client.HTTPResponse]:
        """Yield the response to a request that may take `seconds`, 30 of them without a byte.

        Raises TryLater for a broken connection, in the block too, and ApiFailure.
        """
        try:
            parts, addresses = _check_address(url)
        except ForbiddenAddress as error:
            setting = self._access.url_setting
            raise ApiFailure("{setting}: {reason}", setting=setting, reason=error.reason) from None
        except OSError as error:
            reason = _("the name of the shop cannot be looked up ({reason})")
            said = {"reason": str(error.strerror or error)}
            raise TryLater(Sentence(reason, said)) from None
        headers = {"Accept-Encoding": "identity", "User-Agent": "Tranche", **headers}
        deadline = time.monotonic() + seconds
        try:
            with open_http_response(
                parts, addresses, deadline, method, body, headers, SECONDS
            ) as response:
                yield response
        except ssl.SSLCertVerificationError as error:
            message = _("{setting}: the certificate of the shop is not valid: {reason}")
            setting = self._access.url_setting
            raise ApiFailure(message, setting=setting, reason=error.verify_message) from None
        except (UnicodeError, http.client.InvalidURL):
            message = _(
                "{setting}: the path of the address may only have ASCII characters, without blanks"
            )
            raise ApiFailure(message, setting=self._access.url_setting) from None
        except TimeoutError:
            text = _("no answer within {count} s")
            raise TryLater(Sentence(text, {"count": SECONDS})) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            text = _("a broken connection ({reason})")
            raise TryLater(Sentence(text, {"reason": reason})) from None

    def _read(self, response: http.client.HTTPResponse, body: bytes, path: str) -> Answer:
        status = response.status
        if status in KEY_REFUSED:
            message = _(
                "{settings}: the shop refuses the key for {path} (HTTP {status}); it needs {scopes}"
            )
            access = self._access
            raise ApiFailure(
                message,
                settings=access.key_setting,
                path=path,
                status=status,
                scopes=access.scopes,
            )
        if status == HTTPStatus.NOT_FOUND:
            message = _("{setting}: the shop has no {path} (HTTP 404)")
            raise NotFound(message, setting=self._access.url_setting, path=path)
        if _is_busy(status):
            raise _busy(response)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            message = _("{path}: the shop answers with HTTP {status}")
            failure = BadRequest if status == HTTPStatus.BAD_REQUEST else ApiFailure
            raise failure(message, path=path, status=status)
        if len(body) > MOST_BYTES:
            raise ApiFailure(_("{path}: the answer is too long"), path=path)
        try:
            data = json.loads(body, parse_float=str)
        except (ValueError, RecursionError):
            raise TryLater(Sentence(_("an answer that is not JSON"), {})) from None
        return Answer(data, {name.lower(): value for name, value in response.headers.items()})


def _is_busy(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _busy(response: http.client.HTTPResponse) -> TryLater:
    """Return the wish for another try after 429 or a 5xx; of a 500 `Retry-After` means nothing."""
    status = response.status
    waits = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    asked = retry_after(response.headers.get("Retry-After", "")) if waits else None
    return TryLater(f"HTTP {status}", asked)


def pause(seconds: float) -> None:
    """Wait before the next try."""
    time.sleep(seconds)


def _check_address(url: str) -> tuple[SplitResult, list[str]]:
    """Return the parts of an address and where its name leads to.

    Raises ForbiddenAddress where nothing may be sent to the address: a private network that
    `WEBHOOK_NETWORKS` does not name, or `http:` to another machine; OSError for unknown names.
    """
    try:
        parts = urlsplit(url)
        host, is_plain = parts.hostname or "", parts.scheme == "http"
        if not is_plain:
            parts = checked_url(url)
            return parts, resolve_host(host, port_of(parts))
        if parts.username is not None:
            raise ForbiddenAddress(_("Write no user name or password into the address."))
        is_loopback = host == LOCAL_NAME or ip_address(host).is_loopback
    except ForbiddenAddress:
        raise
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ForbiddenAddress(_("The address must begin with https://."))
    return parts, ["127.0.0.1" if host == LOCAL_NAME else host]


def _is_same_host(parts: SplitResult, target: str) -> bool:
    other = urlsplit(target)
    return (parts.scheme, parts.netloc) == (other.scheme, other.netloc)
