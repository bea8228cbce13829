"""Background exports: requests an export, writes its file, wakes workers for waiting exports."""

import logging
import secrets
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop, ngettext, override

from core.access.personal import Kind, may_see
from core.access.website_limits import Websites, websites_of
from core.clock import now
from core.database.lease import LeasedQuerySet, free_lease
from core.problems import Invalid
from core.text.sentences import Sentence
from core.tracing.spans import span
from core.tracing.stored_context import ContextKind, continued_context, keep_context
from segments.engine.members.change_log import CursorTooOld
from segments.export.background.destinations import bring, name_of, reason_of
from segments.export.background.files import Output, new_name, path_of, writing
from segments.export.columns import Column
from segments.export.contents import Contents, ExportRefused, InvalidExport, check
from segments.export.document import Counts, Place, open_export
from segments.export.members import note_started_export
from segments.lease import (
    LeaseLost,
    Progress,
    RunCancelled,
    cancel_work,
    claim_work,
    finish,
    keep_lease_alive,
    length,
    release,
    waiting_work,
)
from segments.models import Export, ExportAudit, RunState, ScheduledExport, Segment

logger = logging.getLogger(__name__)

ATTEMPTS = 3
# Delays of 85 minutes in all, because another server may be down for a while.
ATTEMPTS_TO_BRING = 10
# The delay before the next attempt doubles with each attempt.
FIRST_DELAY = timedelta(seconds=10)
SECONDS_BETWEEN_NOTES = 1.0
WRITING, BRINGING = "writing", "bringing"
# The error of an export whose changes have been purged.
TOO_OLD = gettext_noop(
    "Changes after this cursor have been deleted: take the members as a whole once."
)


class NotBrought(Exception):
    """The destination, or the connection to it, failed; the export itself is not at fault.

    `reason` is stored, and its readers translate it.
    """

    def __init__(self, reason: Sentence) -> None:
        self.reason = reason
        super().__init__(str(reason))


class TooManyExports(Exception):
    """The user has as many unfinished exports as `settings.EXPORTS_PER_USER` allows."""

    def __str__(self) -> str:
        most = settings.EXPORTS_PER_USER
        text = ngettext(
            "%(most)d export of yours is under way, and no more may be. Wait, or cancel it.",
            "%(most)d exports of yours are under way, and no more may be. Wait, or cancel one.",
            most,
        )
        return text % {"most": most}


def request_export(
    segment: Segment,
    contents: Contents,
    user: User,
    *,
    scheduled: ScheduledExport | None = None,
) -> Export:
    """Queue an export of `segment` for `user`, and wake a worker on commit.

    A `scheduled` export is delivered to its destination. Raises TooManyExports where the user has
    too many unfinished exports, and the exceptions of `segments.export.contents.check`.
    """
    check(segment, contents, user)
    with transaction.atomic():
        # The row lock serializes the requests of a user, so that nobody exceeds the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if (
            Export.objects.unfinished().filter(requested_by=user).count()
            >= settings.EXPORTS_PER_USER
        ):
            raise TooManyExports
        export = Export.objects.create(
            segment=segment,
            requested_by=user,
            scheduled=scheduled,
            audit=note_started_export(segment, contents, user),
            created_at=now(),
            format=contents.format,
            columns=None if contents.columns is None else list(contents.columns),
            target=contents.target,
            raw=contents.raw,
            bom=contents.bom,
            since=contents.since,
            without_private=not may_see(user, Kind.PRIVATE),
            websites=_sorted_ids(websites_of(user)),
            token=secrets.token_urlsafe(32),
        )
        keep_context(ContextKind.EXPORT, [export.pk])
        _wake(export)
    return export


def cancel_export(export: Export) -> Export:
    """Cancel `export`, unless it has ended, and return it reloaded; see `cancel_work`."""
    with transaction.atomic():
        cancelled = cancel_work(export)
        if cancelled.outcome == RunState.CANCELLED and export.audit_id is not None:
            ExportAudit.objects.filter(pk=export.audit_id, rows=None).update(rows=0)
    return cancelled


