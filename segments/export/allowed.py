"""The permissions for exports of members and for their columns."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User

from core.access.personal import may_see
from segments.export.columns import Column


def may_export(user: User | AnonymousUser, *, raw: bool = False) -> bool:
    """Return whether `user` may export members, by permission and by group."""
    permissions = ["segments.export_members"] + ["segments.export_raw_members"] * raw
    if user.is_superuser:
        return user.is_active
    groups = settings.EXPORT_GROUPS
    return user.has_perms(permissions) and (
        not groups or user.groups.filter(name__in=groups).exists()
    )


def may_export_column(user: User | AnonymousUser, column: Column) -> bool:
    """Return whether `user`, who may export, may export this column."""
    return user.has_perms(column.permissions) and may_see(
        user, column.kind, names="segments.export_members"
    )
