"""Requesting, watching and cancelling a refresh."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import now
from core.text.formats import moment_shown, number_shown
from segments.admin.segment_pages.status import ICONS, mailable_count, stale_reason, status_word
from segments.admin.tabs import may_see_mailable
from segments.engine.refreshes.runs import SegmentInactive, cancel_run, request_refresh
from segments.models import RefreshRun, RunState, Segment
from segments.rules.evaluation.cost import cost_sentence

# The class of messages that the page's script removes after a refresh, when they are outdated.
UNTIL_REFRESHED = "segment-until-refreshed"


@dataclass(frozen=True)
class RunProgress:
    """The progress of the latest run, for display."""

    run: RefreshRun

    @property
    def is_working(self) -> bool:
        return not self.run.outcome

    @property
    def phase(self) -> str:
        if self.run.cancel_requested_at is not None:
            return _("being cancelled")
        if self.run.state is RunState.QUEUED:
            return _("waiting for a worker")
        return self.run.get_phase_display()

    @property
    def rows(self) -> str:
        if self.run.total:
            return _("%(done)s of %(total)s rows") % {
                "done": number_shown(self.run.done),
                "total": number_shown(self.run.total),
            }
        if self.run.done:
            return ngettext("%(done)s row", "%(done)s rows", self.run.done) % {
                "done": number_shown(self.run.done)
            }
        return ""

    @property
    def elapsed(self) -> str:
        """The time since the request, or since a worker began, as minutes and seconds."""
        since = self.run.started_at or self.run.created_at
        seconds = max(int((now() - since).total_seconds()), 0)
        return f"{seconds // 60}:{seconds % 60:02}"


def progress_of(segment: Segment) -> RunProgress | None:
    """Return the progress of the latest run of `segment`; None without a run."""
    run = segment.runs.order_by("-pk").first()
    return None if run is None else RunProgress(run)


def refresh(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Queue a refresh and redirect to the form, which shows its progress."""
    try:
        request_refresh(segment, requested_by=cast(User, request.user))
    except SegmentInactive as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request,
            _("“%(name)s” is being refreshed; its members change when that is done.")
            % {"name": segment.name},
            extra_tags=UNTIL_REFRESHED,
        )
    return redirect("admin:segments_segment_change", segment.pk)


def cancel(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Cancel the unfinished run; the members stay as they are."""
    progress = progress_of(segment)
    if progress is None or not progress.is_working:
        messages.info(request, _("No refresh is under way."))
    elif cancel_run(progress.run).outcome:
        messages.success(request, _("The refresh is cancelled; the members stay as they were."))
    else:
        messages.success(request, _("The refresh ends as soon as its worker notices."))
    return redirect("admin:segments_segment_change", segment.pk)


def status(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> JsonResponse:
    """Return, as JSON, what the page's script shows during a refresh."""
    progress = progress_of(segment)
    run = progress.run if progress else None
    is_working = progress is not None and progress.is_working
    # Counted once the refresh has ended, not at each poll.
    mailable = None
    if not is_working and may_see_mailable(request.user):
        mailable = mailable_count(segment)
    return JsonResponse(
        {
            "is_working": is_working,
            "mailable": "–" if mailable is None else number_shown(mailable),
            "status": status_word(segment),
            "icon": ICONS[segment.status],
            "members": "–" if segment.refreshed_at is None else number_shown(segment.members_count),
            "refreshed_at": moment_shown(segment.refreshed_at) if segment.refreshed_at else "–",
            "stale": stale_reason(segment, now()),
            "cost": cost_sentence(segment.batch_seconds),
            "is_quarantined": segment.quarantined_at is not None,
            "error": run.error if run else "",
            "phase": progress.phase if progress else "",
            "rows": progress.rows if progress else "",
            "elapsed": progress.elapsed if progress else "",
            "done": run.done if run else 0,
            "total": run.total if run else None,
        }
    )
