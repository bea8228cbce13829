"""Links to files of exports: for the requesting user, while they may export, until expiry."""

from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from core.access.personal import Kind, may_see
from core.clock import now
from segments.export.allowed import may_export, may_export_column
from segments.export.background.files import path_of
from segments.export.background.requests import contents_of, own_exports
from segments.export.columns import InvalidColumns, columns_named
from segments.export.targets import TARGETS
from segments.models import Export


class Expired(Exception):
    """The file has expired or been deleted."""


def file_for(token: str, user: User) -> tuple[Export, Path]:
    """Return the export of `user` whose link ends with `token`, and the path of its file.

    Raises Export.DoesNotExist for an unknown token or an export of another user, PermissionDenied
    where the user may not export its contents any more, and Expired where the file has expired or
    been deleted.
    """
    export = own_exports(user).select_related("segment").get(token=token)
    if not may_have(export, user):
        raise PermissionDenied
    path = path_of(export.file)
    if not export.file or export.expires_at is None or export.expires_at <= now():
        raise Expired
    if not path.is_file():
        raise Expired
    return export, path


def may_have(export: Export, user: User) -> bool:
    """Return whether `user` may still export the contents of the file of `export`."""
    if not may_export(user, raw=export.raw):
        return False
    if export.target:
        target = TARGETS.find(export.target)
        is_private = target is None or any(column.is_private for column in target.columns)
        return export.without_private or not is_private or may_see(user, Kind.PRIVATE)
    try:
        columns = columns_named(contents_of(export).column_names)
    except InvalidColumns:
        # It is unknown how personal a removed column was.
        return may_see(user, Kind.PRIVATE)
    return all(may_export_column(user, column) for column in columns)
