"""Coupons: generated, listed, reserved for an order and given back."""

from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import (
    ClockField,
    ExactTextField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.api.routes.any_content_type import Anything
from core.problems import Problem
from customers.api.people import no_customer
from customers.models import Customer
from price_rules.api.responses import (
    BatchSerializer,
    GeneratedCouponsSerializer,
    ListedCouponSerializer,
    ReservationSerializer,
)
from price_rules.api.rules import RULES
from price_rules.coupons.batches import AT_ONCE, MOST, Wanted, begin_batch, make_coupons
from price_rules.coupons.codes import ALPHABET
from price_rules.coupons.coupon_validity import Refusal, issued_coupon
from price_rules.coupons.csv_lines import coupon_lines
from price_rules.models import CartPriceRule, Coupon, CouponBatch
from price_rules.tasks import make_missing_coupons
from price_rules.till.reasons import Reason
from price_rules.till.redemption import Contradiction, NotRedeemed, redeem, release
from segments.membership import shopper_of

OF_RULE = Parameter("rule", serializers.CharField(required=False), "The code of a rule.")
OF_CUSTOMER = Parameter("customer", ExactTextField(required=False), "The shop's own id.")
MOST_USES = 2**31 - 1


class BatchRequestSerializer(StrictSerializer):
    """How many coupons, of which form, good how often and until when."""

    count = WholeNumberField(min_value=1, max_value=MOST)
    prefix = TextField(default="", allow_blank=True, max_length=64)
    length = WholeNumberField(default=10)
    alphabet = TextField(default=ALPHABET, max_length=64)
    expires_at = ClockField(default=None, allow_null=True)
    uses = WholeNumberField(default=1, min_value=0, max_value=MOST_USES)


class Generating(Endpoint):
    """New coupons of a rule, all of them or none; more than 1,000 in the background."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.generate_coupons"],
            Answer(GeneratedCouponsSerializer, HTTPStatus.CREATED),
            takes=BatchRequestSerializer,
            example={"count": 10, "prefix": "SPRING-"},
            later=Answer(BatchSerializer, HTTPStatus.ACCEPTED),
            summary="Generate coupons",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, code: str) -> Response:
        wanted = Wanted(**self.body())
        rule = RULES.row_to_write(code, user=user_of(request))
        if wanted.count > AT_ONCE:
            with transaction.atomic():
                batch = begin_batch(rule, wanted, author=user_of(request))
                transaction.on_commit(make_missing_coupons.delay)
            return Response(BatchSerializer(batch).data, HTTPStatus.ACCEPTED)
        with transaction.atomic():
            batch = begin_batch(rule, wanted, author=user_of(request))
            make_coupons(batch)
        found = Coupon.objects.filter(batch=batch).select_related("customer").order_by("pk")
        return Response(self.render({"coupons": found}), HTTPStatus.CREATED)


class OneBatch(Endpoint):
    """How far a batch of coupons is."""

    operations: ClassVar = {
        "GET": Operation(
            ["price_rules.generate_coupons"],
            Answer(BatchSerializer),
            summary="Read a batch's progress",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request, code: str, number: int) -> Response:
        rule = RULES.row_to_write(code, user=user_of(request))
        batch = CouponBatch.objects.filter(rule=rule, pk=number).first()
        if batch is None:
            raise NotFound(_("There is no batch %(number)d.") % {"number": number})
        return Response(self.render(batch))


class Coupons(Endpoint):
    """The coupons that there are, of a rule or a customer where one is named."""

    operations: ClassVar = {
        "GET": Operation(
            ["price_rules.view_coupon"],
            Answer(ListedCouponSerializer, pages=True),
            parameters=(*PAGED, OF_RULE, OF_CUSTOMER),
            summary="List coupons",
        )
    }

    def get(self, request: Request) -> Response:
        return page_of(_wanted(self.query), "pk", self.render, self)


class CouponsCsv(Endpoint):
    """The same as a file, without pages."""

    content_negotiation_class = Anything
    operations: ClassVar = {
        "GET": Operation(
            ["price_rules.view_coupon"],
            Answer(None, media=["text/csv"]),
            parameters=(OF_RULE, OF_CUSTOMER),
            summary="Export coupons as CSV",
        )
    }

    def get(self, request: Request) -> StreamingHttpResponse:
        lines: Iterator[bytes] = coupon_lines(_wanted(self.query))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="coupons.csv"'
        return response


class RedeemSerializer(StrictSerializer):
    """The order's number, and the customer's number or null."""

    order = ExactTextField(max_length=64)
    customer = ExactTextField(default=None, allow_null=True, max_length=255)


class Redeeming(Endpoint):
    """Reserves a coupon for an order; the order's arrival turns that into a use."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.redeem_coupon"],
            Answer(ReservationSerializer),
            takes=RedeemSerializer,
            example={"order": "O-5002"},
            refusals=[HTTPStatus.CONFLICT],
            summary="Reserve a coupon for an order",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        asked = self.body()
        coupon = _coupon_at(code)
        customer = None if asked["customer"] is None else _customer(asked["customer"])
        try:
            reservation = redeem(coupon, asked["order"], customer, author=user_of(request))
        except NotRedeemed as error:
            message = _refusal_text(error.refusal)
            problem = Problem("", error.refusal.value, message)
            raise Refused(HTTPStatus.CONFLICT, message, [problem]) from error
        except (Coupon.DoesNotExist, CartPriceRule.DoesNotExist) as error:
            raise _nothing_there(code) from error
        return Response(self.render(reservation))


class Releasing(Endpoint):
    """Gives back what was reserved for an order."""

    operations: ClassVar = {
        "DELETE": Operation(
            ["price_rules.redeem_coupon"],
            Answer(None, HTTPStatus.NO_CONTENT),
            summary="Release a reserved coupon",
        )
    }

    def delete(self, request: Request, code: str, order: str) -> Response:
        if not release(_coupon_at(code), order, author=user_of(request)):
            text = _("Nothing is reserved for the order “%(order)s”.")
            raise NotFound(text % {"order": order})
        return Response(status=HTTPStatus.NO_CONTENT)


def _wanted(query: dict[str, Any]) -> QuerySet[Coupon]:
    rows: QuerySet[Coupon] = Coupon.objects.issued().select_related("rule", "customer")
    if (code := query.get("rule")) is not None:
        if not CartPriceRule.objects.filter(code=code).exists():
            message = _("There is no price rule “%(code)s”.") % {"code": code}
            raise invalid(Problem("rule", "unknown_rule", message))
        rows = rows.filter(rule__code=code)
    if (number := query.get("customer")) is not None:
        if not Customer.objects.filter(external_id=number).exists():
            message = _("There is no customer “%(number)s”.") % {"number": number}
            raise invalid(Problem("customer", "unknown_customer", message))
        rows = rows.filter(customer__external_id=number)
    return rows


def _customer(number: str) -> Customer | None:
    """Return the customer with this number; for a merged guest, the customer merged into.

    None where the customer is being deleted. Raises the error of `no_customer` for an unknown
    number.
    """
    try:
        facts = shopper_of(number).facts
    except Customer.DoesNotExist as error:
        raise no_customer(number) from error
    return facts.customer if facts else None


def _coupon_at(code: str) -> Coupon:
    coupon = issued_coupon(code)
    if coupon is None:
        raise _nothing_there(code)
    return coupon


def _nothing_there(code: str) -> NotFound:
    return NotFound(_("There is no coupon “%(code)s”.") % {"code": code})


def _refusal_text(refusal: StrEnum) -> str:
    said: dict[StrEnum, str] = {
        Refusal.USED_UP: _("The coupon has been used as often as it may be."),
        Refusal.USED_UP_BY_CUSTOMER: _("The customer has used it as often as one may."),
        Refusal.NOT_OWN: _("The coupon was issued to another customer."),
        Refusal.EXPIRED: _("The coupon has expired."),
        Reason.INACTIVE: _("The price rule of the coupon is not active."),
        Reason.OTHER_WEBSITE: _("The price rule of the coupon is for other websites."),
        Reason.OTHER_GROUP: _("The price rule of the coupon is for other customer groups."),
        Reason.NOT_STARTED: _("The price rule of the coupon has not started yet."),
        Reason.ENDED: _("The price rule of the coupon has ended."),
        Reason.SEGMENT: _("The price rule of the coupon is for customers of other segments."),
        Contradiction.OTHER_CUSTOMER: _("The order is another customer's."),
        Contradiction.OTHER_COUPON: _("The order has arrived with another coupon."),
        Contradiction.ORDER_CANCELED: _("The order is canceled."),
    }
    return said[refusal]
