"""Exports: streamed at once, or written in the background and loaded down later."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField, YesNoField
from core.api.permissions import user_of
from core.api.refusals import Refused
from core.api.routes.any_content_type import Anything
from segments.api.members.changes import CursorField
from segments.api.responses import ExportSerializer
from segments.api.segments import segment_at
from segments.database.concurrency_limit import TOO_MANY_DOWNLOADS, TooMany
from segments.engine.members.change_log import CursorTooOld
from segments.export.background.links import Expired, file_for
from segments.export.background.requests import (
    TOO_OLD,
    TooManyExports,
    cancel_export,
    own_exports,
    request_export,
)
from segments.export.contents import CONTENT_TYPES, Contents, ExportRefused, Format
from segments.export.members import export_members
from segments.models import Export, ExportFormat
from segments.rules.website_limits.websites import seen_by

EXPORT = "segments.export_members"
# The highest number of a row that a database can store.
HIGHEST = 2**63 - 1
# A download takes a while; a job too.
ASK_AGAIN_AFTER = 10


class OneOrZeroField(serializers.ChoiceField):
    """Yes or no in an address: 1 or 0."""

    def __init__(self) -> None:
        super().__init__(["0", "1"], required=False)


class ColumnsField(serializers.CharField):
    """Names with commas between."""

    def to_internal_value(self, data: Any) -> Any:
        return [name.strip() for name in super().to_internal_value(data).split(",")]

    def to_representation(self, value: Any) -> str:
        return ",".join(value)


CHOICES = (
    Parameter("columns", ColumnsField(required=False), "Names of columns, with commas between."),
    Parameter("raw", OneOrZeroField(), "1: texts as they are, without the guard against formulas."),
)
CSV_CHOICES = (
    *CHOICES,
    Parameter("bom", OneOrZeroField(), "1: begin with a byte order mark, for Excel."),
    Parameter(
        "target",
        serializers.CharField(required=False),
        "A program that reads it: mailchimp, klaviyo, brevo; with columns of its own.",
    ),
)
LEFT_OUT = {"X-Left-Out": "How many members are not in it."}


class MembersCsv(Endpoint):
    """The stored members as CSV, streamed: those of one moment, in the order of the import."""

    content_negotiation_class = Anything
    format: ClassVar[Format] = "csv"
    operations: ClassVar = {
        "GET": Operation(
            [EXPORT],
            Answer(None, media=["text/csv"], headers=LEFT_OUT),
            parameters=CSV_CHOICES,
            refusals=[HTTPStatus.CONFLICT],
            summary="Export members as CSV",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, code: str) -> HttpResponseBase:
        asked = self.query
        try:
            stream = export_members(
                segment_at(code, user_of(request)),
                self.format,
                user=user_of(request),
                columns=asked.get("columns"),
                target=asked.get("target", ""),
                raw=asked.get("raw") == "1",
                bom=asked.get("bom") == "1",
            )
            left_out = stream.begin()
        except ExportRefused as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from error
        except TooMany as error:
            status = HTTPStatus.TOO_MANY_REQUESTS
            raise Refused(status, str(TOO_MANY_DOWNLOADS), wait=ASK_AGAIN_AFTER) from error
        name = f'attachment; filename="{code}.{self.format}"'
        return StreamingHttpResponse(
            stream,
            content_type=CONTENT_TYPES[self.format],
            headers={"Content-Disposition": name, "X-Left-Out": str(left_out)},
        )


class MembersXml(MembersCsv):
    """The same as one XML document."""

    format: ClassVar[Format] = "xml"
    operations: ClassVar = {
        "GET": Operation(
            [EXPORT],
            Answer(None, media=["application/xml"], headers=LEFT_OUT),
            parameters=CHOICES,
            refusals=[HTTPStatus.CONFLICT],
            summary="Export members as XML",
            websites=Treatment.LIMITED,
        )
    }


class ExportBody(StrictSerializer):
    """What is to be exported, and how."""

    format = serializers.ChoiceField(ExportFormat.choices, default="csv")
    columns = serializers.ListField(
        child=TextField(max_length=255), required=False, allow_null=True, max_length=1000
    )
    target = TextField(required=False, allow_blank=True, default="")
    raw = YesNoField(default=False)
    bom = YesNoField(default=False)
    since = CursorField(required=False, allow_null=True)


class ExportsOfSegment(Endpoint):
    """Exports a segment in the background: its members, or with `since` who entered and left."""

    operations: ClassVar = {
        "POST": Operation(
            [EXPORT],
            Answer(ExportSerializer, HTTPStatus.ACCEPTED, headers={"Location": "Its address."}),
            takes=ExportBody,
            example={"format": "csv", "columns": ["id", "email", "entered_at"], "bom": True},
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.GONE],
            summary="Start an export of a segment",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, code: str) -> Response:
        segment, body = segment_at(code, user_of(request)), self.body()
        columns = body.get("columns")
        body["columns"] = None if columns is None else tuple(columns)
        try:
            export = request_export(segment, Contents(**body), user_of(request))
        except ExportRefused as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from error
        except CursorTooOld as error:
            raise Refused(HTTPStatus.GONE, gettext(TOO_OLD)) from error
        except TooManyExports as error:
            status = HTTPStatus.TOO_MANY_REQUESTS
            raise Refused(status, str(error), wait=ASK_AGAIN_AFTER) from error
        headers = {"Location": reverse("api:export", args=[export.pk])}
        return Response(self.render(export), status=HTTPStatus.ACCEPTED, headers=headers)


class Exports(Endpoint):
    """One's own exports in the background, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            [EXPORT],
            Answer(ExportSerializer, pages=True),
            parameters=PAGED,
            summary="List your exports",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request) -> Response:
        return page_of(_own_exports(request), "-pk", self.render, self)


