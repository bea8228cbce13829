"""POST check/: is the shopper at the till in these segments, judged now."""

from http import HTTPStatus
from typing import ClassVar

from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import CartField, StrictSerializer, TextField
from core.database.replicas import read
from customers.api.people import check_shopper, no_customer
from customers.models import Customer
from segments.api.responses import CheckSerializer
from segments.api.segments import segment_not_found
from segments.membership import Shopper, shopper_of
from segments.rules.website_limits.websites import hidden_segments

MOST = 100


class CheckRequestSerializer(StrictSerializer):
    """Who is asked about which segments, and what they have in the cart."""

    default_error_messages = {"number": gettext_lazy("From 1 to %(most)d segments.")}

    customer = TextField(default=None, allow_null=True, trim_whitespace=False)
    cart = CartField(default=None, allow_null=True)
    segments = serializers.ListField(child=TextField())

    def validate_segments(self, codes: list[str]) -> list[str]:
        different = list(dict.fromkeys(codes))
        if not 1 <= len(different) <= MOST:
            text = str(self.error_messages["number"]) % {"most": MOST}
            raise serializers.ValidationError(text, code="out_of_range")
        return different


class Checks(Endpoint):
    """Live membership; no stored result is used. Inactive segments have nobody.

    Without `customer` the shopper is anonymous, and judged by the given cart alone.
    """

    operations: ClassVar = {
        "POST": Operation(
            ["segments.view_members"],
            Answer(CheckSerializer),
            takes=CheckRequestSerializer,
            example={
                "segments": ["best-customers"],
                "cart": {
                    "store": "default",
                    "items": [{"line": 1, "sku": "TEA", "quantity": 2, "price": "60.00"}],
                },
            },
            refusals=[HTTPStatus.NOT_FOUND],
            summary="Check a shopper's segments now",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        number, codes = asked["customer"], asked["segments"]

        def judge() -> tuple[Shopper, dict[str, bool]]:
            shopper = shopper_of(number, cart=asked["cart"])
            return shopper, shopper.memberships(codes)

        try:
            # A shopper waits at the checkout: do not wait for a replica.
            shopper, found = read(judge, may_wait=False)
        except Customer.DoesNotExist as error:
            raise no_customer(number) from error
        check_shopper(shopper.website_ids, number, request.user)
        hidden = hidden_segments(codes, request.user)
        for code in codes:
            if code not in found or code in hidden:
                raise segment_not_found(code)
        return Response({"segments": {code: found[code] for code in codes}, "as_of": shopper.as_of})
