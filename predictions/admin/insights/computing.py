"""Starts a scoring of all customers from a page of Insights, and shows its progress."""

from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from core.admin.permissions import require
from core.clock import now
from predictions.models import ScoringRun, ScoringShard, ScoringState
from predictions.shards import is_silent

NEEDED = "predictions.train_model"
# The pages that show the progress.
PAGES = {
    **{
        page: f"admin:predictions_analyticstable_{page}"
        for page in ("value", "rfm", "cohorts", "journey")
    },
    "churn": "admin:predictions_riskhistory_changelist",
}
# A second request within this time is ignored, since a worker may need that long to begin.
ASKED, ASKED_SECONDS = "predictions.compute_now", 60


@dataclass(frozen=True)
class Computing:
    """The start of a running full scoring (None: none is running), and its parts done and in all.

    `is_asked`: a scoring was just requested and has not begun. `page` is the key in `PAGES` of the
    current page.
    """

    may_ask: bool
    page: str
    since: datetime | None = None
    done: int = 0
    parts: int = 0
    is_asked: bool = False

    @property
    def url(self) -> str:
        """The URL of the page."""
        return reverse(PAGES[self.page])


def computing(user: User | AnonymousUser, page: str = "value") -> Computing:
    """Return the progress of a full scoring, and whether `user` may start one on this page."""
    runs = ScoringRun.objects.filter(state=ScoringState.RUNNING, seen_at__isnull=False)
    run = runs.exclude(is_silent()).defer("overview").order_by("-pk").first()
    may_ask = user.has_perm(NEEDED)
    if run is None:
        return Computing(may_ask, page, is_asked=_is_asked())
    done = ScoringShard.objects.filter(run=run, is_done=True).count()
    return Computing(may_ask, page, run.started_at, done, run.shards_count)


def _is_asked() -> bool:
    asked_at = cache.get(ASKED)
    return bool(asked_at) and not ScoringRun.objects.filter(started_at__gte=asked_at).exists()


def compute(request: HttpRequest) -> HttpResponse:
    """Send a task for a full scoring unless one is running or just requested; redirect back."""
    require(request.user, [NEEDED])
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    page = PAGES.get(request.POST.get("page", ""), PAGES["value"])
    if computing(request.user).since or not cache.add(ASKED, now(), ASKED_SECONDS):
        messages.info(request, _("Everybody is being scored already."))
        return redirect(page)
    try:
        current_app.send_task("predictions.score")
    except (OperationalError, OSError):
        cache.delete(ASKED)
        messages.error(request, _("Nobody was asked: the queue does not answer. Try again soon."))
    else:
        text = _("A worker scores everybody now: this page shows new figures when that is done.")
        messages.success(request, text)
    return redirect(page)
