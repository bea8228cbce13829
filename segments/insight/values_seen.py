"""Which of a customer's values an explanation shows to whom."""

from django.contrib.auth.models import AnonymousUser, User

from conditions.because import Sees
from core.access.personal import PERMISSION


def values_seen_by(user: User | AnonymousUser) -> Sees:
    """Return what says whether `user` may see the values of an attribute, or figures of a relation.

    They are personal data; some need a permission more. None: of a group.
    """
    is_personal_seen = user.has_perm(PERMISSION)
    return lambda asked: is_personal_seen and (asked is None or user.has_perms(asked.permissions))
