"""Sequences: written with their steps, started for present members, and their report."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.answers import SequenceReportShape, SequenceShape
from campaigns.covered import segments_to_use
from campaigns.editing.sequences import (
    MOST_STEPS,
    Forbidden,
    InUse,
    SequenceDefinition,
    StepDefinition,
    create_sequence,
    delete_sequence,
    resume_sequence,
    save_sequence,
    sequence_definition,
    sequence_json,
)
from campaigns.freezing import NotSent
from campaigns.models import OnDefinition, Reentry, SendTime, Sequence, Trigger
from campaigns.reports import report_of_sequence
from campaigns.sequences.locked import lock_sequence
from campaigns.sequences.members import ask_to_start, members_of
from campaigns.words import said_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import (
    ExactTextField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_given, check_if_match, etag_of
from core.api.refusals import Refused, conflict
from core.clock import now

READ_ONLY = ("id", "reason", "starting", "version")
MOST = 2**31 - 1
SEGMENT = Parameter("segment", serializers.CharField(required=False), "The code of a segment.")


class SequenceStepSerializer(StrictSerializer):
    """One step; `number` is the one that it has, by which it is known."""

    number = WholeNumberField()
    delay_minutes = WholeNumberField()
    template = TextField(max_length=64)
    coupon_rule = TextField(default=None, allow_null=True, max_length=64)
    coupon_days = WholeNumberField(default=0)
    coupon_prefix = ExactTextField(default="", allow_blank=True, max_length=64)
    is_active = YesNoField(default=True)


class SequenceSerializer(StrictSerializer):
    """What is written of a sequence."""

    passed_over = READ_ONLY

    segment = TextField(max_length=64)
    trigger = serializers.ChoiceField(Trigger.choices)
    is_active = YesNoField(default=False)
    steps = SequenceStepSerializer(  # type: ignore[call-arg]
        many=True, default=list, max_length=MOST_STEPS
    )
    reentry = serializers.ChoiceField(Reentry.choices, default=Reentry.AFTER_COMPLETION)
    reentry_days = WholeNumberField(default=0, min_value=0, max_value=MOST)
    max_sends = WholeNumberField(default=0, min_value=0, max_value=MOST)
    on_definition_change = serializers.ChoiceField(
        OnDefinition.choices, default=OnDefinition.SILENT
    )
    send_time = serializers.ChoiceField(SendTime.choices, default=SendTime.ASAP)
    stop_on_order = YesNoField(default=False)


class StartMembersSerializer(StrictSerializer):
    """How many members whoever starts them expects."""

    expected = WholeNumberField(min_value=0, max_value=MOST)


EXAMPLE = {
    "segment": "best-customers",
    "trigger": "enter",
    "steps": [{"number": 1, "delay_minutes": 60, "template": "letter"}],
}


class OfSequences(Endpoint):
    """A call about sequences: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Sequence.DoesNotExist):
            exc = NotFound(_("There is no such sequence any more."))
        if isinstance(exc, Forbidden):
            exc = Refused(HTTPStatus.FORBIDDEN, str(exc))
        response: Response = super().handle_exception(exc)
        return response