def wake_waiting() -> None:
    """Wake workers for waiting exports, also with expired leases, up to `EXPORTS_AT_ONCE`."""
    free = settings.EXPORTS_AT_ONCE - _held().count()
    for export in waiting_work(Export)[: max(free, 0)]:
        _wake(export)


def execute_export(pk: int) -> None:
    """Write the export; safe to call twice.

    Does nothing where the export has ended, where a worker holds it, or where `EXPORTS_AT_ONCE`
    others are being written; in the last case a later message continues.
    """
    if _held().exclude(pk=pk).count() >= settings.EXPORTS_AT_ONCE:
        return  # `wake_waiting` wakes a worker for it later.
    export = claim_work(Export, pk, phase=WRITING)
    if export is None:
        return
    with span(
        "segments.export",
        parent=continued_context(ContextKind.EXPORT, export.pk),
        segment=export.segment.code,
        export=export.pk,
    ) as traced:
        counts = _execute(export)
        traced.set(rows=counts.rows)


def _execute(export: Export) -> Counts:
    """Write and deliver the claimed export, store the outcome, and return the counts."""
    counts = Counts()
    try:
        if export.cancel_requested_at is not None:
            raise RunCancelled
        if export.attempts > _attempts(export):
            raise ExportRefused(
                gettext_noop("Its worker ended without a word, each time it was tried.")
            )
        if not export.file or not path_of(export.file).is_file():
            _write(export, counts)
        if export.scheduled is not None:
            _bring(export, export.scheduled)
    except RunCancelled:
        _end(export, counts, outcome=RunState.CANCELLED)
    except LeaseLost:
        logger.warning("Export %s: its lease was lost", export.pk)
    except PermissionDenied:
        message = gettext_noop("The person who asked for it may not export this any more.")
        _end(export, counts, outcome=RunState.FAILED, error=message)
    except CursorTooOld:
        _end(export, counts, outcome=RunState.FAILED, error=TOO_OLD)
    except (ExportRefused, InvalidExport) as refusal:
        _end(export, counts, outcome=RunState.FAILED, error=refusal.reason)
    except (Invalid, Segment.DoesNotExist) as error:
        _end(export, counts, outcome=RunState.FAILED, error=str(error))
    except NotBrought as error:
        logger.warning("Export %s was not brought: %s", export.pk, error)
        _try_again(export, counts, error.reason)
    except Exception as error:
        logger.exception("Export %s failed", export.pk)
        if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _try_again(export, counts, reason_of(error))
    finally:
        # Exports that have waited for this one may be woken at once.
        Export.objects.unfinished().filter(free_lease(now())).update(woken_at=None)
    return counts


def contents_of(export: Export) -> Contents:
    """Return the contents of `export` as they were requested."""
    columns = None if export.columns is None else tuple(export.columns)
    return Contents(
        "xml" if export.format == "xml" else "csv",
        columns,
        target=export.target,
        raw=export.raw,
        bom=export.bom,
        since=export.since,
    )


def _write(export: Export, counts: Counts) -> None:
    # The messages of problems are stored untranslated; their readers translate them.
    with override(None):
        columns = check(export.segment, contents_of(export), export.requested_by)
    name = new_name(export)
    place = Place.here()
    try:
        with keep_lease_alive(export, using=place.using, only_reads=True) as progress:
            output = _write_file(export, columns, place, name, counts, progress)
            progress.end()
        is_done = export.scheduled_id is None
        _finish(
            export,
            counts,
            keep=not is_done,
            outcome=RunState.COMPLETED if is_done else "",
            cursor=place.cursor,
            size=output.size,
            sha256=output.digest.hexdigest(),
            file=name,
            expires_at=now() + timedelta(hours=settings.EXPORT_KEEP_HOURS),
            error="",
        )
    except BaseException:
        path_of(name).unlink(missing_ok=True)
        raise


