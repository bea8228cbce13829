"""Views of all customers: cohorts, seasons, lifetime values, RFM, and computed views."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ClockField
from core.api.permissions import user_of
from core.api.refusals import Refused
from core.clock import now
from core.problems import Invalid, Problem
from predictions.analytics.answers import view_of
from predictions.analytics.computation.defaults import answer_view, usual
from predictions.analytics.computation.views import COMPUTED_VIEWS, validated_parameters
from predictions.analytics.documents import Data
from predictions.analytics.parameters import VIEWS, validated_view
from predictions.api.analytics.answers import AnalyticsSerializer
from predictions.api.throttles import one_at_a_time
from predictions.refusals import Refused as NotDone

# A table of cohorts has a column per week up to `as_of`: this limit bounds its computation.
FARTHEST = timedelta(days=3653)
VIEW = Parameter(
    "view",
    serializers.CharField(trim_whitespace=False),
    f"One of {', '.join([*VIEWS, *(computed.view for computed in COMPUTED_VIEWS)])}.",
)
AS_OF = Parameter(
    "as_of",
    ClockField(required=False),
    "Computed as of then; without it, as of the last scoring, as it was stored.",
)


TEXT = serializers.CharField(required=False, trim_whitespace=False)


def _parameters() -> list[Parameter]:
    """Return the parameters of all views; the description of each lists the views that have it.

    All are texts in the schema: the allowed values depend on the view, which validates them.
    """
    found: dict[str, list[str]] = {}
    for view, known in VIEWS.items():
        for name, choices in known.items():
            said = f"{view}: one of {', '.join(choices)}."
            found.setdefault(name, []).append(said)
    for computed in COMPUTED_VIEWS:
        for one in computed.parameters:
            found.setdefault(one.name, []).append(f"{computed.view}: {one.meaning}")
    return [Parameter(name, TEXT, " ".join(said)) for name, said in found.items()]


def _question(
    view: str, given: Mapping[str, str], as_of: datetime | None, user: User
) -> tuple[bool, Callable[[], Data]]:
    """Return whether a view's result is stored, and a function that returns the result.

    Raises `Invalid` for a bad view or parameter, and PermissionDenied for a parameter that `user`
    may not use.
    """
    computed = COMPUTED_VIEWS.find(view)
    if computed is None:
        return as_of is None, partial(
            view_of, view, validated_view(view, given).parameters, as_of=as_of
        )
    if not user.has_perms(computed.needed_for(given)):
        raise PermissionDenied
    values = validated_parameters(computed, given)
    found = usual(computed, values) if as_of is None else None
    if found is not None:
        return True, lambda: found
    return False, partial(answer_view, computed, values, as_of)


class Analytics(Endpoint):
    """The result of a view of all customers."""

    operations: ClassVar = {
        "GET": Operation(
            ["predictions.view_scores"],
            Answer(AnalyticsSerializer),
            parameters=[VIEW, *_parameters(), AS_OF],
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Read a view of all customers",
        )
    }

    def get(self, request: Request) -> Response:
        given = dict(self.query)
        view, as_of = given.pop("view"), given.pop("as_of", None)
        if as_of is not None and as_of - now() > FARTHEST:
            text = _("At most ten years from now: each period up to then is a column.")
            raise Invalid([Problem("as_of", "out_of_range", text)])
        # Errors in the parameters are answered at once, without waiting for other computations.
        is_stored, answer = _question(view, given, as_of, user_of(request))
        try:
            with nullcontext() if is_stored else one_at_a_time():
                return Response(answer())
        except NotDone as error:
            raise Refused(HTTPStatus.CONFLICT, str(error), code=error.code) from error
