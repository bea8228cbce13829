"""The download of a segment's members."""

from typing import Any, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from segments.export.columns import DEFAULT_COLUMNS, InvalidColumns
from segments.export.members import CONTENT_TYPES, ExportRefused, Format, export_members
from segments.models import Segment


def export(
    request: HttpRequest, segment: Segment, context: dict[str, Any], format: Format
) -> HttpResponseBase:
    """Stream the members; `columns` (also one by one), `bom` and `raw` as in the API."""
    if format not in get_args(Format):
        raise Http404
    asked = request.GET.getlist("columns")
    columns = [name for names in asked for name in names.split(",") if name]
    try:
        chunks = export_members(
            segment,
            format,
            user=request.user,
            columns=columns or DEFAULT_COLUMNS,
            raw=request.GET.get("raw") == "1",
            bom=request.GET.get("bom") == "1",
        )
    except (InvalidColumns, ExportRefused) as error:
        messages.error(request, str(error))
        return redirect("admin:segments_segment_exports", segment.pk)
    return StreamingHttpResponse(
        chunks,
        content_type=CONTENT_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{segment.code}.{format}"'},
    )
