"""Passkeys (WebAuthn) by the package fido2: added and asked for, always with user verification."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpRequest
from django.http.request import validate_host

from core.clock import now
from login.factors.stored import add_factor
from login.models import Factor, FactorKind

# In the session: the challenge that a browser has to answer, once.
CHALLENGE = "login.passkey"
ISSUER = "Tranche"


def begin_adding(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return the options by which the browser makes a passkey for `user`, as JSON values."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement
    from fido2.webauthn import UserVerificationRequirement as Verification

    entity = PublicKeyCredentialUserEntity(
        id=_handle_of(user), name=user.get_username(), display_name=user.get_username()
    )
    options, state = _server(request).register_begin(
        entity,
        credentials=_credentials(Factor.objects.filter(user=user, kind=FactorKind.PASSKEY)),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=Verification.REQUIRED,
    )
    request.session[CHALLENGE] = _plain(state)
    return dict(options)


def finish_adding(
    request: HttpRequest, user: User, answer: Mapping[str, Any], name: str
) -> Factor | None:
    """Store the passkey that the browser made; return None for an answer that is not right."""
    state = request.session.pop(CHALLENGE, None)
    if state is None:
        return None
    try:
        data = _server(request).register_complete(state, answer).credential_data
        assert data is not None
        return add_factor(
            user,
            FactorKind.PASSKEY,
            _text(bytes(data)),
            name=name[:100],
            credential=_text(data.credential_id),
        )
    # An answer may be anything.
    except (ValueError, TypeError, KeyError, AttributeError, IntegrityError):
        return None


def begin_asking(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """Return the WebAuthn options for a log-in with a passkey of `user` (None: of any user).

    Stores the challenge in the session.
    """
    from fido2.webauthn import UserVerificationRequirement as Verification

    rows = Factor.objects.filter(user=user, kind=FactorKind.PASSKEY) if user else []
    options, state = _server(request).authenticate_begin(
        _credentials(rows) or None, user_verification=Verification.REQUIRED
    )
    request.session[CHALLENGE] = _plain(state)
    return dict(options)


def finish_asking(
    request: HttpRequest, user: User | None, answer: Mapping[str, Any]
) -> Factor | None:
    """Return the passkey, of `user` or of anybody, that signed the challenge; None for no such.

    A passkey whose counter does not go on was copied: it is not taken.
    """
    from fido2.webauthn import AuthenticationResponse

    state = request.session.pop(CHALLENGE, None)
    if state is None:
        return None
    try:
        said = AuthenticationResponse.from_dict(answer)
        rows = Factor.objects.filter(kind=FactorKind.PASSKEY, credential=_text(said.raw_id))
        factor = rows.select_related("user").first()
        if factor is None or (user is not None and factor.user_id != user.pk):
            return None
        _server(request).authenticate_complete(state, _credentials([factor]), said)
        counter = said.response.authenticator_data.counter
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if (counter or factor.counter) and counter <= factor.counter:
        return None
    unmoved = Factor.objects.filter(pk=factor.pk, counter=factor.counter)
    return factor if unmoved.update(counter=counter, used_at=now()) else None


def _server(request: HttpRequest) -> Any:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    host = request.get_host().rpartition("@")[2]
    name = host.partition(":")[0] if not host.startswith("[") else host
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=name, name=ISSUER),
        verify_origin=lambda origin: _is_own(origin, name),
    )


def _is_own(origin: str, host: str) -> bool:
    """Return whether `origin` is a page of `host` itself, which is a configured one.

    By default the package takes pages of hosts below it, too.
    """
    parts = urlsplit(origin)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host == "localhost")
    return is_safe and parts.hostname == host and validate_host(host, settings.ALLOWED_HOSTS)


def _credentials(rows: Any) -> list[Any]:
    from fido2.webauthn import AttestedCredentialData

    return [AttestedCredentialData(urlsafe_b64decode(row.secret)) for row in rows]


def _handle_of(user: User) -> bytes:
    return f"user-{user.pk}".encode()


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()


def _plain(state: Mapping[str, Any]) -> dict[str, str]:
    """Return the state as text alone, as a session stores it."""
    return {name: str(getattr(value, "value", value)) for name, value in state.items()}
