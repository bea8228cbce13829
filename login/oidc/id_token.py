"""The check of an ID token: signature by the provider's keys, issuer, audience, times, nonce.

OpenID Connect Core 1.0, 3.1.3.7, without its exceptions: that a token came over TLS from the token
endpoint replaces nothing. Each problem raises LoginRefused with a reason that quotes no token.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils.crypto import constant_time_compare

from login.accounts.person import is_subject
from login.refusals import LoginRefused

# Algorithm: the type of key that it needs. Neither "none" nor HMAC.
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
LEAST_RSA_BITS = 2048
TOLERANCE_SECONDS = 60


@dataclass(frozen=True)
class Expected:
    """The values that a token must have for the request that it answers; instants are aware."""

    issuer: str
    client: str
    nonce: str
    requested_at: datetime
    at: datetime


def checked_claims(
    token: Any, keys: Sequence[Mapping[str, Any]], expected: Expected
) -> dict[str, Any]:
    """Return the claims of `token` after all checks; raises LoginRefused where one fails."""
    if not isinstance(token, str) or not token.isascii():
        raise LoginRefused("there is no ID token")
    claims = _signed_claims(token, keys)
    subject = claims.get("sub")
    if not is_subject(subject):
        raise LoginRefused("ID token: sub")
    if claims.get("iss") != expected.issuer:
        raise LoginRefused("ID token: iss", subject)
    _check_audience(claims, expected.client, subject)
    _check_times(claims, expected, subject)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce.isascii():
        raise LoginRefused("ID token: nonce", subject)
    if not constant_time_compare(nonce, expected.nonce):
        raise LoginRefused("ID token: nonce", subject)
    return claims


def _signed_claims(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise LoginRefused("ID token: it cannot be read") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or "crit" in header:
        raise LoginRefused("ID token: alg")
    options: Any = {f"verify_{one}": False for one in ("exp", "nbf", "iat", "aud", "iss", "sub")}
    options |= {"verify_jti": False, "verify_signature": True}
    for key in _fitting(keys, algorithm, header.get("kid")):
        try:
            found: dict[str, Any] = jwt.decode(token, key, [algorithm], options=options)
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError:
            raise LoginRefused("ID token: it cannot be read") from None
        return found
    raise LoginRefused("ID token: no key of the provider has signed it")


def _fitting(keys: Sequence[Mapping[str, Any]], algorithm: str, kid: Any) -> Iterator[Any]:
    """Yield the public keys that may have signed: of the type, for signatures, with that id."""
    for one in keys:
        if one.get("kty") != ALGORITHMS[algorithm] or one.get("use", "sig") != "sig":
            continue
        if one.get("alg", algorithm) != algorithm or (kid is not None and one.get("kid") != kid):
            continue
        try:
            key = jwt.PyJWK(dict(one), algorithm).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA_BITS:
            yield key
        if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1":
            yield key


def _check_audience(claims: Mapping[str, Any], client: str, subject: str) -> None:
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if client not in several:
        raise LoginRefused("ID token: aud", subject)
    # With several recipients, `azp` names the one that asked for the token: it must be this client.
    if (len(several) > 1 or "azp" in claims) and claims.get("azp") != client:
        raise LoginRefused("ID token: azp", subject)


def _check_times(claims: Mapping[str, Any], expected: Expected, subject: str) -> None:
    at, requested_at = expected.at.timestamp(), expected.requested_at.timestamp()
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    if expires is None or at >= expires + TOLERANCE_SECONDS:
        raise LoginRefused("ID token: exp", subject)
    # An answer is made after its request, and not in the future.
    if issued is None or not (requested_at - TOLERANCE_SECONDS <= issued <= at + TOLERANCE_SECONDS):
        raise LoginRefused("ID token: iat", subject)
    if "nbf" in claims:
        begins = _instant(claims, "nbf")
        if begins is None or begins > at + TOLERANCE_SECONDS:
            raise LoginRefused("ID token: nbf", subject)


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None
