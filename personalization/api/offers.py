"""Offers: read, written, changed, deleted."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parsing import ClockField, TextField, TreeField, WholeNumberField, YesNoField
from core.api.permissions import user_of
from core.api.preconditions import ETAG
from core.text.exact_numbers import BadValue, number_of
from personalization.api.editing_rows import (
    RowSerializer,
    check_code,
    deleted,
    read,
    row_to_change,
    saved_response,
    shown,
)
from personalization.api.offer_answers import OfferShape, SavedOfferShape
from personalization.experiences.definition import said_by
from personalization.models import Offer
from personalization.offers.checking import LONGEST_BASIS
from personalization.offers.definition import OfferSays
from personalization.offers.saving import save_offer
from segments.rules.followers import hold_definitions

OFFER = "personalization.{}_offer"
EXAMPLE = {
    "kind": "percent",
    "value": "10",
    "audience": {"operator": "is", "segments": ["best-customers"]},
    "legal_basis": "Art. 6 (1) f GDPR: thanks to regular customers",
    "budget": "5000",
    "max_per_customer": 1,
}


@extend_schema_field({"type": ["string", "number"]})
class OfferNumberField(serializers.Field[Any, Any, Any, Any]):
    """A number of JSON, or a text that spells one, with at most 4 decimals; given as a text."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return number_of(data)
        except BadValue as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def to_representation(self, value: Any) -> str:
        return str(value)


class OfferSerializer(RowSerializer):
    """What is written of an offer."""

    code = TextField(required=False, max_length=64)
    kind = TextField(max_length=32)
    value = OfferNumberField(default=None, allow_null=True)
    audience = TreeField(default=None, allow_null=True)
    priority = WholeNumberField(default=0)
    starts_at = ClockField(default=None, allow_null=True)
    ends_at = ClockField(default=None, allow_null=True)
    budget = OfferNumberField(default=None, allow_null=True)
    max_per_customer = WholeNumberField(default=None, allow_null=True)
    min_margin = OfferNumberField(default=None, allow_null=True)
    legal_basis = TextField(max_length=LONGEST_BASIS)
    is_active = YesNoField(default=True)


class NewOfferSerializer(OfferSerializer):
    """What is written of a new offer."""

    code = TextField(max_length=64)


class Offers(Endpoint):
    """All offers; a new one."""

    operations: ClassVar = {
        "GET": Operation([OFFER.format("view")], Answer(OfferShape, pages=True), parameters=PAGED),
        "POST": Operation(
            [OFFER.format("add")],
            Answer(SavedOfferShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewOfferSerializer,
            example={"code": "thanks", **EXAMPLE},
        ),
    }

    def get(self, request: Request) -> Response:
        return page_of(Offer.objects.all(), "pk", shown, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        row = Offer(code=values.pop("code"))
        saved = save_offer(row, OfferSays(**values), author=user_of(request))
        response = saved_response(saved, HTTPStatus.CREATED, warns=True)
        response["Location"] = reverse("api:offer", args=[row.code])
        return response


class OneOffer(Endpoint):
    """One offer; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation([OFFER.format("view")], Answer(OfferShape, headers=ETAG)),
        "PUT": Operation(
            [OFFER.format("change")],
            Answer(SavedOfferShape, headers=ETAG),
            takes=OfferSerializer,
            example=EXAMPLE,
            if_match=True,
        ),
        "PATCH": Operation(
            [OFFER.format("change")],
            Answer(SavedOfferShape, headers=ETAG),
            takes=OfferSerializer,
            example={"priority": 5},
            if_match=True,
        ),
        "DELETE": Operation(
            [OFFER.format("delete")], Answer(None, HTTPStatus.NO_CONTENT), if_match=True
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return read(offer_at(code))

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        return deleted(request, offer_at(code))

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            # Before the offer, as whoever changes a segment does.
            hold_definitions()
            row = row_to_change(request, offer_at(code))
            values: dict[str, Any] = self.body(partial=partial)
            check_code(values, code)
            says = OfferSays(**(said_by(row) | values))
            saved = save_offer(row, says, author=user_of(request))
        return saved_response(saved, HTTPStatus.OK, warns=True)


def offer_at(code: str) -> Offer:
    """Return the offer `code`; raises NotFound."""
    row: Offer | None = Offer.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("There is no offer “%(code)s”.") % {"code": code})
    return row
