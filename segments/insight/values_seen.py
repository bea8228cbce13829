"""Decides which of a customer's values an explanation shows to a user."""

from django.contrib.auth.models import AnonymousUser, User

from conditions.reason_text import Sees
from core.access.personal import PERMISSION


def values_seen_by(user: User | AnonymousUser) -> Sees:
    """Return the predicate whether `user` may see an attribute's values or a relation's rows.

    They are personal data; some attributes and relations need a further permission.
    """
    is_personal_seen = user.has_perm(PERMISSION)
    return lambda asked: is_personal_seen and (asked is None or user.has_perms(asked.permissions))
