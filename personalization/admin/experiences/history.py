"""The page “History” of placements, variants and content: what each save really changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.resources.admin import ResourceAdmin
from core.text.json_documents import json_in_words
from customers.models import AuditEntry
from personalization.admin.audience import describe_audience
from personalization.admin.experiences.content.stored_fields import (
    BLOCK_LABELS,
    KIND_LABELS,
    LIST_LABELS,
)
from personalization.experiences.content.kinds import types_of

SHOWN = 50
# Columns that are objects: what differs within them is shown by itself.
OBJECTS = ("default_content", "content", "body", "context")
PART_LABELS = {
    "type": gettext_lazy("Type of content"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
    "image": gettext_lazy("Image"),
    "link": gettext_lazy("Link"),
    "author": gettext_lazy("Author"),
    "sku": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "types": gettext_lazy("Lists of products"),
    "items": gettext_lazy("Entries"),
    "count": gettext_lazy("How many of the shopper’s offers"),
    "device": gettext_lazy("Only on"),
    "time_of_day": gettext_lazy("Only at this time of day"),
    "session_type": gettext_lazy("Only in such sessions"),
    "traffic_source": gettext_lazy("Only for who comes from"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, in words, with its values before and after."""

    label: str
    before: str
    after: str


class AuditedHistory(ResourceAdmin):
    """Rows whose history is what the audit log has of them."""

    class Media:
        css = {"all": ["segments/admin.css", "personalization/experiences.css"]}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show who saved which changes, the latest first.

        Raises PermissionDenied for users who may view none, and Http404 for an unknown row.
        """
        row = self.row_of_page(request, object_id)
        entries = AuditEntry.objects.filter(
            subject=self.resource.subject, name=self.resource.name_of(row)
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "title": _("History of %(name)s") % {"name": row},
            "entries": [(one, list(differences(one))) for one in entries[:SHOWN]],
        }
        return TemplateResponse(request, "admin/personalization/experiences/history.html", context)


def differences(entry: AuditEntry) -> Iterator[Difference]:
    """Yield in words the changes of an entry of the audit log; nothing where everything is new."""
    if entry.before is None or entry.after is None:
        return
    for name in entry.after:
        before, after = entry.before.get(name), entry.after[name]
        if name not in OBJECTS:
            label = str(capfirst(entry.called(name)))
            yield Difference(label, _value_in_words(name, before), _value_in_words(name, after))
            continue
        for part, old, new in _parts(before or {}, after or {}):
            yield Difference(
                str(PART_LABELS.get(part, part)),
                _value_in_words(part, old),
                _value_in_words(part, new),
            )


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for part in {**before, **after}:
        if before.get(part) != after.get(part):
            yield part, before.get(part), after.get(part)


def _value_in_words(name: str, value: Any) -> str:
    """Return a value of a field or of a part of an object, in words where it has any."""
    if name == "audience":
        return describe_audience(value)
    if not value:
        return json_in_words(value)
    if name == "type" and value in KIND_LABELS:
        return str(KIND_LABELS[value])
    if name == "types":
        lists = types_of({"types": value})
        return ", ".join(f"{LIST_LABELS.get(one, one)}: {count}" for one, count in lists)
    if name == "blocks":
        return ", ".join(f"{BLOCK_LABELS.get(one, one)}: {count}" for one, count in value.items())
    if name == "items":
        return "; ".join(f"{one['label']} → {one['link']}" for one in value)
    return json_in_words(value)
