"""Syncs: lists of other mail programs that are kept like segments, and how that goes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.answers import SyncedMemberShape, SyncShape
from campaigns.audit import SYNC
from campaigns.editing.syncs import (
    StillActive,
    SyncDefinition,
    create_sync,
    delete_sync,
    lock_sync,
    run_now,
    save_sync,
    sync_definition,
)
from campaigns.models import AudienceSync, SyncMember, SyncMemberState, SyncTarget
from campaigns.syncs.counts import counts_of
from campaigns.syncs.reporting import webhook_url
from core.access.personal import PERMISSION
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField, YesNoField
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import conflict
from core.audit import record_look
from customers.models import Customer

VIEW, ADD, CHANGE, DELETE = (
    f"campaigns.{verb}_audiencesync" for verb in ("view", "add", "change", "delete")
)
READ_ONLY = (
    *("id", "state", "error", "counts", "filled_at", "ran_at", "not_before", "webhook_url"),
    "version",
)
EXAMPLE = {
    "segment": "best-customers",
    "target": "klaviyo",
    "list": "Y6nRLr",
    "key_variable": "SYNC_KEY_KLAVIYO",
}


class AudienceSyncSerializer(StrictSerializer):
    """What is written of a sync."""

    passed_over = READ_ONLY

    segment = TextField(max_length=64)
    target = serializers.ChoiceField(SyncTarget.choices)
    list = TextField(max_length=64)
    key_variable = TextField(max_length=64)
    is_active = YesNoField(default=True)


class OfSyncs(Endpoint):
    """A call about syncs: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AudienceSync.DoesNotExist):
            exc = NotFound(_("There is no such sync."))
        response: Response = super().handle_exception(exc)
        return response

    def answer(self, sync: AudienceSync, status: HTTPStatus = HTTPStatus.OK) -> Response:
        """Return the answer that shows `sync`."""
        body = shown(sync, counts_of([sync.pk]), has_secret=self.has_secret)
        return Response(body, status=status, headers={"ETag": etag_of(sync)})

    @property
    def has_secret(self) -> bool:
        """Whether who asks may know the address by which somebody is unsubscribed."""
        return user_of(self.request).has_perm(CHANGE)


class AudienceSyncs(OfSyncs):
    """All syncs; a new one, which begins with all members."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW], Answer(SyncShape, pages=True), parameters=PAGED, summary="List audience syncs"
        ),
        "POST": Operation(
            [ADD],
            Answer(SyncShape, HTTPStatus.CREATED, headers=ETAG),
            takes=AudienceSyncSerializer,
            example=EXAMPLE,
            summary="Create an audience sync",
        ),
    }

    def get(self, request: Request) -> Response:
        counts: dict[int, Mapping[str, int]] = {}

        def looked(found: Sequence[AudienceSync]) -> None:
            counts.update(counts_of([one.pk for one in found]))

        rows = AudienceSync.objects.select_related("segment")
        has_secret = self.has_secret
        return page_of(
            rows, "pk", lambda one: shown(one, counts, has_secret=has_secret), self, looked=looked
        )

    def post(self, request: Request) -> Response:
        sync = create_sync(SyncDefinition(**self.body()), author=user_of(request))
        response = self.answer(sync, HTTPStatus.CREATED)
        response["Location"] = reverse("api:audience-sync", args=[sync.pk])
        return response


class OneAudienceSync(OfSyncs):
    """One sync; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation([VIEW], Answer(SyncShape, headers=ETAG), summary="Read an audience sync"),
        "PUT": Operation(
            [CHANGE],
            Answer(SyncShape, headers=ETAG),
            takes=AudienceSyncSerializer,
            example=EXAMPLE,
            if_match=True,
            summary="Replace an audience sync",
        ),
        "PATCH": Operation(
            [CHANGE],
            Answer(SyncShape, headers=ETAG),
            takes=AudienceSyncSerializer,
            example={"is_active": False},
            if_match=True,
            summary="Change an audience sync",
        ),
        "DELETE": Operation(
            [DELETE],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Delete an audience sync",
        ),
    }

    def get(self, request: Request, number: int) -> Response:
        return self.answer(_sync_at(number))

    def put(self, request: Request, number: int) -> Response:
        return self._write(request, number, partial=False)

    def patch(self, request: Request, number: int) -> Response:
        return self._write(request, number, partial=True)

    def delete(self, request: Request, number: int) -> Response:
        with transaction.atomic():
            sync = _to_change(request, number)
            try:
                delete_sync(sync, author=user_of(request))
            except StillActive as error:
                raise conflict("active", str(error)) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, number: int, *, partial: bool) -> Response:
        with transaction.atomic():
            sync = _to_change(request, number)
            values = asdict(sync_definition(sync)) | self.body(partial=partial)
            saved = save_sync(sync, SyncDefinition(**values), author=user_of(request))
        return self.answer(saved)


