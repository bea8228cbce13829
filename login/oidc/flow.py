"""One log-in by OpenID Connect: the request to the provider, and the claims of its answer."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest
from django.urls import reverse

from core.clock import now
from login.accounts.person import ProviderPerson
from login.oidc.id_token import TOLERANCE_SECONDS, Expected, checked_claims
from login.oidc.provider import discover
from login.refusals import LoginRefused

# The key in the session of the open requests to the provider, by their `state`.
REQUESTS = "login.oidc"
MOST_REQUESTS = 5
VALID = timedelta(minutes=10)


def address_of_provider(request: HttpRequest, wanted: str, confirms: int | None) -> str:
    """Return where the browser goes to log in; note state, nonce and verifier in the session.

    `confirms` is the key of a user who is in and has to prove it again; None for a log-in.
    Raises ProviderAway and LoginRefused.
    """
    provider = discover()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _each in range(3))
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    waiting = dict(request.session.get(REQUESTS, {}))
    while len(waiting) >= MOST_REQUESTS:
        del waiting[min(waiting, key=lambda one: waiting[one]["at"])]
    waiting[state] = {
        "nonce": nonce,
        "verifier": verifier,
        "next": wanted,
        "confirms": confirms,
        "at": now().timestamp(),
    }
    request.session[REQUESTS] = waiting
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": _callback(request),
        "scope": settings.OIDC_SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    if confirms is not None:
        query |= {"prompt": "login", "max_age": "0"}
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return f"{provider.authorization_endpoint}{joint}{urlencode(query)}"


def take_request(request: HttpRequest) -> dict[str, Any]:
    """Return the data of the log-in request that the provider answers, and remove it.

    Each request is answered once. Raises LoginRefused for an answer to no request of this browser,
    and for one that is too late.
    """
    waiting = dict(request.session.get(REQUESTS, {}))
    asked: dict[str, Any] | None = waiting.pop(request.GET.get("state", ""), None)
    if asked is not None:
        request.session[REQUESTS] = waiting
        # Now: Django does not save the session of an answer such as 503.
        try:
            request.session.save()
        except UpdateError as error:
            raise LoginRefused("the session has ended meanwhile") from error
    if asked is None or now() - _instant(asked["at"]) > VALID:
        raise LoginRefused("state")
    return asked


def person_of_answer(request: HttpRequest, asked: Mapping[str, Any]) -> ProviderPerson:
    """Return who the provider says is at the browser; raises LoginRefused and ProviderAway."""
    if "error" in request.GET:
        raise LoginRefused(f"the provider answers {request.GET['error'][:50]!r}")
    code = request.GET.get("code", "")
    if not code:
        raise LoginRefused("there is no code")
    provider = discover()
    if request.GET.get("iss", provider.issuer) != provider.issuer:
        raise LoginRefused("iss of the answer")  # RFC 9207
    tokens = provider.tokens(code, asked["verifier"], _callback(request))
    requested_at, at = _instant(asked["at"]), now()
    expected = Expected(provider.issuer, settings.OIDC_CLIENT_ID, asked["nonce"], requested_at, at)
    claims = checked_claims(tokens.get("id_token"), provider.keys(), expected)
    if asked["confirms"] is not None:
        _check_confirmed(claims, requested_at)
    more = provider.userinfo(tokens.get("access_token"))
    if more is None:
        more = {}
    elif more.get("sub") != claims["sub"]:
        raise LoginRefused("sub of the user info", claims["sub"])
    if "email" not in claims:
        # An e-mail and that it is verified come from one place.
        claims.pop("email_verified", None)
    else:
        more.pop("email_verified", None)
    return ProviderPerson.of_claims(provider.issuer, {**more, **claims})


def _check_confirmed(claims: Mapping[str, Any], requested_at: datetime) -> None:
    """Refuse an answer by which the person was not asked again."""
    at = claims.get("auth_time")
    if not isinstance(at, int) or at < requested_at.timestamp() - TOLERANCE_SECONDS:
        raise LoginRefused("ID token: auth_time", claims["sub"])


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("login:oidc-callback", args=[settings.OIDC_ID]))


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=now().tzinfo)
