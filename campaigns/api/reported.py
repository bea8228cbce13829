"""Receives signed reports of mail providers: up to 1,000 at a time, each counted once."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import NotedSerializer
from campaigns.results.provider_reports import MOST, Report, ReportType, note_reports
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import BytesParser, StrictSerializer
from core.api.refusals import invalid
from core.clock import CLOCKS_APART, FIRST_CLOCK, now
from core.problems import Problem
from core.text.json_documents import read_document
from customers.events.reading import moment_of

MOST_BYTES = 2_500_000
LONGEST = 320
TYPES = [one.value for one in ReportType]


class SignedParser(BytesParser):
    """The signature is of the bytes of the body."""

    limit = MOST_BYTES


class ReportedSerializer(StrictSerializer):
    """What a provider reports of a message; also a list of up to 1,000 of these."""

    id = serializers.CharField(max_length=LONGEST)
    message_id = serializers.CharField(max_length=LONGEST)
    type = serializers.ChoiceField(TYPES)
    at = serializers.DateTimeField()
    detail = serializers.CharField(required=False, allow_null=True)


class Reported(Endpoint):
    """Takes reports that are signed with MAIL_WEBHOOK_SECRET; there is nothing here without it.

    `X-Timestamp` is Unix time in seconds, `X-Signature` is "sha256=" and the HMAC-SHA256 of the
    timestamp, a full stop and the body.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (SignedParser,)
    operations: ClassVar = {
        "POST": Operation(
            [],
            Answer(NotedSerializer, HTTPStatus.ACCEPTED),
            takes=ReportedSerializer,
            refusals=[HTTPStatus.NOT_FOUND],
            example={
                "id": "evt-1",
                "message_id": "7.0123456789abcdef@shop.example",
                "type": "bounced",
                "at": "2026-04-10T12:00:00Z",
                "detail": "hard",
            },
            summary="Report what became of mails",
        )
    }

    def post(self, request: Request) -> Response:
        if not settings.MAIL_WEBHOOK_SECRET:
            raise NotFound
        body = request.data if isinstance(request.data, bytes) else b""
        _check_signature(request, body)
        noted = note_reports(_read(body), now())
        return Response(self.render(noted), HTTPStatus.ACCEPTED)


def _check_signature(request: Request, body: bytes) -> None:
    """Raise PermissionDenied for a body that is not signed, or was signed too long ago."""
    stamp = request.headers.get("X-Timestamp", "")
    text = _("The signature is wrong, or older than five minutes.")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise PermissionDenied(text)
    secret = settings.MAIL_WEBHOOK_SECRET.encode()
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = request.headers.get("X-Signature", "")
    is_right = hmac.compare_digest(f"sha256={digest}".encode(), given.encode("utf-8", "replace"))
    if not is_right or abs(now().timestamp() - int(stamp)) > CLOCKS_APART.total_seconds():
        raise PermissionDenied(text)


def _read(body: bytes) -> list[Report]:
    """Return the reports of a body; raises with all problems if one of them is invalid."""
    document = read_document(body, limit=MOST_BYTES)
    given = document if isinstance(document, list) else [document]
    if not 1 <= len(given) <= MOST:
        text = _("From 1 to %(most)s reports.") % {"most": f"{MOST:,}"}
        raise invalid(Problem("", "number_of_reports", text))
    problems: list[Problem] = []
    found = []
    for place, one in enumerate(given):
        path = f"[{place}]" if isinstance(document, list) else ""
        report = _report(one, path, problems)
        if report is not None:
            found.append(report)
    if problems:
        raise invalid(*problems)
    return found


def _report(given: Any, path: str, problems: list[Problem]) -> Report | None:
    """Return one report; None if it is invalid, with its problems appended to `problems`."""
    before = len(problems)

    def wrong(name: str, code: str, text: str) -> None:
        problems.append(Problem(f"{path}.{name}" if path else name, code, text))

    if not isinstance(given, Mapping):
        problems.append(Problem(path, "not_a_report", _("A report is an object.")))
        return None
    for name in ("id", "message_id"):
        value = given.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
            wrong(name, "invalid", _("A text of 1 to %(n)d characters.") % {"n": LONGEST})
    kind, detail = given.get("type"), given.get("detail")
    if not isinstance(kind, str) or kind not in TYPES:
        wrong("type", "invalid_choice", _("One of %(types)s.") % {"types": ", ".join(TYPES)})
    elif kind == ReportType.BOUNCED and detail not in ("hard", "soft"):
        wrong("detail", "invalid_choice", _("A bounce is hard or soft."))
    at = _moment(given.get("at"))
    if at is None:
        wrong("at", "no_time", _("A time with its offset, such as 2026-04-10T12:00:00Z."))
    if len(problems) > before or at is None:
        return None
    return Report(
        id=str(given["id"]),
        # None of our Message-IDs contains half a surrogate pair or a NUL.
        message_id=_storable(str(given["message_id"])).strip("<>"),
        type=ReportType(str(kind)),
        at=at,
        is_hard=detail == "hard",
        is_machine=kind == ReportType.OPENED and detail == "machine",
    )


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _moment(given: Any) -> datetime | None:
    """Return an instant of the past or about now; None for anything else."""
    at = moment_of(given)
    return at if at is not None and FIRST_CLOCK <= at <= now() + CLOCKS_APART else None
