"""Ten codes for users who lost their other factors: shown once, hashed, each used once."""

import base64
import hashlib
import secrets

from django.contrib.auth.models import User
from django.db import transaction

from core.audit import AuditAction
from core.clock import now
from login.audit import note_factor
from login.models import Factor, FactorKind

COUNT = 10
# 80 bits cannot be guessed, so that a plain hash is enough.
CODE_BYTES = 10
GROUP = 4


@transaction.atomic
def new_codes(user: User) -> list[str]:
    """Return ten new codes, of which only hashes are stored; former codes are worth nothing."""
    User.objects.select_for_update().get(pk=user.pk)
    Factor.objects.filter(user=user, kind=FactorKind.RECOVERY).delete()
    codes = [_new_code() for _each in range(COUNT)]
    at = now()
    Factor.objects.bulk_create(
        Factor(user=user, kind=FactorKind.RECOVERY, secret=_hash_of(user, code), created_at=at)
        for code in codes
    )
    note_factor(user, user, AuditAction.CREATED, FactorKind.RECOVERY)
    return codes


def count_codes(user: User) -> int:
    """Return how many codes of `user` are unused."""
    return Factor.objects.filter(user=user, kind=FactorKind.RECOVERY).count()


def take_recovery_code(user: User, code: str) -> bool:
    """Return whether `code` is an unused one of the user's; it is used now."""
    hashed = _hash_of(user, code)
    unused = Factor.objects.filter(user=user, kind=FactorKind.RECOVERY, secret=hashed)
    deleted, _rows = unused.delete()
    return deleted > 0


def _new_code() -> str:
    text = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def _hash_of(user: User, code: str) -> str:
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(f"{user.pk}:{plain}".encode(errors="surrogatepass")).hexdigest()
