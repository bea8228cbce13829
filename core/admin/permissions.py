"""Refuses who lacks a permission, and names it as it stands on the page that gives permissions."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def require(user: User | AnonymousUser, permissions: Iterable[str]) -> None:
    """Raise PermissionDenied with a sentence that names which of `permissions` `user` lacks.

    Each is "app.codename".
    """
    lacking = [one for one in permissions if not user.has_perm(one)]
    if lacking:
        text = ngettext(
            "Your account lacks this permission: %(names)s.",
            "Your account lacks these permissions: %(names)s.",
            len(lacking),
        )
        raise PermissionDenied(text % {"names": ", ".join(map(_named, lacking))})


def _named(permission: str) -> str:
    app, _point, codename = permission.partition(".")
    rows = Permission.objects.filter(content_type__app_label=app, codename=codename)
    name = rows.values_list("name", flat=True).first()
    return (
        _("“%(name)s” (%(code)s)") % {"name": _(name), "code": permission} if name else permission
    )
