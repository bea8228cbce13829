"""The audit log, to be read only."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.lists import BigListAdmin
from core.admin.rights import ViewOnly
from core.text.formats import moment_shown
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
        names = [entry.label_of_key(name) for name in _names(entry)]
        return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")

    @admin.display(description=gettext_lazy("before and after"))
    def differences(self, entry: AuditEntry) -> SafeString | str:
        rows = [
            (
                entry.label_of_key(name),
                _format_value(entry, entry.before, name),
                _format_value(entry, entry.after, name),
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


def _format_value(entry: AuditEntry, values: dict[str, Any] | None, name: str) -> str:
    """Return a value in words; a document has a line for each of its values."""
    value = None if values is None else values.get(name)
    words = entry.words_of(name, value)
    return "\n".join(_lines(entry, name, value)) if words is None else words


def _lines(entry: AuditEntry, name: str, value: Any) -> Iterator[str]:
    """Yield the lines of a value: those of an object name their part, and begin deeper below it."""
    if isinstance(value, dict) and value:
        for part, one in value.items():
            if _is_plain(one):
                yield f"{entry.called(part)}: {_in_words(entry, part, one)}"
            else:
                yield f"{entry.called(part)}:"
                yield from (f"  {line}" for line in _lines(entry, part, one))
    elif isinstance(value, list) and not _is_plain(value):
        for one in value:
            first, *others = _lines(entry, name, one)
            yield f"– {first}"
            yield from (f"  {line}" for line in others)
    else:
        yield _in_words(entry, name, value)


def _is_plain(value: Any) -> bool:
    """Return whether `value` fits on a line: no object, and no list of objects or lists."""
    if isinstance(value, list):
        return not any(isinstance(one, dict | list) for one in value)
    return not isinstance(value, dict) or not value


def _in_words(entry: AuditEntry, name: str, value: Any) -> str:
    if not isinstance(value, str):
        return json_in_words(value)
    if (at := _moment(value)) is not None:
        # Minutes are enough for what is planned, not for what happened.
        return f"{moment_shown(at)} ({value})" if at.second or at.microsecond else moment_shown(at)
    return json_in_words(entry.choice_of(name, value))


def _moment(text: str) -> datetime | None:
    """Return the instant that `text` writes in full; None for anything else, days included."""
    try:
        at = parse_datetime(text)
        # An instant at the calendar's ends has no local time in some zones.
        return localtime(at) if at is not None and is_aware(at) else None
    except (ValueError, OverflowError):
        return None