class RunningAudienceSync(OfSyncs):
    """Compares everybody at once, and tries those again who were refused."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(SyncShape, HTTPStatus.ACCEPTED),
            refusals=[HTTPStatus.CONFLICT],
            summary="Run an audience sync",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        self.body()
        sync = _sync_at(number)
        if not sync.is_active:
            raise conflict("not_active", _("The sync is off."))
        run_now(sync, author=user_of(request))
        return self.answer(_sync_at(number), HTTPStatus.ACCEPTED)


class AudienceSyncMembers(OfSyncs):
    """Whom a sync knows, and what went wrong with them."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW, "segments.view_members"],
            Answer(SyncedMemberShape, pages=True),
            parameters=(
                *PAGED,
                Parameter(
                    "state", serializers.ChoiceField(SyncMemberState.choices, required=False)
                ),
            ),
            summary="List members of an audience sync",
        )
    }

    def get(self, request: Request, number: int) -> Response:
        rows = SyncMember.objects.filter(sync=_sync_at(number))
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        user = user_of(request)
        sees = user.has_perm(PERMISSION)
        whose: dict[int, tuple[str, str | None]] = {}

        def looked(found: Sequence[SyncMember]) -> None:
            customers = Customer.objects.filter(pk__in=[one.customer_id for one in found])
            for pk, code, email in customers.values_list("pk", "external_id", "email"):
                whose[pk] = (code, email)
            if sees:
                record_look(user, SYNC, str(number), "members", rows=len(found))

        def member(row: SyncMember) -> dict[str, Any]:
            code, email = whose.get(row.customer_id, (None, None))
            return {
                "customer": code,
                "address": email if sees else None,
                "state": row.state,
                "error": row.error,
                "attempts": row.attempts,
                "since": row.changed_at,
            }

        return page_of(rows, "pk", member, self, looked=looked)


def shown(
    sync: AudienceSync, counts: Mapping[int, Mapping[str, int]], *, has_secret: bool
) -> dict[str, Any]:
    """Return a sync as the API shows it; `counts` by its key and the states of members."""
    return {
        "id": sync.pk,
        **asdict(sync_definition(sync)),
        "state": sync.state,
        "error": sync.error,
        "counts": counts[sync.pk],
        "filled_at": sync.filled_at,
        "ran_at": sync.ran_at,
        "not_before": sync.not_before,
        "webhook_url": webhook_url(sync) if has_secret else None,
        "version": sync.version,
    }


def _sync_at(number: int) -> AudienceSync:
    rows = AudienceSync.objects.select_related("segment")
    sync: AudienceSync | None = rows.filter(pk=number).first()
    if sync is None:
        raise NotFound(_("There is no sync %(number)d.") % {"number": number})
    return sync


def _to_change(request: Request, number: int) -> AudienceSync:
    sync = lock_sync(_sync_at(number).pk)
    text = _("Somebody else has changed the sync meanwhile; version %(v)s is stored.")
    check_if_match(request, etag_of(sync), text % {"v": sync.version})
    return sync