class Sequences(OfSequences):
    """All sequences, or those of a segment; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_sequence"],
            Answer(SequenceShape, pages=True),
            parameters=(*PAGED, SEGMENT),
            summary="List sequences",
        ),
        "POST": Operation(
            ["campaigns.add_sequence"],
            Answer(SequenceShape, HTTPStatus.CREATED, headers=ETAG),
            takes=SequenceSerializer,
            example=EXAMPLE,
            summary="Create a sequence",
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Sequence.objects.prefetch_related("steps")
        if "segment" in self.query:
            rows = rows.filter(segment_code=self.query["segment"])
        return page_of(rows, "pk", sequence_shown, self)

    def post(self, request: Request) -> Response:
        sequence = create_sequence(_definition(self.body()), author=user_of(request))
        response = _answer(sequence, HTTPStatus.CREATED)
        response["Location"] = reverse("api:sequence", args=[sequence.pk])
        return response


class OneSequence(OfSequences):
    """One sequence; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_sequence"],
            Answer(SequenceShape, headers=ETAG),
            summary="Read a sequence",
        ),
        "PUT": Operation(
            ["campaigns.change_sequence"],
            Answer(SequenceShape, headers=ETAG),
            takes=SequenceSerializer,
            example=EXAMPLE,
            if_match=True,
            summary="Replace a sequence",
        ),
        "PATCH": Operation(
            ["campaigns.change_sequence"],
            Answer(SequenceShape, headers=ETAG),
            takes=SequenceSerializer,
            example={"reentry": "never"},
            if_match=True,
            summary="Change a sequence",
        ),
        "DELETE": Operation(
            ["campaigns.delete_sequence"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Delete a sequence",
        ),
    }

    def get(self, request: Request, number: int) -> Response:
        return _answer(sequence_at(number))

    def put(self, request: Request, number: int) -> Response:
        return self._write(request, number, partial=False)

    def patch(self, request: Request, number: int) -> Response:
        return self._write(request, number, partial=True)

    def delete(self, request: Request, number: int) -> Response:
        with transaction.atomic():
            sequence = _to_change(request, number)
            try:
                delete_sequence(sequence, author=user_of(request))
            except InUse as error:
                raise conflict("in_use", str(error)) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, number: int, *, partial: bool) -> Response:
        values = self.body(partial=partial)
        with transaction.atomic():
            # Before the sequence's own row, as whoever deletes its segment has it.
            segments_to_use([sequence_at(number).segment_code])
            sequence = _to_change(request, number)
            before = vars(sequence_definition(sequence)) if partial else {}
            saved = save_sequence(sequence, _definition(before | values), author=user_of(request))
        return _answer(saved)


class StartingMembers(OfSequences):
    """Starts a sequence for those who are members by now.

    With If-Match a call that is made again, because no answer came, starts nobody twice.
    """

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.change_sequence", "campaigns.send_campaign"],
            Answer(SequenceShape, HTTPStatus.ACCEPTED, headers=ETAG),
            takes=StartMembersSerializer,
            example={"expected": 1},
            refusals=[HTTPStatus.CONFLICT],
            may_match=True,
            summary="Start a sequence for present members",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        sequence, asked = sequence_at(number), self.body()
        try:
            started = ask_to_start(
                sequence,
                now(),
                expected=asked["expected"],
                author=user_of(request),
                before=partial(_check_version, request, check_if_given),
            )
        except NotSent as error:
            raise conflict(error.code, said_of(error.code), **error.more) from error
        return _answer(started, HTTPStatus.ACCEPTED)


class ResumingSequence(OfSequences):
    """Goes on sending the mails of a sequence that holds them, as `reason` says."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.change_sequence", "campaigns.send_campaign"],
            Answer(SequenceShape),
            summary="Resume a sequence",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        self.body()
        resumed = resume_sequence(sequence_at(number), author=user_of(request))
        return Response(sequence_shown(resumed))


class ReportingSequence(OfSequences):
    """What became of a sequence."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_sequence"],
            Answer(SequenceReportShape),
            summary="Read the report of a sequence",
        ),
    }

    def get(self, request: Request, number: int) -> Response:
        return Response(report_of_sequence(sequence_at(number), now()))


def sequence_at(number: int) -> Sequence:
    """Return the sequence with this id; raises NotFound."""
    sequence: Sequence | None = Sequence.objects.filter(pk=number).first()
    if sequence is None:
        raise NotFound(_("There is no sequence %(number)d.") % {"number": number})
    return sequence


def sequence_shown(sequence: Sequence) -> dict[str, Any]:
    """Return a sequence as the API shows it."""
    starting = None
    if sequence.starting_at is not None:
        starting = {"done": sequence.started_members, "members": members_of(sequence)}
    return {
        "id": sequence.pk,
        **sequence_json(sequence_definition(sequence)),
        "reason": sequence.pause_reason,
        "starting": starting,
        "version": sequence.version,
    }


def _to_change(request: Request, number: int) -> Sequence:
    sequence = lock_sequence(sequence_at(number).pk)
    _check_version(request, check_if_match, sequence)
    return sequence


def _check_version(
    request: Request, check: Callable[[Request, str, str], None], sequence: Sequence
) -> None:
    text = _("Somebody else has changed the sequence meanwhile; version %(v)s is stored.")
    check(request, etag_of(sequence), text % {"v": sequence.version})


def _answer(sequence: Sequence, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(sequence_shown(sequence), status=status, headers={"ETag": etag_of(sequence)})


def _definition(values: dict[str, Any]) -> SequenceDefinition:
    steps = tuple(
        one if isinstance(one, StepDefinition) else StepDefinition(**one)
        for one in values.get("steps", ())
    )
    return SequenceDefinition(**(values | {"steps": steps}))
