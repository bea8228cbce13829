"""Suppressed addresses, and who the mail of a store is from."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.addresses import hashes_of, is_valid
from campaigns.api.answers import SenderShape, SuppressionShape
from campaigns.editing.senders import TEXTS, save_sender, sender_json
from campaigns.models import MailSender, Suppression, SuppressionReason
from campaigns.suppression import lift, suppress
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_given, etag_of
from core.api.refusals import invalid
from core.clock import now
from core.problems import Problem
from customers.models import Store


class SuppressionSerializer(StrictSerializer):
    """An address that is to get no mail any more."""

    address = TextField(max_length=254)


class LiftSerializer(StrictSerializer):
    """Why an address gets mail again."""

    reason = TextField(max_length=255)


class SenderSerializer(StrictSerializer):
    """Who the mail of a store is from."""

    passed_over = ("store", "version")

    from_name = TextField(default="", allow_blank=True, max_length=255)
    from_email = TextField(default="", allow_blank=True, max_length=254)
    reply_to = TextField(default="", allow_blank=True, max_length=254)
    postal_address = TextField(default="", allow_blank=True, max_length=2_000)
    is_default = serializers.BooleanField(required=False)


class Suppressions(Endpoint):
    """The suppressed addresses, by their hashes; `address` asks whether one is among them."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_suppression"],
            Answer(SuppressionShape, pages=True),
            parameters=(
                *PAGED,
                Parameter("address", serializers.CharField(required=False), "An address."),
            ),
            summary="List suppressions",
        ),
        "POST": Operation(
            ["campaigns.add_suppression"],
            Answer(SuppressionShape, HTTPStatus.CREATED),
            takes=SuppressionSerializer,
            example={"address": "someone@shop.example"},
            summary="Suppress an address",
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Suppression.objects.all()
        if "address" in self.query:
            rows = rows.filter(address_hash__in=hashes_of(self.query["address"]))
        return page_of(rows, "pk", _suppression, self)

    def post(self, request: Request) -> Response:
        address = self.body()["address"]
        if not is_valid(address):
            raise invalid(Problem("address", "invalid", _("This is no e-mail address.")))
        row = suppress(address, SuppressionReason.BY_HAND, now(), author=user_of(request))
        return Response(_suppression(row), HTTPStatus.CREATED)


class Lifting(Endpoint):
    """Takes an address off the list; the reason stands in the audit log."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.delete_suppression"],
            Answer(SuppressionShape),
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
                raise NotFound(_("There is no suppressed address %(n)d.") % {"n": number})
            lifted = _suppression(row)
            lift(row, why, author=user_of(request))
        return Response(lifted)


class Senders(Endpoint):
    """Who the mail of each store is from."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_mailsender"],
            Answer(SenderShape, pages=True),
            parameters=PAGED,
            summary="List senders",
        )
    }

    def get(self, request: Request) -> Response:
        rows = Store.objects.select_related("mail_sender")
        return page_of(rows, "pk", _sender_shown, self)


class OneSender(Endpoint):
    """Who the mail of a store is from."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_mailsender"],
            Answer(SenderShape, headers=ETAG),
            summary="Read the sender of a store",
        ),
        "PUT": Operation(
            ["campaigns.change_mailsender"],
            Answer(SenderShape, headers=ETAG),
            takes=SenderSerializer,
            may_match=True,
            example={
                "from_name": "Shop",
                "from_email": "news@shop.example",
                "postal_address": "1 Main Street, Town",
            },
            summary="Set the sender of a store",
        ),
    }

    def get(self, request: Request, store: str) -> Response:
        return _sender_answer(_store_at(store))

    def put(self, request: Request, store: str) -> Response:
        found = _store_at(store)
        values = dict.fromkeys(TEXTS, "") | self.body()

        def check(sender: MailSender) -> None:
            text = _("Somebody else has changed the sender meanwhile; version %(v)s is stored.")
            check_if_given(request, etag_of(sender), text % {"v": sender.version})

        save_sender(found, values, author=user_of(request), before_it=check)
        return _sender_answer(_store_at(store))


def _store_at(code: str) -> Store:
    store: Store | None = Store.objects.select_related("mail_sender").filter(code=code).first()
    if store is None:
        raise NotFound(_("There is no store “%(code)s”.") % {"code": code})
    return store


def _sender_of(store: Store) -> MailSender:
    return getattr(store, "mail_sender", None) or MailSender(store=store)


def _sender_shown(store: Store) -> dict[str, Any]:
    sender = _sender_of(store)
    return {"store": store.code, **sender_json(sender), "version": sender.version}


def _sender_answer(store: Store) -> Response:
    return Response(_sender_shown(store), headers={"ETag": etag_of(_sender_of(store))})


def _suppression(row: Suppression) -> dict[str, Any]:
    return {"id": row.pk, "address_hash": row.address_hash, "reason": row.reason, "at": row.at}
