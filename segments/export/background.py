"""Exports that a worker writes into files: ask for one, write it, find those that wait."""

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
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.clock import now
from customers.personal import Kind, may_see
from customers.problems import Invalid
from segments.engine.change_log import CursorTooOld
from segments.engine.lease import (
    LeaseLost,
    Progress,
    RunCancelled,
    cancel_work,
    claim_work,
    finish,
    kept_alive,
    release,
    waiting_work,
)
from segments.export.columns import Column
from segments.export.contents import Contents, ExportRefused, check
from segments.export.document import Counts, Place, opened
from segments.export.files import Output, new_name, path_of, writing
from segments.export.members import audited
from segments.models import Export, ExportAudit, RunState, Segment
from segments.models.lease import LeasedQuerySet, free_lease

logger = logging.getLogger(__name__)

ATTEMPTS = 3
# The delay before the next attempt doubles with each.
FIRST_DELAY = timedelta(seconds=10)
SECONDS_BETWEEN_NOTES = 1.0
WRITING = "writing"


class TooManyExports(Exception):
    """As many exports of this person wait or are written as may."""

    def __str__(self) -> str:
        most = settings.EXPORTS_PER_USER
        text = ngettext(
            "%(most)d export of yours is under way, and no more may be. Wait, or cancel it.",
            "%(most)d exports of yours are under way, and no more may be. Wait, or cancel one.",
            most,
        )
        return text % {"most": most}


def request_export(segment: Segment, contents: Contents, user: User) -> Export:
    """Queue an export of `segment` for `user`, and wake a worker on commit.

    Raises TooManyExports, and what `segments.export.contents.check` raises.
    """
    check(segment, contents, user)
    with transaction.atomic():
        # One after the other for each person, so that nobody gets past the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if (
            Export.objects.unfinished().filter(requested_by=user).count()
            >= settings.EXPORTS_PER_USER
        ):
            raise TooManyExports
        export = Export.objects.create(
            segment=segment,
            requested_by=user,
            audit=audited(segment, contents, user),
            created_at=now(),
            format=contents.format,
            columns=None if contents.columns is None else list(contents.columns),
            target=contents.target,
            raw=contents.raw,
            bom=contents.bom,
            since=contents.since,
            without_private=not may_see(user, Kind.PRIVATE),
            token=secrets.token_urlsafe(32),
        )
        _wake(export)
    return export


def cancel_export(export: Export) -> Export:
    """Cancel `export`, unless it has ended, and return it as it is then; see `cancel_work`."""
    with transaction.atomic():
        cancelled = cancel_work(export)
        if cancelled.outcome == RunState.CANCELLED and export.audit_id is not None:
            ExportAudit.objects.filter(pk=export.audit_id, rows=None).update(rows=0)
    return cancelled


def wake_waiting() -> None:
    """Wake workers for the exports that wait, those whose lease has expired too, as may be."""
    free = settings.EXPORTS_AT_ONCE - _held().count()
    for export in waiting_work(Export)[: max(free, 0)]:
        _wake(export)


def execute_export(pk: int) -> None:
    """Write the export, unless it is done or somebody is at it; safe to call twice."""
    if _held().exclude(pk=pk).count() >= settings.EXPORTS_AT_ONCE:
        return  # The next look wakes somebody for it.
    export = claim_work(Export, pk, phase=WRITING)
    if export is None:
        return
    counts = Counts()
    try:
        if export.cancel_requested_at is not None:
            raise RunCancelled
        if export.attempts > ATTEMPTS:
            raise ExportRefused(_("Its worker ended without a word, each time it was tried."))
        _write(export, counts)
    except RunCancelled:
        _end(export, counts, outcome=RunState.CANCELLED)
    except LeaseLost:
        logger.warning("Export %s: its lease was lost", export.pk)
    except PermissionDenied:
        message = _("Whoever asked may not export this any more.")
        _end(export, counts, outcome=RunState.FAILED, error=message)
    except CursorTooOld:
        _end(export, counts, outcome=RunState.FAILED, error=too_old())
    except (Invalid, ExportRefused, Segment.DoesNotExist) as error:
        _end(export, counts, outcome=RunState.FAILED, error=str(error))
    except Exception as error:
        logger.exception("Export %s failed", export.pk)
        if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _try_again(export, counts, str(error) or type(error).__name__)
    finally:
        # Those that have waited for this one are looked at next.
        Export.objects.unfinished().filter(free_lease(now())).update(woken_at=None)


def contents_of(export: Export) -> Contents:
    """Return what `export` has, as it was asked for."""
    columns = None if export.columns is None else tuple(export.columns)
    return Contents(
        "xml" if export.format == "xml" else "csv",
        columns,
        target=export.target,
        raw=export.raw,
        bom=export.bom,
        since=export.since,
    )


def too_old() -> str:
    """Return what to say of changes that have been purged."""
    return _("Changes after this cursor have been deleted: take the members as a whole once.")


def _write(export: Export, counts: Counts) -> None:
    columns = check(export.segment, contents_of(export), export.requested_by)
    name = new_name(export)
    place = Place.here()
    try:
        with kept_alive(export, using=place.using, only_reads=True) as progress:
            output = _write_file(export, columns, place, name, counts, progress)
            progress.end()
        _finish(
            export,
            counts,
            outcome=RunState.COMPLETED,
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
    # Neither what was hidden from whoever asked then, nor what is now.
    with_private = not export.without_private and may_see(export.requested_by, Kind.PRIVATE)
    source = opened(export.segment, contents_of(export), columns, place, with_private=with_private)
    with source as document, writing(name) as output:
        noted_at = 0.0
        for chunk in document.chunks(counts):
            output.write(chunk)
            progress.check()
            if time.monotonic() >= noted_at + SECONDS_BETWEEN_NOTES:
                noted_at = time.monotonic()
                progress.note(done=counts.rows, total=counts.total)
    return output


def _finish(export: Export, counts: Counts, **values: Any) -> None:
    """Let go of `export`, which has ended; raises LeaseLost where somebody else has it by now."""
    with transaction.atomic():
        done = {"done": counts.rows, "total": counts.total}
        written = {"rows": counts.rows, "left_out": counts.left_out}
        finish(export, finished_at=now(), **done, **written, **values)
        if export.audit_id is not None:
            ExportAudit.objects.filter(pk=export.audit_id).update(**written)


def _end(export: Export, counts: Counts, **values: Any) -> None:
    """The same where it does not matter that the lease is lost."""
    with suppress(LeaseLost):
        _finish(export, counts, **values)


def _try_again(export: Export, counts: Counts, error: str) -> None:
    if export.attempts >= ATTEMPTS:
        _end(export, counts, outcome=RunState.FAILED, error=error)
        return
    delay = FIRST_DELAY * 2 ** (export.attempts - 1)
    release(export, not_before=now() + delay, woken_at=None, error=error)


def _wake(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(woken_at=now())
    message = partial(current_app.send_task, "segments.write_export", args=[export.pk])
    transaction.on_commit(message, robust=True)


def _held() -> LeasedQuerySet[Export]:
    held: LeasedQuerySet[Export] = Export.objects.unfinished().exclude(free_lease(now()))
    return held
