"""The history of a resource's row in the admin, and the restoring of an old version."""

from collections.abc import Mapping
from functools import partial
from itertools import zip_longest
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api.preconditions import check_opened
from core.api.refusals import Refused
from core.problems import Invalid
from core.resources.resource import Resource
from core.text.json_documents import json_in_words

VERSIONS_SHOWN = 50


class HistoryPages(admin.ModelAdmin[Any]):
    """The page “History” of a row, and what all pages of a row share."""

    resource: ClassVar[Resource]
    history_page = "admin/resources/history.html"

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the context that all pages of a row share."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            "subtitle": None,
            "may_change": self.has_change_permission(request, row),
        }

    def get_urls(self) -> list[URLPattern]:
        if not self.resource.has_versions:
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        view = self.admin_site.admin_view(self.restore_view)
        return [path("<path:object_id>/restore/", view, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the latest versions, each with the fields that it changed."""
        if not self.resource.has_versions:
            return super().history_view(request, object_id, extra_context)
        row = self.row_of_page(request, object_id)
        newest = row.versions.select_related("author").order_by("-number")[: VERSIONS_SHOWN + 1]
        stored = [(one, self.resource.definition_of(one)) for one in newest]
        versions = [
            (one, [] if before is None else self._changes(before[1], definition))
            for (one, definition), before in zip_longest(stored, stored[1:])
        ][:VERSIONS_SHOWN]
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_restore"
        context = {
            **self.head_of(request, row),
            "versions": versions,
            "page_name": _("History"),
            "tab": "history",
            "restore_address": address,
            "media": self.media,
        }
        return TemplateResponse(request, self.history_page, context)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make an older version the newest one again.

        Raises PermissionDenied unless a user who may change the row posts, and Http404 where the
        row has no such version.
        """
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        row = self.row_of_page(request, object_id)
        page = "change" if restore_version(request, self.resource, row) else "history"
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", row.pk)

    def row_of_page(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row that a page is about; raises PermissionDenied, Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def _changes(
        self, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> list[tuple[str, str, str]]:
        """Return the differences: the label of the field, and both values in words."""
        fields, words = self.resource.reader.fields, self.value_in_words
        return [
            (str(fields[name].label), words(name, before.get(name)), words(name, value))
            for name, value in after.items()
            if before.get(name) != value
        ]

    def value_in_words(self, name: str, value: Any) -> str:
        """Return a value of the field `name` of a document as the page “History” shows it."""
        return json_in_words(value)


def restore_version(request: HttpRequest, resource: Resource, row: Any) -> bool:
    """Restore the version that the page “History” of `row` posts; return False for a refusal.

    A message tells the user the result. A page opened before another change is refused as a form
    is. Raises Http404 where the row has no such version.
    """
    try:
        number = int(request.POST.get("version", ""))
        opened = int(request.POST.get("opened_version", row.version))
        check = partial(check_opened, opened)
        restored = resource.restore(row, number, author=request.user, precondition=check).row
    except Invalid as error:
        problems = " ".join(dict.fromkeys(one.numbered_message for one in error.problems))
        messages.error(request, _("Not restored: %(problems)s") % {"problems": problems})
        return False
    except Refused as error:
        messages.error(request, str(error))
        return False
    except (ValueError, ObjectDoesNotExist) as error:
        raise Http404 from error
    if restored.version == row.version:
        messages.info(request, _("The definition already is that of version %d.") % number)
    else:
        text = _("Version %(old)d is restored, as version %(new)d.")
        messages.success(request, text % {"old": number, "new": restored.version})
    return True