def _write_file(
    export: Export,
    columns: list[Column],
    place: Place,
    name: str,
    counts: Counts,
    progress: Progress,
) -> Output:
    # Leave out personal data that the requesting user may not see now, or might not see then.
    with_private = not export.without_private and may_see(export.requested_by, Kind.PRIVATE)
    source = open_export(
        export.segment,
        contents_of(export),
        columns,
        place,
        with_private=with_private,
        allowed_websites=_allowed_websites(export),
    )
    with source as document, writing(name) as output:
        noted_at = 0.0
        for chunk in document.chunks(counts):
            output.write(chunk)
            progress.check()
            if time.monotonic() >= noted_at + SECONDS_BETWEEN_NOTES:
                noted_at = time.monotonic()
                progress.note(done=counts.rows, total=counts.total)
    return output


def _allowed_websites(export: Export) -> Websites:
    """Return the websites whose customers `export` contains; None: all.

    They are those to which the requesting user was limited at the request and is limited now.
    """
    then = None if export.websites is None else frozenset(export.websites)
    today = websites_of(export.requested_by)
    return then if today is None else today if then is None else then & today


def own_exports(user: User) -> QuerySet[Export]:
    """Return the exports that `user` requested.

    If `user` is limited to websites, only those that were requested under exactly this limit.
    """
    rows = Export.objects.filter(requested_by=user.pk)
    websites = _sorted_ids(websites_of(user))
    return rows if websites is None else rows.filter(websites=websites)


def _sorted_ids(websites: Websites) -> list[int] | None:
    return None if websites is None else sorted(websites)


def _bring(export: Export, scheduled: ScheduledExport) -> None:
    """Deliver the complete file, and move the schedule's cursor for the next delivery.

    Raises NotBrought where the delivery fails.
    """
    with keep_lease_alive(export, only_reads=True) as progress:
        try:
            bring(path_of(export.file), name_of(export), scheduled.destination, scheduled.folder)
        except Exception as error:
            raise NotBrought(reason_of(error)) from error
        progress.end()
    with transaction.atomic():
        finish(export, outcome=RunState.COMPLETED, finished_at=now(), error="")
        rows = ScheduledExport.objects.filter(pk=scheduled.pk)
        rows.update(cursor=export.cursor, brought_at=now(), error="")


def _finish(export: Export, counts: Counts, *, keep: bool = False, **values: Any) -> None:
    """Store the outcome of `export`. Raises LeaseLost where another worker holds it by now.

    With `keep`, the export continues with the delivery of its file.
    """
    with transaction.atomic():
        written = {"rows": counts.rows, "left_out": counts.left_out}
        values |= {"done": counts.rows, "total": counts.total, **written}
        if keep:
            finish(export, lease_expires_at=now() + length(), phase=BRINGING, **values)
            export.refresh_from_db()
        else:
            finish(export, finished_at=now(), **values)
        if export.audit_id is not None:
            ExportAudit.objects.filter(pk=export.audit_id).update(**written)


def _end(export: Export, counts: Counts, **values: Any) -> None:
    """Store the outcome of `export` and the error at its schedule; ignore a lost lease."""
    with suppress(LeaseLost):
        if export.file:  # The file was written by an earlier attempt.
            finish(export, finished_at=now(), **values)
        else:
            _finish(export, counts, **values)
        _tell(export, values.get("error", ""))


def _tell(export: Export, error: str | Sentence) -> None:
    """Store at the schedule why nothing was delivered."""
    if export.scheduled_id is not None and error:
        ScheduledExport.objects.filter(pk=export.scheduled_id).update(error=error)


def _attempts(export: Export) -> int:
    return ATTEMPTS if export.scheduled_id is None else ATTEMPTS_TO_BRING


def _try_again(export: Export, counts: Counts, error: Sentence) -> None:
    if export.attempts >= _attempts(export):
        _end(export, counts, outcome=RunState.FAILED, error=error)
        return
    delay = FIRST_DELAY * 2 ** (export.attempts - 1)
    if release(export, not_before=now() + delay, woken_at=None, error=error):
        _tell(export, error)


def _wake(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(woken_at=now())
    message = partial(current_app.send_task, "segments.write_export", args=[export.pk])
    transaction.on_commit(message, robust=True)


def _held() -> LeasedQuerySet[Export]:
    held: LeasedQuerySet[Export] = Export.objects.unfinished().exclude(free_lease(now()))
    return held
