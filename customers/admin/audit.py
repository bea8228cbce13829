"""The audit log, to be read only."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.lists import BigListAdmin
from core.admin.rights import ViewOnly
from core.text.json_documents import json_in_words
from customers.models import AuditEntry

# The most fields that the list names.
NAMED = 3


@admin.register(AuditEntry)
class AuditEntryAdmin(ViewOnly, BigListAdmin[AuditEntry]):
    """The audit log; entries can be neither changed nor deleted."""

    name_of_row, name_of_rows = gettext_lazy("change"), gettext_lazy("changes")
    list_display = ("at", "who", "deed", "kind", "name", "summary")
    sortable_by = ("at",)
    list_filter = ("action", "subject", "at")
    search_fields = ("name", "username")
    fieldsets = (
        (None, {"fields": ("at", "who", "deed", "kind", "name")}),
        (gettext_lazy("What differs"), {"fields": ("differences",)}),
    )

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        return entry.who

    @admin.display(description=gettext_lazy("action"))
    def deed(self, entry: AuditEntry) -> str:
        return entry.deed

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, entry: AuditEntry) -> str:
        # Show the stored name of a removed app's subject, where Django would show nothing.
        return str(entry.get_subject_display())

    @admin.display(description=gettext_lazy("fields"))
    def summary(self, entry: AuditEntry) -> str:
        names = [entry.called(name) for name in _names(entry)]
        return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")

    @admin.display(description=gettext_lazy("before and after"))
    def differences(self, entry: AuditEntry) -> SafeString | str:
        rows = [
            (
                entry.called(name),
                _format_value(entry.before, name),
                _format_value(entry.after, name),
            )
            for name in _names(entry)
        ]
        if not rows:
            return "–"
        return format_html(
            '<div class="scrolls" tabindex="0" role="region" aria-label="{}"><table>'
            '<thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr>'
            "</thead><tbody>{}</tbody></table></div>",
            _("Before and after"),
            _("Field"),
            _("Before"),
            _("After"),
            format_html_join(
                "",
                '<tr><th scope="row">{}</th><td><pre>{}</pre></td><td><pre>{}</pre></td></tr>',
                rows,
            ),
        )


def _names(entry: AuditEntry) -> list[str]:
    # PostgreSQL keeps a JSON column's keys in an order of its own.
    return sorted({**(entry.before or {}), **(entry.after or {})})


def _format_value(values: dict[str, Any] | None, name: str) -> str:
    value = None if values is None else values.get(name)
    is_nested = isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(one, dict | list) for one in value)
    )
    return json.dumps(value, ensure_ascii=False, indent=2) if is_nested else json_in_words(value)
