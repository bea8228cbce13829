"""Sequences as a resource: what may be written of one, and what activating it means."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.audience.coupons import reason_against_coupon_in_step
from campaigns.audit import SEQUENCE
from campaigns.editing.price_rule_usages import check_coupon_rules
from campaigns.editing.steps import (
    MOST,
    MOST_DAYS,
    MOST_STEPS,
    SequenceStepSerializer,
    Steps,
    gives_same,
    store_steps,
)
from campaigns.models import Message, SendTime, Sequence, SequenceCursor, Step
from campaigns.sequences.members import members_of, stop_starting
from campaigns.sequences.reactivation import begin_silently
from campaigns.sequences.row_locks import lock_sequence
from campaigns.words import refusal_text
from core.access.website_limits import is_limited
from core.api.parsing import TextField
from core.api.refusals import Refused, conflict
from core.audit import record
from core.clock import now
from core.problems import Problem
from core.resources.serializers import ResourceSerializer, checks
from customers.models import AuditAction
from segments.changes import latest_cursor
from segments.models import Segment
from segments.rules.users import NamesSegments
from segments.rules.website_limits.coverage import OfSegment


class StartingSerializer(serializers.Serializer[Any]):
    """How many of the present members are looked at, where somebody has them start."""

    done = serializers.IntegerField()
    members = serializers.IntegerField()


class SequenceSerializer(ResourceSerializer):
    """A sequence as it stands; `reason` says why it holds its mails, if it does."""

    segment = TextField(source="segment_code", max_length=64)
    steps = SequenceStepSerializer(  # type: ignore[call-arg]
        many=True, default=list, max_length=MOST_STEPS, source="written_steps"
    )
    reason = serializers.CharField(source="pause_reason", read_only=True)
    starting = serializers.SerializerMethodField()

    class Meta:
        model = Sequence
        fields: ClassVar = [
            *("id", "segment", "trigger", "is_active", "steps", "reentry", "reentry_days"),
            *("max_sends", "on_definition_change", "send_time", "stop_on_order", "reason"),
            *("starting", "version"),
        ]
        extra_kwargs: ClassVar = {
            "reentry_days": {"max_value": MOST_DAYS},
            "max_sends": {"max_value": MOST},
        }

    @extend_schema_field(StartingSerializer(allow_null=True))
    def get_starting(self, sequence: Sequence) -> dict[str, int] | None:
        """Return how far the start of the present members is; None where there is none."""
        if sequence.starting_at is None:
            return None
        return {"done": sequence.started_members, "members": members_of(sequence)}

    @checks("segment", "trigger", "is_active")
    def segment_is_there(self, sequence: Sequence) -> Iterator[Problem]:
        if self.instance is None:
            yield from self._problems_of_new(sequence)
            return
        text = _("This never changes: make another sequence.")
        for name, column in (("segment", "segment_code"), ("trigger", "trigger")):
            if getattr(sequence, column) != getattr(self.instance, column):
                yield Problem(name, "read_only", text)
        if sequence.is_active and sequence.segment_id is None:
            yield Problem("segment", "unknown_segment", _("Its segment has been deleted."))

    def _problems_of_new(self, sequence: Sequence) -> Iterator[Problem]:
        code, trigger = sequence.segment_code, sequence.trigger
        sequence.segment = Segment.objects.filter(code=code).first()
        if sequence.segment is None:
            text = _("There is no segment “%(code)s”.") % {"code": code}
            yield Problem("segment", "unknown_segment", text)
        elif Sequence.objects.filter(segment=sequence.segment, trigger=trigger).exists():
            text = _("The segment has a sequence of this trigger.")
            yield Problem("trigger", "unique", text)

    @checks("is_active")
    def activation_is_silent(self, sequence: Sequence) -> None:
        """Let only changes from now on start a sequence that is being activated."""
        if not sequence.is_active:
            stop_starting(sequence)
        elif self.instance is None or not self.instance.is_active:
            begin_silently(sequence)
            sequence.pause_reason, sequence.refused_in_row = "", 0

    @checks("send_time")
    def best_hour_is_known(self, sequence: Sequence) -> Iterator[Problem]:
        is_known = apps.is_installed("personalization")
        if sequence.send_time == SendTime.BEST_HOUR and not is_known:
            text = _("That needs the app “personalization”, which is not installed.")
            yield Problem("send_time", "not_installed", text)

    @checks("steps")
    def steps_can_be_sent(self, sequence: Sequence) -> Iterator[Problem]:
        before = [] if self.instance is None else self.instance.written_steps
        steps = Steps(self.values["steps"], before)
        problems = list(steps.problems())
        if not problems:
            sequence.written_steps = steps.renumbered()
            problems = list(self._problems_of_coupons(sequence))
        yield from problems

    def _problems_of_coupons(self, sequence: Sequence) -> Iterator[Problem]:
        """Yield why steps that start to send, or have changed, would give no customer a coupon."""
        if not sequence.is_active:
            return
        stored = self.instance
        before = {}
        if stored is not None and stored.is_active:
            before = {one.number: one for one in stored.written_steps}
        places = {one["number"]: place for place, one in enumerate(self.values["steps"])}
        for step in sequence.written_steps:
            is_kept = step.had in before and gives_same(before[step.had], step)
            if (
                step.is_active
                and not is_kept
                and (why := reason_against_coupon_in_step(step, now()))
            ):
                yield Problem(f"steps[{places[step.had]}].coupon_rule", why, refusal_text(why))


class Sequences(NamesSegments):
    """All sequences; only users who may send campaigns write active ones or activate them."""

    serializer = SequenceSerializer
    subject = SEQUENCE
    identity = "pk"
    coverage = OfSegment("segment")

    def rows(self) -> Any:
        return super().rows().select_related("segment")

    def before_save(self, row: Sequence, *, author: Any) -> None:
        was_active = self.rows().filter(pk=row.pk, is_active=True).exists()
        _check_right(author, row.is_active or was_active)
        if is_limited(author):
            check_coupon_rules(row.written_steps, Step.objects.filter(sequence=row.pk), author)
        if row.is_active and not was_active:
            SequenceCursor.objects.get_or_create(pk=1, defaults={"number": latest_cursor()})

    def after_save(self, row: Sequence) -> None:
        store_steps(row)

    def before_delete(self, row: Sequence, *, author: Any) -> None:
        """Raise a conflict (409) for an active sequence, or one whose messages are still stored."""
        if row.is_active or Message.objects.filter(sequence=row).exists():
            text = _(
                "A sequence is deleted once it is not active and none of its messages is kept."
            )
            raise conflict("in_use", text)


SEQUENCES = Sequences()


def resume_sequence(sequence: Sequence, *, author: Any) -> Sequence:
    """Resume an automatically paused sequence; raises Refused."""
    with transaction.atomic():
        stored = lock_sequence(sequence.pk)
        _check_right(author, stored.is_active)
        if stored.pause_reason:
            before = {"reason": stored.pause_reason}
            stored.pause_reason, stored.refused_in_row = "", 0
            stored.save(update_fields=["pause_reason", "refused_in_row"])
            record(
                author,
                AuditAction.CHANGED,
                SEQUENCE,
                str(stored.pk),
                before=before,
                after={"reason": ""},
            )
    return stored


def _check_right(author: Any, is_active: bool) -> None:
    if is_active and author is not None and not author.has_perm("campaigns.send_campaign"):
        text = _("Only users who may send campaigns change an active sequence.")
        raise Refused(HTTPStatus.FORBIDDEN, text)
