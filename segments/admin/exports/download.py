"""The download of a segment's members."""

from typing import Any, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from segments.database.concurrency_limit import TOO_MANY_DOWNLOADS, TooMany
from segments.export.contents import CONTENT_TYPES, ExportRefused, Format, InvalidExport
from segments.export.members import export_members
from segments.models import Segment


def export(
    request: HttpRequest, segment: Segment, context: dict[str, Any], format: Format
) -> HttpResponseBase:
    """Stream the members; the parameters are those of the API, and `columns` may be repeated.

    Raises Http404 for an unknown format.
    """
    if format not in get_args(Format):
        raise Http404
    asked = request.GET.getlist("columns")
    columns = [name for names in asked for name in names.split(",") if name]
    try:
        stream = export_members(
            segment,
            format,
            user=request.user,
            columns=columns or None,
            target=request.GET.get("target", ""),
            raw=request.GET.get("raw") == "1",
            # The same form serves both formats.
            bom=format == "csv" and request.GET.get("bom") == "1",
        )
        stream.begin()
    except (InvalidExport, ExportRefused) as error:
        messages.error(request, str(error))
    except TooMany:
        messages.error(request, str(TOO_MANY_DOWNLOADS))
    else:
        name = f'attachment; filename="{segment.code}.{format}"'
        return StreamingHttpResponse(
            stream,
            content_type=CONTENT_TYPES[format],
            headers={"Content-Disposition": name},
        )
    return redirect("admin:segments_segment_exports", segment.pk)
