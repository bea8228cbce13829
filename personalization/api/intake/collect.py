"""Takes what the storefront's snippet sends: from anybody, with a response that reveals nothing."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import BytesParser, ExactTextField, StrictSerializer, YesNoField
from core.clock import now
from customers.storefront_origins import is_allowed
from personalization.intake.crawlers import is_crawler
from personalization.intake.privacy_signals import is_signalled
from personalization.intake.receiving import Caller
from personalization.visitors.collecting import MOST_BYTES, collect
from personalization.visitors.last_requests import note_refusal

SITE = Parameter(
    "site",
    serializers.CharField(required=False),
    "The website's public key; or a header of this name.",
)
# How long a browser may cache the CORS preflight response (seconds).
ALLOWED_FOR = 86_400


class BeaconParser(BytesParser):
    """Beacons send JSON as plain text."""

    limit = MOST_BYTES


class CollectSerializer(StrictSerializer):
    """Behaviours of a visitor, or what they say of being tracked (docs/personalization.md)."""

    visitor = ExactTextField(max_length=34)
    customer = ExactTextField(required=False)
    events = serializers.ListField(child=serializers.DictField(), required=False)
    consent = YesNoField(required=False)
    at = serializers.DateTimeField(required=False)
    gpc = YesNoField(required=False)


class Collect(Endpoint):
    """Takes what visitors do and say from the storefronts whose origins are allowed.

    Without a log-in, and the answer is always the same.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (BeaconParser,)
    operations: ClassVar = {
        "POST": Operation(
            [],
            Answer(None, HTTPStatus.NO_CONTENT),
            takes=CollectSerializer,
            parameters=[SITE],
            example={
                "visitor": "v-0123456789abcdef0123456789abcdef",
                "events": [{"behavior_type": "search", "data": {"query": "red shoe"}}],
            },
            summary="Collect behaviours of a storefront",
        )
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Skip the endpoint's checks of the query string: the response must not reveal whether it is
        # valid.
        APIView.initial(self, request, *args, **kwargs)
        origin = request.headers.get("Origin", "")
        if not is_allowed(origin):
            note_refusal(origin, now())
            raise PermissionDenied(_("No storefront that may send behaviour has this origin."))

    def post(self, request: Request) -> Response:
        headers = request.headers
        body = request.data
        collect(
            body if isinstance(body, bytes) else b"",
            headers.get("site") or request.query_params.get("site", ""),
            Caller(gpc=is_signalled(headers), is_crawler=is_crawler(headers.get("User-Agent", ""))),
        )
        return Response(status=HTTPStatus.NO_CONTENT, headers=_allowing(request))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        more = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type, site",
            "Access-Control-Max-Age": str(ALLOWED_FOR),
        }
        return Response(status=HTTPStatus.NO_CONTENT, headers=_allowing(request) | more)


def _allowing(request: Request) -> dict[str, str]:
    """Return the CORS headers by which a browser gives the storefront's page the response."""
    return {"Access-Control-Allow-Origin": request.headers["Origin"], "Vary": "Origin"}