class OneExport(Endpoint):
    """How far an export of one's own is, and where its file is."""

    operations: ClassVar = {
        "GET": Operation(
            [EXPORT],
            Answer(ExportSerializer),
            summary="Read an export's progress",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: int) -> Response:
        return Response(self.render(_export(request, number)))


class CancellingExport(Endpoint):
    """Cancels an export; one that is written ends within seconds, one that has ended stays so."""

    operations: ClassVar = {
        "POST": Operation(
            [EXPORT],
            Answer(ExportSerializer, HTTPStatus.ACCEPTED),
            summary="Cancel an export",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        export = _export(request, number)
        self.body()
        return Response(self.render(cancel_export(export)), status=HTTPStatus.ACCEPTED)


class ExportFile(Endpoint):
    """The file of an export, for the user who requested it and may still export."""

    content_negotiation_class = Anything
    operations: ClassVar = {
        "GET": Operation(
            [EXPORT],
            Answer(None, media=["text/csv", "application/xml"]),
            refusals=[HTTPStatus.GONE],
            summary="Download the file of an export",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, token: str) -> HttpResponseBase:
        try:
            export, path = file_for(token, user_of(request))
        except Export.DoesNotExist as error:
            raise NotFound(_("There is no such file.")) from error
        except Expired as error:
            raise Refused(HTTPStatus.GONE, _("The time of this file is over.")) from error
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=f"{export.segment.code}.{export.format}",
            content_type=CONTENT_TYPES["xml" if export.format == "xml" else "csv"],
        )


def _own_exports(request: Request) -> QuerySet[Export]:
    rows = own_exports(user_of(request)).select_related("segment")
    return seen_by(rows, request.user, "segment")


def _export(request: Request, number: int) -> Export:
    export = _own_exports(request).filter(pk=number).first() if number <= HIGHEST else None
    if export is None:
        raise NotFound(_("There is no export %(number)d of yours.") % {"number": number})
    return export
