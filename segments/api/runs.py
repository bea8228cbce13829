"""Refreshes: ask for one, see how far it is, cancel it."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, is_limited
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.permissions import user_of
from core.api.refusals import Refused
from segments.api.responses import RunSerializer
from segments.api.segments import segment_at
from segments.engine.refreshes.runs import SegmentInactive, cancel_run, request_refresh
from segments.models import RefreshRun
from segments.rules.website_limits.websites import check_segment, runs_seen_by, seen_by

# The highest number of a row that a database can store.
HIGHEST = 2**63 - 1


class Refreshing(Endpoint):
    """Asks for a refresh, or joins the one under way."""

    operations: ClassVar = {
        "POST": Operation(
            ["segments.refresh_segment"],
            Answer(RunSerializer, HTTPStatus.ACCEPTED, headers={"Location": "The run's address."}),
            refusals=[HTTPStatus.CONFLICT],
            summary="Refresh a segment",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        self.body()
        try:
            run = request_refresh(segment, requested_by=user_of(request))
        except SegmentInactive as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from error
        headers = {"Location": reverse("api:run", args=[run.pk])}
        return Response(self.render(run), status=HTTPStatus.ACCEPTED, headers=headers)


class RunsOfSegment(Endpoint):
    """The runs of a segment, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment"],
            Answer(RunSerializer, pages=True),
            parameters=PAGED,
            summary="List runs of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        segment = segment_at(code, user_of(request))
        # A run counts members of all websites.
        check_segment(request.user, segment)
        rows = runs_seen_by(request.user, segment).select_related("segment", "requested_by")
        return page_of(rows, "-pk", self.render, self)


class OneRun(Endpoint):
    """How far a run is."""

    operations: ClassVar = {
        "GET": Operation(
            ["segments.view_segment"],
            Answer(RunSerializer),
            summary="Read a run's progress",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: int) -> Response:
        run, hidden = _run(number, user_of(request))
        return Response(self.render(run) | hidden)


class Cancelling(Endpoint):
    """Cancels a run; one that a worker is at ends within seconds, one that has ended stays so."""

    operations: ClassVar = {
        "POST": Operation(
            ["segments.refresh_segment"],
            Answer(RunSerializer, HTTPStatus.ACCEPTED),
            summary="Cancel a run",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        run, hidden = _run(number, user_of(request))
        self.body()
        return Response(self.render(cancel_run(run)) | hidden, status=HTTPStatus.ACCEPTED)


def _run(number: int, user: User) -> tuple[RefreshRun, dict[str, Any]]:
    """Return the run, and in place of its figures those that `user` may see: none, or all ({}).

    Of runs that counted customers of websites beyond the user's limit, only those that the user
    requested are shown, without figures. Raises NotFound for all other runs.
    """
    rows = seen_by(RefreshRun.objects.select_related("segment", "requested_by"), user, "segment")
    run = rows.filter(pk=number).first() if number <= HIGHEST else None
    nothing_there = NotFound(_("There is no run %(number)d.") % {"number": number})
    if run is None:
        raise nothing_there
    check_segment(user, run.segment)
    if not is_limited(user) or runs_seen_by(user, run.segment).filter(pk=run.pk).exists():
        return run, {}
    if run.requested_by != user:
        raise nothing_there
    return run, {"done": 0, "total": None, "entered": 0, "left": 0}
