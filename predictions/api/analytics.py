"""Views of all customers together: cohorts, seasons, lifetime values, RFM."""

from contextlib import nullcontext
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.clock import now
from customers.problems import Invalid, Problem
from customers.rest.endpoint import Answer, Endpoint, Operation
from customers.rest.parameters import Parameter
from customers.rest.parsing import ClockField
from customers.rest.refusals import Refused
from predictions.analytics.asked import VIEWS, asked
from predictions.analytics.views import view_of
from predictions.api.analytics_answers import AnalyticsShape
from predictions.api.one_at_a_time import one_at_a_time
from predictions.refused import Refused as NotDone

# A table of cohorts has a column for each week up to `as_of`: none of them keeps others waiting.
FARTHEST = timedelta(days=3653)
VIEW = Parameter(
    "view", serializers.CharField(trim_whitespace=False), f"One of {', '.join(VIEWS)}."
)
AS_OF = Parameter(
    "as_of",
    ClockField(required=False),
    "Computed as of then; without it, as of the last scoring, as it was stored.",
)


def _parameters() -> list[Parameter]:
    """Return the parameters of all views, each with the views that have it."""
    found: dict[str, list[str]] = {}
    for view, known in VIEWS.items():
        for name, choices in known.items():
            said = f"{view}: one of {', '.join(choices)}."
            found.setdefault(name, []).append(said)
    field = serializers.CharField(required=False, trim_whitespace=False)
    return [Parameter(name, field, " ".join(said)) for name, said in found.items()]


class Analytics(Endpoint):
    """What a view shows of all customers together."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(AnalyticsShape),
            parameters=[VIEW, *_parameters(), AS_OF],
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
        )
    }

    def get(self, request: Request) -> Response:
        given = dict(self.query)
        view, as_of = given.pop("view"), given.pop("as_of", None)
        if as_of is not None and as_of - now() > FARTHEST:
            text = _("At most ten years from now: each period up to then is a column.")
            raise Invalid([Problem("as_of", "out_of_range", text)])
        wanted = asked(view, given)  # Nobody waits to be told that there is no such view.
        try:
            with nullcontext() if as_of is None else one_at_a_time():
                return Response(view_of(view, wanted.parameters, as_of=as_of))
        except NotDone as error:
            raise Refused(HTTPStatus.CONFLICT, str(error), code=error.code) from error
