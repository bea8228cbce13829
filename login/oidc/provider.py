"""Requests to the OpenID provider for endpoints, keys, tokens and user info; each within 5 s."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from django.conf import settings

from login.provider_requests import fetch_from_provider, is_visible
from login.refusals import LoginRefused, ProviderAway

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Provider:
    """The addresses of an OpenID provider, from its configuration document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    posts_secret: bool

    def keys(self) -> list[dict[str, Any]]:
        """Return the current public keys, read at each log-in so that a revoked key is not used.

        Raises ProviderAway where the provider does not answer with keys.
        """
        keys = _found(self.jwks_uri).get("keys")
        if not isinstance(keys, list):
            raise ProviderAway("its keys are no list")
        return [key for key in keys if isinstance(key, dict)]

    def tokens(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """Return the response of the token endpoint to `code`.

        Raises LoginRefused where the endpoint refuses (4xx), and ProviderAway for other failures.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        client, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
        if self.posts_secret:
            form |= {"client_id": client, "client_secret": secret}
        else:
            # RFC 6749, 2.3.1: both are encoded as in a form first.
            pair = f"{quote_plus(client)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        body = urlencode(form).encode()
        status, content = fetch_from_provider("POST", self.token_endpoint, body, headers)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise LoginRefused(f"the token endpoint answers {status}")
        return _json(status, content)

    def userinfo(self, access_token: Any) -> dict[str, Any] | None:
        """Return the provider's user info; None where the provider has no such endpoint.

        Raises LoginRefused for an invalid access token, ProviderAway where the request fails.
        """
        if not self.userinfo_endpoint:
            return None
        if not isinstance(access_token, str) or not is_visible(access_token):
            raise LoginRefused("there is no access token for the user info")
        headers = {"Authorization": f"Bearer {access_token}"}
        return _json(*fetch_from_provider("GET", self.userinfo_endpoint, None, headers))


def discover() -> Provider:
    """Return the provider that `settings.OIDC_SERVER_URL` names, as it describes itself.

    Raises ProviderAway; LoginRefused where the description is another issuer's.
    """
    server = settings.OIDC_SERVER_URL.removesuffix(WELL_KNOWN)
    said = _found(server.rstrip("/") + WELL_KNOWN)
    issuer = said.get("issuer")
    if not isinstance(issuer, str) or issuer.rstrip("/") != server.rstrip("/"):
        raise LoginRefused("the issuer of the configuration is not OIDC_SERVER_URL")
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        issuer,
        _read_endpoint(said, "authorization_endpoint"),
        _read_endpoint(said, "token_endpoint"),
        _read_endpoint(said, "jwks_uri"),
        _read_endpoint(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else "",
        posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
    )


def _read_endpoint(said: Mapping[str, Any], name: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not _is_address(address):
        raise ProviderAway(f"its configuration has no usable {name}")
    return address


def _is_address(address: str) -> bool:
    """Return whether `address` may be asked: HTTPS, as long as the server itself is."""
    schemes = {"https", urlsplit(settings.OIDC_SERVER_URL).scheme} & {"https", "http"}
    try:
        parts = urlsplit(address)
        return is_visible(address) and parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        return False


def _found(address: str) -> dict[str, Any]:
    return _json(*fetch_from_provider("GET", address, None, {}))


def _json(status: int, content: bytes) -> dict[str, Any]:
    if status != HTTPStatus.OK:
        raise ProviderAway(f"it answers {status}")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ProviderAway("its answer is no JSON object")
    return said
