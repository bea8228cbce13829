"""Begins scheduled exports when they are due, with the permissions of the responsible user."""

from contextlib import suppress

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop, override

from core.audit import AuditAction, record
from core.clock import now
from core.database.prepared import has_row
from core.problems import Invalid
from core.text.sentences import Sentence
from segments.audit import SCHEDULED_EXPORT
from segments.engine.members.change_log import CursorTooOld, latest_cursor
from segments.export.background.destinations import try_out
from segments.export.background.requests import TOO_OLD, TooManyExports, request_export
from segments.export.contents import Contents, ExportRefused, InvalidExport
from segments.models import Export, ScheduledExport, Segment
from segments.models.cron import last_time
from segments.models.recurrence import describe_schedule
from segments.rules.users import Use, UsersOfSegments


def has_exports() -> bool:
    """Return whether an export is scheduled or unfinished."""
    return has_row(
        "scheduled exports", lambda: ScheduledExport.objects.filter(is_active=True)
    ) or has_row("unfinished exports", Export.objects.unfinished)


def begin_due() -> None:
    """Begin each active export that has become due since it was last begun, once.

    An export whose last run is unfinished waits for its end, so that changes arrive in order; one
    whose responsible user has too many unfinished exports waits for the end of one of them.
    """
    at = now()
    under_way = Export.objects.unfinished().exclude(scheduled=None).values("scheduled")
    for one in ScheduledExport.objects.filter(is_active=True).exclude(pk__in=under_way):
        last = last_time(one.schedule, at=at, zone=settings.DEFAULT_TIME_ZONE)
        if last is not None and (one.begun_at or one.created_at) < last:
            with suppress(TooManyExports):
                _begin(one)


def begin_now(scheduled: ScheduledExport, author: User) -> bool:
    """Begin `scheduled` at the request of `author`, independently of its schedule.

    Return False where its last run is unfinished. An error is stored at the scheduled export, but
    TooManyExports is raised where the responsible user has too many unfinished exports.
    """
    if Export.objects.unfinished().filter(scheduled=scheduled).exists():
        return False
    with transaction.atomic():
        after = {"begun_by_hand": now().isoformat()}
        record(author, AuditAction.CHANGED, SCHEDULED_EXPORT, str(scheduled.pk), after=after)
        ScheduledExport.objects.filter(pk=scheduled.pk).update(error="")
        _begin(scheduled)
    return True


def contents_of(scheduled: ScheduledExport) -> Contents:
    """Return the contents of the next file."""
    return Contents(
        "xml" if scheduled.format == "xml" else "csv",
        None if scheduled.columns is None else tuple(scheduled.columns),
        target=scheduled.target,
        raw=scheduled.raw,
        bom=scheduled.bom,
        since=scheduled.cursor if scheduled.is_delta else None,
    )


def check_destination(scheduled: ScheduledExport) -> Sentence | None:
    """Test the destination of `scheduled`; store and return the error, or None.

    Waits for another server, so do not call it in a transaction.
    """
    error = try_out(scheduled.destination, scheduled.folder)
    if error:
        _fail(scheduled, error)
    return error


def exports_of(segment: Segment) -> list[Use]:
    """Return the scheduled exports of `segment`; an active one prevents its deletion."""
    return [
        Use(
            one,
            code=one.name,
            name=one.name,
            says=f"{describe_schedule(one.schedule)} → {one.destination}",
            url=reverse("admin:segments_scheduledexport_change", args=[one.pk]),
            holds=one.is_active,
        )
        for one in segment.scheduled_exports.all()
    ]


USED_BY_EXPORTS = UsersOfSegments(
    "scheduled_exports",
    gettext_lazy("Scheduled exports"),
    exports_of,
    ("segments.view_scheduledexport",),
    says=gettext_lazy("Schedule"),
)


def restart_changes(scheduled: ScheduledExport, author: User) -> None:
    """Continue with changes from now on, after some were purged before their delivery."""
    with transaction.atomic():
        rows = ScheduledExport.objects.filter(pk=scheduled.pk)
        rows.update(cursor=latest_cursor(), error="")
        after = {"started_anew": now().isoformat()}
        record(author, AuditAction.CHANGED, SCHEDULED_EXPORT, str(scheduled.pk), after=after)


def _begin(scheduled: ScheduledExport) -> None:
    with transaction.atomic():
        mine = ScheduledExport.objects.filter(pk=scheduled.pk, begun_at=scheduled.begun_at)
        if not mine.update(begun_at=now()):
            return  # Another worker was first.
        try:
            # The messages of problems are stored untranslated; their readers translate them.
            with override(None):
                request_export(
                    scheduled.segment,
                    contents_of(scheduled),
                    scheduled.responsible,
                    scheduled=scheduled,
                )
        except PermissionDenied:
            text = gettext_noop(
                "%(name)s may not export this any more: somebody else has to save it."
            )
            _fail(scheduled, Sentence(text, {"name": scheduled.responsible.get_username()}))
        except CursorTooOld:
            _fail(scheduled, TOO_OLD)
        except (ExportRefused, InvalidExport) as refusal:
            _fail(scheduled, refusal.reason)
        except Invalid as refusal:
            _fail(scheduled, str(refusal))


def _fail(scheduled: ScheduledExport, error: str | Sentence) -> None:
    ScheduledExport.objects.filter(pk=scheduled.pk).update(error=error)
