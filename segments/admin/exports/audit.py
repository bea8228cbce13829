"""The audit log of exports, read-only."""

from django.contrib import admin
from django.forms.widgets import Script
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.admin.rights import ViewOnly
from core.text.formats import number_shown
from segments.models import ExportAudit


@admin.register(ExportAudit)
class ExportAuditAdmin(ViewOnly, OwnLookups, admin.ModelAdmin[ExportAudit]):
    """The audit log of exports: user, contents and number of rows; read-only."""

    empty_text = gettext_lazy(
        "Nobody has exported customers yet. An export begins on a segment’s page, under “Exports”."
    )
    list_display = ["at", "username", "segment_code", "format", "exported", "raw", "taken"]
    list_filter = ["format", "raw"]
    search_fields = ["username", "segment_code"]
    show_full_result_count = False

    class Media:
        js = [Script("site/fresh.js", type="module")]

    @admin.display(description=gettext_lazy("rows"))
    def exported(self, audit: ExportAudit) -> str:
        if audit.rows is None:
            return format_html("<span data-working>{}</span>", _("under way"))
        return number_shown(audit.rows)

    @admin.display(description=gettext_lazy("columns"))
    def taken(self, audit: ExportAudit) -> str:
        return ", ".join(audit.columns)
