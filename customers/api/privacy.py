"""A customer's consent, all data about them, and their erasure."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.http import FileResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, is_within, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.audit import record
from core.clock import now
from core.problems import Problem
from customers.api.responses import ConsentSerializer, CustomerDataSerializer, ErasureSerializer
from customers.merging import customer_known_as
from customers.models import (
    AuditAction,
    AuditSubject,
    Consent,
    ConsentState,
    Customer,
    Erasure,
    Orders,
    Purpose,
)
from customers.privacy.consent import EVIDENCE_CHARACTERS, latest_consent, note_consent
from customers.privacy.document import document_of
from customers.privacy.erased import erasure_of
from customers.privacy.erasing import request_erasure
from customers.privacy.holdings import person_of

# The highest row key that the databases can hold.
HIGHEST = 2**63 - 1
LOG = Parameter(
    "log",
    serializers.ChoiceField(["1", "0"], required=False),
    "1: all entries as well, the newest first.",
)


class ConsentRequestSerializer(StrictSerializer):
    """What a customer says now; a purpose that is left out stays as it is."""

    default_error_messages = {"nothing": gettext_lazy("Say tracking, personalization, or both.")}

    tracking = serializers.ChoiceField(ConsentState.choices, required=False)
    personalization = serializers.ChoiceField(ConsentState.choices, required=False)
    evidence = TextField(default="", allow_blank=True, max_length=EVIDENCE_CHARACTERS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not set(attrs) & set(Purpose.values):
            self.fail("nothing")
        return attrs


class ErasureRequestSerializer(StrictSerializer):
    """The customer's number once more, and what becomes of their orders."""

    confirm = TextField(max_length=64)
    orders = serializers.ChoiceField(Orders.choices, default=Orders.ANONYMIZE)


class CustomerConsent(Endpoint):
    """What a customer has allowed and refused; what is said is added, and nothing is taken away."""

    operations: ClassVar = {
        "GET": Operation(
            ["customers.view_consent"],
            Answer(ConsentSerializer),
            parameters=[LOG],
            summary="Read a customer's consent",
            websites=Treatment.LIMITED,
        ),
        "PUT": Operation(
            ["customers.change_consent"],
            Answer(ConsentSerializer),
            takes=ConsentRequestSerializer,
            example={"tracking": "granted", "evidence": "Ticked in the shop’s account."},
            summary="Record a customer's consent",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request, number: str) -> Response:
        customer = _customer(number, user_of(request))
        body = _consent(customer)
        if self.query.get("log") == "1":
            rows = Consent.objects.filter(customer=customer).order_by("-at", "-pk")
            body["log"] = rows
        return Response(self.render(body))

    def put(self, request: Request, number: str) -> Response:
        customer, values = _customer(number, user_of(request)), self.body()
        states = {
            Purpose(purpose): ConsentState(values[purpose])
            for purpose in Purpose.values
            if purpose in values
        }
        note_consent(
            customer,
            states,
            source="api",
            author=user_of(request),
            at=now(),
            evidence=values["evidence"],
        )
        return Response(self.render(_consent(customer)))


class CustomerData(Endpoint):
    """All that is stored about a customer, by every app; that somebody took it out is noted."""

    operations: ClassVar = {
        "GET": Operation(
            ["customers.export_customer"],
            Answer(CustomerDataSerializer),
            summary="Export all data about a customer",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: str) -> FileResponse:
        customer = _customer(number, user_of(request))
        record(user_of(request), AuditAction.EXPORTED, AuditSubject.CUSTOMER, customer.external_id)
        document = document_of(person_of(customer), as_of=now())
        return FileResponse(document, content_type="application/json")


class Erasing(Endpoint):
    """Has a customer erased; whoever asks again gets the same erasure."""

    operations: ClassVar = {
        "POST": Operation(
            ["customers.erase_customer"],
            Answer(ErasureSerializer, HTTPStatus.ACCEPTED, headers={"Location": "Its address."}),
            takes=ErasureRequestSerializer,
            example={"confirm": "C-1001", "orders": "anonymize"},
            summary="Erase a customer",
        )
    }

    def post(self, request: Request, number: str) -> Response:
        values = self.body()
        if values["confirm"] != number:
            text = _("Confirm by the customer's own id: “%(number)s”.") % {"number": number}
            raise invalid(Problem("confirm", "not_confirmed", text))
        customer = customer_known_as(number)
        if customer is not None:
            erasure = request_erasure(customer, Orders(values["orders"]), author=user_of(request))
        else:
            known = erasure_of(number)
            if known is None:
                raise _nobody(number)
            erasure = known
        headers = {"Location": reverse("api:erasure", args=[erasure.pk])}
        return Response(self.render(erasure), status=HTTPStatus.ACCEPTED, headers=headers)


class OneErasure(Endpoint):
    """How far an erasure is."""

    operations: ClassVar = {
        "GET": Operation(
            ["customers.erase_customer"],
            Answer(ErasureSerializer),
            summary="Read an erasure's progress",
        )
    }

    def get(self, request: Request, number: int) -> Response:
        rows = Erasure.objects.select_related("requested_by")
        erasure = rows.filter(pk=number).first() if number <= HIGHEST else None
        if erasure is None:
            raise NotFound(_("There is no erasure %(number)d.") % {"number": number})
        return Response(self.render(erasure))


def _customer(number: str, user: User) -> Customer:
    """Return the customer with this number, or the one that a guest with it was merged into.

    Raises NotFound, also for a customer whose website `user` may not see.
    """
    customer = customer_known_as(number)
    if customer is None or not is_within(customer.website_id, websites_of(user)):
        raise _nobody(number)
    return customer


def _nobody(number: str) -> NotFound:
    return NotFound(_("There is no customer “%(number)s”.") % {"number": number})


def _consent(customer: Customer) -> dict[str, Any]:
    """Return the latest consent to each purpose; the empty one has no state."""
    return {purpose.value: latest_consent(customer, purpose) or {} for purpose in Purpose}
