"""Syncs: lists of other mail programs that are kept like segments, and their state."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import SyncedMemberSerializer
from campaigns.audit import SYNC
from campaigns.editing.syncs import SYNCS, AudienceSyncSerializer, run_now
from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.counts import counts_of, of_customers
from campaigns.syncs.reported_unsubscribes import webhook_url
from core.access.personal import PERMISSION
from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.preconditions import etag_of
from core.api.refusals import conflict
from core.audit import record_look
from core.resources.api import Api
from customers.models import Customer

VIEW, CHANGE = "campaigns.view_audiencesync", "campaigns.change_audiencesync"


class SyncsApi(Api):
    """Syncs, each with how many it knows."""

    def prepare(self, rows: Sequence[Any], user: Any) -> None:
        counts = counts_of([row.pk for row in rows], allowed_websites=websites_of(user))
        # Anybody who knows this address can unsubscribe customers.
        has_secret = user.has_perm(CHANGE)
        for row in rows:
            row.counts = counts[row.pk]
            may_change = has_secret and SYNCS.coverage.is_writable(row, user)
            row.webhook_url = webhook_url(row) if may_change else None


AUDIENCE_SYNCS = SyncsApi(
    SYNCS,
    "audience-syncs/",
    names=("audience-syncs", "audience-sync"),
    words=("AudienceSyncs", "AudienceSync"),
    nouns=("audience syncs", "an audience sync"),
    key="int:number",
    example={
        "segment": "best-customers",
        "target": "klaviyo",
        "list": "Y6nRLr",
        "key_variable": "SYNC_KEY_KLAVIYO",
    },
    change={"is_active": False},
)


class OfSyncs(Endpoint):
    """A call about syncs: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AudienceSync.DoesNotExist):
            exc = NotFound(_("There is no such sync."))
        response: Response = super().handle_exception(exc)
        return response


class RunningAudienceSync(OfSyncs):
    """Compares everybody at once, and tries those again who were refused."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(AudienceSyncSerializer, HTTPStatus.ACCEPTED),
            refusals=[HTTPStatus.CONFLICT],
            summary="Run an audience sync",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        self.body()
        sync = AUDIENCE_SYNCS.row_to_write(number, user=user_of(request))
        if not sync.is_active:
            raise conflict("not_active", _("The sync is off."))
        run_now(sync, author=user_of(request))
        started = AUDIENCE_SYNCS.row_at(number)
        return Response(
            AUDIENCE_SYNCS.show_row(started, user_of(request)),
            HTTPStatus.ACCEPTED,
            headers={"ETag": etag_of(started)},
        )


class AudienceSyncMembers(OfSyncs):
    """The members of a synced list, and their errors."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW, "segments.view_members"],
            Answer(SyncedMemberSerializer, pages=True),
            parameters=(
                *PAGED,
                Parameter(
                    "state", serializers.ChoiceField(SyncMemberState.choices, required=False)
                ),
            ),
            summary="List members of an audience sync",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: int) -> Response:
        sync = AUDIENCE_SYNCS.row_at(number, user=user_of(request))
        rows = of_customers(SyncMember.objects.filter(sync=sync), websites_of(request.user))
        # Not by a join: a member may be a customer who has been deleted.
        customers = Customer.objects.only("external_id", "email")
        rows = rows.prefetch_related(Prefetch("customer", customers))
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        user = user_of(request)

        def record_member_look(found: Sequence[SyncMember]) -> None:
            if user.has_perm(PERMISSION):
                record_look(user, SYNC, str(number), "members", rows=len(found))

        return page_of(rows, "pk", self.render, self, prepare=record_member_look)
