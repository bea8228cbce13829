"""Admin pages of rows that conditions ask for: they lead on to a segment that asks for the row."""

from typing import Any

from django.http import HttpRequest

from core.resources.admin import ResourceAdmin
from segments.admin.new_segments.prefilled import builder_url


class SegmentStarter(ResourceAdmin):
    """A resource's pages with a link to the builder, which begins with conditions on the row."""

    change_form_template = "admin/segments/segment_starter.html"

    def conditions_on(self, row: Any) -> list[dict[str, Any]]:
        """Return the conditions with which a segment of `row` begins."""
        raise NotImplementedError

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        builder = builder_url(request.user, str(row), self.conditions_on(row))
        return super().head_of(request, row) | {"builder": builder}
