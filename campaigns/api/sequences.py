"""Sequences: written with their steps, started for present members, and their report."""

from collections.abc import Sequence as Rows
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import SequenceReportSerializer
from campaigns.audience.freezing import NotSent
from campaigns.editing.sequences import SEQUENCES, SequenceSerializer, resume_sequence
from campaigns.models import Sequence
from campaigns.results.reports import report_of_sequence
from campaigns.sequences.members import ask_to_start
from campaigns.words import refusal_text
from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_version, etag_of
from core.api.refusals import conflict
from core.clock import now
from core.resources.api import Api, Filter

MOST = 2**31 - 1


class StartMembersSerializer(StrictSerializer):
    """The number of members that the starting user expects."""

    expected = WholeNumberField(min_value=0, max_value=MOST)


class SequencesApi(Api):
    """Sequences with their steps."""

    def prepare(self, rows: Rows[Any], user: Any) -> None:
        prefetch_related_objects([row for row in rows if row.given_steps is None], "steps")


def _of_segment(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    return rows.filter(segment_code=code)


SEGMENT = Parameter("segment", serializers.CharField(required=False), "The code of a segment.")
MAIL_SEQUENCES = SequencesApi(
    SEQUENCES,
    "sequences/",
    names=("sequences", "sequence"),
    words=("Sequences", "Sequence"),
    nouns=("sequences", "a sequence"),
    key="int:number",
    filters=(Filter(SEGMENT, _of_segment),),
    example={
        "segment": "best-customers",
        "trigger": "enter",
        "steps": [{"number": 1, "delay_minutes": 60, "template": "letter"}],
    },
    change={"reentry": "never"},
)


class OfSequences(Endpoint):
    """A call about sequences: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Sequence.DoesNotExist):
            exc = NotFound(_("There is no such sequence any more."))
        response: Response = super().handle_exception(exc)
        return response


class StartingMembers(OfSequences):
    """Starts a sequence for those who are members by now.

    With If-Match a call that is made again, because no answer came, starts nobody twice.
    """

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.change_sequence", "campaigns.send_campaign"],
            Answer(SequenceSerializer, HTTPStatus.ACCEPTED, headers=ETAG),
            takes=StartMembersSerializer,
            example={"expected": 1},
            refusals=[HTTPStatus.CONFLICT],
            may_match=True,
            summary="Start a sequence for present members",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        sequence = MAIL_SEQUENCES.row_to_write(number, user=user_of(request))
        asked = self.body()
        try:
            started = ask_to_start(
                sequence,
                now(),
                expected=asked["expected"],
                author=user_of(request),
                before=partial(_check_version, request),
            )
        except NotSent as error:
            raise conflict(error.code, refusal_text(error.code), **error.more) from error
        shown = MAIL_SEQUENCES.show_row(started, user_of(request))
        return Response(shown, HTTPStatus.ACCEPTED, headers={"ETag": etag_of(started)})


class ResumingSequence(OfSequences):
    """Goes on sending the mails of a sequence that holds them, as `reason` says."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.change_sequence", "campaigns.send_campaign"],
            Answer(SequenceSerializer),
            summary="Resume a sequence",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        self.body()
        sequence = MAIL_SEQUENCES.row_to_write(number, user=user_of(request))
        resumed = resume_sequence(sequence, author=user_of(request))
        return Response(MAIL_SEQUENCES.show_row(resumed, user_of(request)))


class ReportingSequence(OfSequences):
    """What became of a sequence."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_sequence"],
            Answer(SequenceReportSerializer),
            summary="Read the report of a sequence",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request, number: int) -> Response:
        sequence = MAIL_SEQUENCES.row_to_write(number, user=user_of(request))
        return Response(report_of_sequence(sequence, now()))


def _check_version(request: Request, sequence: Sequence) -> None:
    check_version(request, sequence, etag_of(sequence), is_needed=False)
