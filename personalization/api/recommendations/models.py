"""Versions of recommendation models: evaluation, promotion, rollback."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parsing import ExactTextField, StrictSerializer
from core.api.permissions import user_of
from core.api.refusals import Refused as Problems
from core.problems import Problem
from personalization.api.recommendations.responses import RecommendationVersionSerializer
from personalization.models import ListInUse, RecommendationVersion
from personalization.recommend.nightly.promotion import promote, rollback
from predictions.refusals import Refused

VIEW = "personalization.view_recommendations"
CHANGE = "personalization.change_recommendationversion"


class RecommendationModels(Endpoint):
    """All versions, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(RecommendationVersionSerializer, pages=True),
            parameters=PAGED,
            summary="List recommendation models",
        )
    }

    def get(self, request: Request) -> Response:
        return page_of(_rows(), "-pk", self.render, self)


class PromotionSerializer(StrictSerializer):
    """The reason for promoting a version whose gate has not passed (10 to 500 characters)."""

    reason = ExactTextField(default="", allow_blank=True)


class Promoting(Endpoint):
    """Has a version make personal recommendations."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(RecommendationVersionSerializer),
            takes=PromotionSerializer,
            example={"reason": "The shop is too young to measure it."},
            refusals=[HTTPStatus.CONFLICT],
            summary="Promote a recommendation model",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        asked = self.body()
        version = _rows().filter(number=number).first()
        if version is None:
            raise NotFound(_("There is no version %(number)d.") % {"number": number})
        with _refusals():
            promote(version, reason=asked["reason"], by=user_of(request))
        return Response(self.render(_rows().get(pk=version.pk)))


class RollingBackRecommendations(Endpoint):
    """Goes one promotion back."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(RecommendationVersionSerializer),
            refusals=[HTTPStatus.CONFLICT],
            summary="Roll back a promotion",
        )
    }

    def post(self, request: Request) -> Response:
        self.body()
        with _refusals():
            version = rollback(by=user_of(request))
        return Response(self.render(_rows().get(pk=version.pk)))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn refusals into responses: 400 for an invalid reason, 409 for all others."""
    try:
        yield
    except Refused as error:
        is_field = error.code == "bad_reason"
        problems = [Problem("reason", error.code, str(error))] if is_field else []
        status = HTTPStatus.BAD_REQUEST if is_field else HTTPStatus.CONFLICT
        raise Problems(status, str(error), problems, code=error.code, **error.details) from error


def _rows() -> Any:
    in_use = ListInUse.objects.filter(version=OuterRef("pk"))
    rows = RecommendationVersion.objects.annotate(is_promoted=Exists(in_use))
    return rows.select_related("fit").defer("fit__content")
