"""Suppressed addresses, and the senders of stores."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import SuppressionSerializer
from campaigns.consent.addresses import hashes_of, is_valid
from campaigns.consent.suppression import lift, suppress
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender, Suppression, SuppressionReason
from campaigns.words import NO_ADDRESS
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.clock import now
from core.problems import Problem
from core.resources.api import Api
from core.resources.endpoints import ResourceEndpoint
from customers.models import Store


class SuppressionRequestSerializer(StrictSerializer):
    """An address that is to get no mail any more."""

    address = TextField(max_length=254)


class LiftSerializer(StrictSerializer):
    """Why an address gets mail again."""

    reason = TextField(max_length=255)


class Suppressions(Endpoint):
    """The suppressed addresses, by their hashes; `address` asks whether one is among them."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_suppression"],
            Answer(SuppressionSerializer, pages=True),
            parameters=(
                *PAGED,
                Parameter("address", serializers.CharField(required=False), "An address."),
            ),
            summary="List suppressions",
        ),
        "POST": Operation(
            ["campaigns.add_suppression"],
            Answer(SuppressionSerializer, HTTPStatus.CREATED),
            takes=SuppressionRequestSerializer,
            example={"address": "someone@shop.example"},
            summary="Suppress an address",
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Suppression.objects.all()
        if "address" in self.query:
            rows = rows.filter(address_hash__in=hashes_of(self.query["address"]))
        return page_of(rows, "pk", self.render, self)

    def post(self, request: Request) -> Response:
        address = self.body()["address"]
        if not is_valid(address):
            raise invalid(Problem("address", "invalid", str(NO_ADDRESS)))
        row = suppress(address, SuppressionReason.BY_HAND, now(), author=user_of(request))
        return Response(self.render(row), HTTPStatus.CREATED)


class Lifting(Endpoint):
    """Takes an address off the list; the reason stands in the audit log."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.delete_suppression"],
            Answer(SuppressionSerializer),
            takes=LiftSerializer,
            example={"reason": "The address works again."},
            summary="Lift a suppression",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        why = self.body()["reason"]
        with transaction.atomic():
            row = Suppression.objects.select_for_update().filter(pk=number).first()
            if row is None:
                raise NotFound(_("There is no blocked address %(n)d.") % {"n": number})
            lifted = self.render(row)
            lift(row, why, author=user_of(request))
        return Response(lifted)


class SendersApi(Api):
    """The sender of each store; that of a store without one is empty, and needs no If-Match."""

    def _view(self, base: type[ResourceEndpoint], name: str) -> Any:
        view = super()._view(base, name)
        if "PUT" in view.operations:
            put = view.operations["PUT"]
            needed = (*put.refusals, HTTPStatus.PRECONDITION_REQUIRED)
            put = replace(put, if_match=False, may_match=True, refusals=needed)
            view.operations = {**view.operations, "PUT": put}
        return view

    def rows_at(self, *codes: str) -> QuerySet[Any]:
        return Store.objects.select_related("mail_sender")

    def row_at(self, *codes: Any, user: Any = None) -> MailSender:
        return _sender_of(super().row_at(*codes, user=user))

    def codes_of(self, row: MailSender) -> list[Any]:
        return [row.store.code]

    def serialize_row(self, row: Any) -> Any:
        return super().serialize_row(_sender_of(row) if isinstance(row, Store) else row)


MAIL_SENDERS = SendersApi(
    SENDERS,
    "mail-senders/",
    names=("mail-senders", "mail-sender"),
    words=("Senders", "Sender"),
    nouns=("senders", "the sender of a store"),
    key="text:store",
    methods=("GET", "PUT"),
    example={
        "from_name": "Shop",
        "from_email": "news@shop.example",
        "postal_address": "1 Main Street, Town",
    },
    change={"from_name": "Shop"},
)


def _sender_of(store: Store) -> MailSender:
    return getattr(store, "mail_sender", None) or MailSender(store=store)
