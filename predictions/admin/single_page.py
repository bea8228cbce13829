"""A base class for entries of the admin menu that are a single page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from conditions.language.operators import Words
from core.admin.permissions import require
from core.admin.rights import ViewOnly

VIEW = "predictions.view_scores"
# The parameter of a browser without scripts, which waits for the figures.
WAIT = "wait"


def is_sent_first(request: HttpRequest) -> bool:
    """Return whether to send a page without its slow figures, which its script then asks for.

    A browser says when it opens a document. Its script, and whatever else asks, gets the figures.
    """
    return request.headers.get("sec-fetch-dest") == "document" and WAIT not in request.GET


class OnePage(ViewOnly, admin.ModelAdmin[Any]):
    """An admin with a single page, in place of the list: rows have no pages of their own.

    Users with the permission `needed` see the page; nobody adds, changes or deletes rows.
    """

    needed = VIEW
    heading: ClassVar[Words]
    template: ClassVar[str]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        options = self.opts
        return [path("", view, name=f"{options.app_label}_{options.model_name}_changelist")]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page."""
        require(request.user, [self.needed])
        context = self.admin_site.each_context(request)
        context |= {"opts": self.opts, "title": self.heading} | self.page_context(request)
        return TemplateResponse(request, self.template, context)

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of the template. Raises NotImplementedError unless overridden."""
        raise NotImplementedError
