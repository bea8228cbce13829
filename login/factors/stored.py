"""The second factors that a user has and needs; adding and removing them."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from core.audit import AuditAction
from core.clock import now
from login.audit import note_factor
from login.models import Factor, FactorKind

# A recovery code alone is none: it stands in for one of these.
REAL = (FactorKind.TOTP, FactorKind.PASSKEY)


def factors_of(user: User) -> QuerySet[Factor]:
    """Return the authenticator app and the passkeys of `user`."""
    return Factor.objects.filter(user=user, kind__in=REAL)


def has_factor(user: User) -> bool:
    """Return whether `user` has a second factor."""
    return factors_of(user).exists()


def are_needed() -> bool:
    """Return whether anybody needs a second factor."""
    return bool(settings.SECOND_FACTOR != "optional")


def needs_factor(user: User) -> bool:
    """Return whether `user` may log in with a password only beside a second factor."""
    if settings.SECOND_FACTOR == "required":
        return True
    return settings.SECOND_FACTOR == "superusers" and user.is_superuser


def may_use_password(user: User) -> bool:
    """Return whether `user` may log in with a password.

    With `SSO_ONLY`, whatever `SECOND_FACTOR` is, only a superuser who has a second factor already
    may.
    """
    return not settings.SSO_ONLY or (user.is_superuser and has_factor(user))


def add_factor(user: User, kind: str, secret: str, **values: object) -> Factor:
    """Store a factor that `user` has just proved to have."""
    with transaction.atomic():
        factor = Factor.objects.create(
            user=user, kind=kind, secret=secret, created_at=now(), **values
        )
        note_factor(user, user, AuditAction.CREATED, kind)
    return factor


def remove_factor(factor: Factor, author: User) -> bool:
    """Remove `factor`; return False for the last one that a user needs beside a password.

    With the last one the recovery codes go.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=factor.user_id)
        is_last = not factors_of(user).exclude(pk=factor.pk).exists()
        if is_last and needs_factor(user) and may_use_password(user):
            return False
        deleted, _rows = factors_of(user).filter(pk=factor.pk).delete()
        if deleted:
            note_factor(user, author, AuditAction.DELETED, factor.kind)
        if is_last:
            Factor.objects.filter(user=user).delete()
    return True


@transaction.atomic
def reset_factors(user: User) -> int:
    """Remove every factor and recovery code of `user`, for the command line; return how many."""
    kinds = list(Factor.objects.filter(user=user).values_list("kind", flat=True))
    Factor.objects.filter(user=user).delete()
    for kind in sorted(set(kinds)):
        note_factor(user, None, AuditAction.DELETED, kind, means="reset_factors")
    return len(kinds)
