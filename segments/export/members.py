"""Exports the stored members of a segment: who may, what is written, and the audit of it."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Literal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.clock import now
from customers.personal import may_see
from customers.silence import limit_silence
from segments.database.replicas import server_for_reading
from segments.database.snapshot import read_snapshot
from segments.export.columns import DEFAULT_COLUMNS, Column, columns_named
from segments.export.csv_lines import csv_head, csv_lines
from segments.export.xml_lines import xml_foot, xml_head, xml_lines
from segments.models import ExportAudit, Membership, Segment

Format = Literal["csv", "xml"]
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "xml": "application/xml; charset=utf-8"}
LINES_PER_CHUNK = 500
# Whoever loads an export down may pause for so long; nobody waits for what a reader holds.
LONGEST_PAUSE_SECONDS = 900.0


class ExportRefused(ValueError):
    """An export that the shop's settings do not allow."""


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
    """Return whether `user`, who may export, may have this column in it."""
    return user.has_perms(column.permissions) and may_see(
        user, column.kind, names="segments.export_members"
    )


def export_members(
    segment: Segment,
    format: Format,
    *,
    user: User | AnonymousUser | None,
    columns: Sequence[str] = DEFAULT_COLUMNS,
    raw: bool = False,
    bom: bool = False,
) -> Iterator[bytes]:
    """Return the members of `segment`, in the order of internal ids, as a stream of bytes.

    The rows are those of one moment; memory does not grow with them. `user` None is the command
    line, which may do everything. `raw` writes texts as they are, without the guard against
    formulas; `bom` is for Excel's reading of CSV. Raises PermissionDenied (for columns that are
    more personal than name and e-mail, too), InvalidColumns and ExportRefused at once, before the
    first byte; an audit row stays in any other case.
    """
    if user is not None and not may_export(user, raw=raw):
        raise PermissionDenied
    chosen = columns_named(columns)
    if user is not None and not all(may_export_column(user, column) for column in chosen):
        raise PermissionDenied
    limit = settings.EXPORT_ROW_LIMIT
    if limit and exported_members(segment).count() > limit:
        raise ExportRefused(
            _("An export may have at most %(limit)d rows; this segment has more members.")
            % {"limit": limit}
        )
    audit = ExportAudit.objects.create(
        user=user if isinstance(user, User) else None,
        username=user.get_username() if user else "",
        at=now(),
        segment_code=segment.code,
        format=format,
        columns=list(columns),
        raw=raw,
    )
    return _audited(audit, segment, chosen, format, raw, bom)


def exported_members(segment: Segment) -> QuerySet[Membership]:
    """Return the members that an export of `segment` has, in its order."""
    members = Membership.objects.filter(segment=segment).order_by("customer_id")
    if settings.EXPORT_ONLY_ACCEPTING_MARKETING:
        members = members.filter(customer__accepts_marketing=True)
    return members


def _audited(
    audit: ExportAudit,
    segment: Segment,
    columns: list[Column],
    format: Format,
    raw: bool,
    bom: bool,
) -> Iterator[bytes]:
    rows = 0
    try:
        alias = server_for_reading()
        with read_snapshot(alias):
            limit_silence(LONGEST_PAUSE_SECONDS, alias)
            # Once more: name, version and time have to be of the same moment as the rows.
            segment = Segment.objects.using(alias).get(pk=segment.pk)
            members = exported_members(segment).using(alias)
            if format == "csv":
                yield csv_head(columns, bom=bom)
                lines = csv_lines(members, columns, raw=raw)
            else:
                yield xml_head(segment)
                lines = xml_lines(members, columns)
            with closing(lines):
                while chunk := list(islice(lines, LINES_PER_CHUNK)):
                    rows += len(chunk)
                    yield b"".join(chunk)
            if format == "xml":
                yield xml_foot(rows)
    finally:
        # An export that was broken off counts for as many rows as were read for it.
        ExportAudit.objects.filter(pk=audit.pk).update(rows=rows)
