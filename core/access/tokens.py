"""Creates, finds and revokes API tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from core.access.api_token import ApiToken
from core.access.websites import TokenWebsite, token_has_limit, user_has_limit
from core.audit import AuditAction, AuditSubject, record
from core.clock import now
from core.database.idle_timeouts import fail_if_locked
from core.database.prepared import rows_by_key

# 256 random bits cannot be guessed, so that an unsalted hash is enough.
KEY_BYTES = 32
BEGINNING = 8
USED_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class NewToken:
    """A new token with its key, which cannot be read again later."""

    token: ApiToken
    key: str


@transaction.atomic
def create_token(
    user: User,
    *,
    author: User | None,
    name: str = "",
    expires_at: datetime | None = None,
    permissions: Iterable[Permission] = (),
    websites: Iterable[Any] = (),
) -> NewToken:
    """Return a new token of `user`, created by `author` (None: the command line).

    The token is limited to `permissions` and `websites`; where these are empty, it has all of the
    user's.
    """
    key = secrets.token_urlsafe(KEY_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        key_hash=hash_of(key),
        beginning=key[:BEGINNING],
        created_at=now(),
        expires_at=expires_at,
    )
    limits = list(permissions)
    token.permissions.set(limits)
    named = list(websites)
    TokenWebsite.objects.bulk_create(TokenWebsite(token=token, website=one) for one in named)
    after = {
        "user": user.get_username(),
        "name": name,
        "expires_at": expires_at.isoformat() if expires_at else None,
        "permissions": sorted(codename(one) for one in limits),
        "websites": sorted(one.code for one in named),
    }
    record(author, AuditAction.CREATED, AuditSubject.TOKEN, token.beginning, after=after)
    return NewToken(token, key)


@transaction.atomic
def revoke_token(token: ApiToken, *, author: User | None) -> None:
    """Revoke `token` at once; a token that is revoked already stays as it is."""
    at = now()
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        before, after = {"revoked_at": None}, {"revoked_at": at.isoformat()}
        record(
            author,
            AuditAction.CHANGED,
            AuditSubject.TOKEN,
            token.beginning,
            before=before,
            after=after,
        )


def token_with(key: str) -> ApiToken | None:
    """Return the valid token with this key and note its use; None where there is none."""
    at = now()
    found = rows_by_key("token with key", ApiToken.objects.db, _with_hash, hash_of(key))
    token: ApiToken | None = next(iter(found), None)
    if token is None or token.revoked_at is not None or not token.user.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= at:
        return None
    if token.last_used_at is None or token.last_used_at < at - USED_AGAIN_AFTER:
        _note_use(token, at)
    return token


def limits_of(token: ApiToken) -> list[Permission]:
    """Return the permissions to which `token` is limited; an empty list where it is not limited."""
    return rows_by_key("limits of token", ApiToken.objects.db, _limits, token.pk)


def _with_hash(key_hash: str) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.filter(key_hash=key_hash).select_related("user")
    return rows.annotate(user_limit=user_has_limit("user"), token_limit=token_has_limit("pk"))


def _limits(token: int) -> QuerySet[Permission]:
    return Permission.objects.filter(apitoken=token).select_related("content_type")


def _note_use(token: ApiToken, at: datetime) -> None:
    try:
        with fail_if_locked():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    except OperationalError:
        # A request must not wait for another writer, such as an import; the next one notes the use.
        pass


def hash_of(key: str) -> str:
    """Return the stored hash of a key: SHA-256 in 64 hexadecimal digits."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def codename(permission: Permission) -> str:
    """Return the full name of a permission, such as `segments.view_members`."""
    return f"{permission.content_type.app_label}.{permission.codename}"
