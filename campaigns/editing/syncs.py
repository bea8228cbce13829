"""Syncs as a resource: which fields may be written; and starting a run on request."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers

from campaigns.audit import RUN, SYNC
from campaigns.models import AudienceSync, SyncMember, SyncMemberState, SyncState, SyncTarget
from campaigns.syncs.remote import keepers_beside, key_doubt
from campaigns.syncs.sync_runs import wake
from core.api.refusals import conflict
from core.audit import record
from core.clock import now
from core.problems import Problem
from core.resources.fields import RowField
from core.resources.serializers import ResourceSerializer, checks
from segments.changes import latest_cursor
from segments.models import Segment
from segments.rules.users import NamesSegments
from segments.rules.website_limits.coverage import OfSegment

# These identify the sync: another segment or list needs another sync.
FIXED = ("segment", "target", "list")
# The other programs do not say how their ids are written. With a zero before it the id would be
# another text for the same list.
BREVO_LIST = re.compile(r"[1-9][0-9]{0,17}")


class SyncCountsSerializer(serializers.Serializer[Any]):
    """How many a sync knows, by their state."""

    entering = serializers.IntegerField()
    there = serializers.IntegerField()
    leaving = serializers.IntegerField()
    refused = serializers.IntegerField()
    gone = serializers.IntegerField()


class AudienceSyncSerializer(ResourceSerializer):
    """A sync as it stands; `webhook_url` only for those who may change it."""

    segment = RowField(of=Segment, unknown="unknown_segment")
    state = serializers.ChoiceField(SyncState.choices, read_only=True)
    counts = SyncCountsSerializer(read_only=True)
    webhook_url = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = AudienceSync
        fields: ClassVar = [
            *("id", *FIXED, "key_variable", "is_active", "state", "error", "counts", "filled_at"),
            *("ran_at", "not_before", "webhook_url", "version"),
        ]

    @checks()
    def list_stays_the_same(self, sync: AudienceSync) -> Iterator[Problem]:
        text = _("Another segment, program or list is another sync.")
        for name in FIXED if self.instance is not None else ():
            if getattr(sync, name) != getattr(self.instance, name):
                yield Problem(name, "read_only", text)

    @checks("target", "list")
    def list_is_one_of_the_program(self, sync: AudienceSync) -> Iterator[Problem]:
        # The list of a stored sync never changes; such a sync can still be turned off.
        is_new = self.instance is None and sync.target == SyncTarget.BREVO
        if is_new and BREVO_LIST.fullmatch(sync.list) is None:
            text = _("The id of a list in Brevo is a whole number, such as 7.")
            yield Problem("list", "invalid", text)

    @checks("key_variable")
    def key_is_set(self, sync: AudienceSync) -> None:
        if doubt := key_doubt(sync):
            self.warn("key_variable", "not_set", doubt)

    @checks(*FIXED, "key_variable")
    def list_is_free(self, sync: AudienceSync) -> Iterator[Problem]:
        if keepers_beside(sync, sync.segment):
            text = _("Another sync keeps this list already: a list can be of one segment only.")
            yield Problem("list", "list_taken", text)


class Syncs(NamesSegments):
    """All syncs; a new one, and one that is turned on, compares everybody with its list."""

    serializer = AudienceSyncSerializer
    subject = SYNC
    identity = "pk"
    coverage = OfSegment("segment")

    def rows(self) -> Any:
        return super().rows().select_related("segment")

    def before_save(self, row: AudienceSync, *, author: Any) -> None:
        if row._state.adding:
            row.cursor = latest_cursor()
        if row.is_active:
            _begin_round(row)

    def after_save(self, row: AudienceSync) -> None:
        if row.is_active:
            wake(row.pk, now())

    def before_delete(self, row: AudienceSync, *, author: Any) -> None:
        """Raise a conflict (409) for an active sync, which may be running. Deletion leaves the list
        as it is.
        """
        if row.is_active:
            raise conflict("active", _("Turn the sync off first: it is active."))


SYNCS = Syncs()


def run_now(sync: AudienceSync, *, author: Any) -> None:
    """Have an active sync compare everybody at once, and try those again who were refused.

    Raises AudienceSync.DoesNotExist.
    """
    with transaction.atomic():
        stored = AudienceSync.objects.select_for_update(no_key=True).get(pk=sync.pk)
        if not stored.is_active:
            return
        _begin_round(stored)
        stored.save(update_fields=["round_at", "error", "failures", "not_before"])
        members = SyncMember.objects.filter(sync=stored)
        members.filter(state=SyncMemberState.REFUSED).update(
            state=SyncMemberState.ENTERING, not_before=None
        )
        members.filter(state=SyncMemberState.LEAVING).update(not_before=None)
        record(author, RUN, SYNC, str(stored.pk))
        wake(stored.pk, now())


def _begin_round(sync: AudienceSync) -> None:
    """Have nothing be waited for, and a round begin with the next run."""
    sync.round_at = None
    sync.error, sync.failures, sync.not_before = "", 0, None
