"""The pages “Bring your shop”: upload, plan, questions, start, progress, report, history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.admin.permissions import require
from core.admin.rights import ViewOnly
from integrations.shops.admin.forms import AnswersForm, UploadForm
from integrations.shops.admin.menu import PERMISSION
from integrations.shops.admin.presentation import ShownImport, expected_columns, source_title
from integrations.shops.files.layouts import PLATFORMS
from integrations.shops.following import is_followed, next_sync_at
from integrations.shops.models import ImportState, ShopImport, ShopSource
from integrations.shops.runs import lifecycle
from integrations.shops.runs.files import has_refused_rows, refused_rows
from integrations.shops.runs.lifecycle import NotPossible
from integrations.shops.sources import with_prefix
from segments.engine.workers import is_missing

PAGE_SIZE = 20
LIST = "admin:shops_shopimport_changelist"
RUN = "admin:shops_shopimport_change"


@admin.register(ShopImport)
class ShopImportAdmin(ViewOnly, admin.ModelAdmin[ShopImport]):
    """Pages of imports, for those who may import a shop."""

    needed = PERMISSION

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponseBase]] = {
            "change": self.run_page,
            "start": require_POST(self.start),
            "cancel": require_POST(self.cancel),
            "refused": self.refused,
        }
        pages = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"shops_shopimport_{name}",
            )
            for name, view in views.items()
        ]
        whole = self.admin_site.admin_view(self.list_page)
        return [path("", whole, name="shops_shopimport_changelist"), *pages]

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """Show the form for files, the imports and the sources; on POST take the files."""
        require(request.user, [PERMISSION])
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if is_sent and form.is_valid():
            run = lifecycle.upload(form.cleaned_data["uploads"], cast(User, request.user))
            return redirect(RUN, run.pk)
        history = ShopImport.objects.select_related("requested_by").defer("report", "problems")
        page = Paginator(history, PAGE_SIZE).get_page(request.GET.get("page"))
        context = self._context(request, _("Bring your shop")) | {
            "form": form,
            "page": page,
            "imports": [ShownImport(run) for run in page],
            "sources": _sources(),
            "guides": [guide for platform in PLATFORMS for guide in platform.guides],
        }
        return TemplateResponse(request, "admin/shops/shopimport/list.html", context)

    def run_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show how an import stands; on POST plan it with the answers that are sent."""
        run = self._run(request, object_id)
        form = AnswersForm(run, request.POST or None) if run.may_be_planned else None
        if request.method == "POST":
            if form is None:
                messages.error(request, _("This import is in another state by now: look again."))
                return redirect(RUN, run.pk)
            if form.is_valid():
                return self._done(request, run, lambda: lifecycle.plan(run, form.answers))
        shown = ShownImport(run)
        context = self._context(request, ", ".join(run.files)) | {
            "run": run,
            "shown": shown,
            "form": form,
            "expected": expected_columns() if run.report.get("unrecognised") else [],
            "has_refused_rows": has_refused_rows(run),
            "customers_of_source": _customers_of_source(run),
        }
        return TemplateResponse(request, "admin/shops/shopimport/run.html", context)

    def start(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a planned import, or plan it again where other answers are sent."""
        run = self._run(request, object_id)
        if run.may_start and "timezone" in request.POST:
            form = AnswersForm(run, request.POST)
            if form.has_changed():
                if form.is_valid():
                    text = _("The settings were changed: look at the new plan, then start it.")
                    messages.info(request, text)
                return self.run_page(request, object_id)
        user = cast(User, request.user)
        return self._done(request, run, lambda: lifecycle.start(run, user))

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel an import, also one that is only planned."""
        run = lifecycle.cancel(self._run(request, object_id), cast(User, request.user))
        if not run.outcome:
            messages.info(
                request,
                _("The import ends within seconds; nothing of it is kept."),
                extra_tags="site-until-done",
            )
        elif run.outcome == ImportState.DONE:
            messages.warning(request, _("Nothing was canceled: the import was done already."))
        return redirect(RUN, run.pk)

    def refused(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Send the refused rows as a CSV file; raises Http404 where there are none."""
        run = self._run(request, object_id)
        if not has_refused_rows(run):
            raise Http404
        return FileResponse(
            refused_rows(run).open("rb"),
            as_attachment=True,
            filename=f"refused_rows_{run.pk}.csv",
            content_type="text/csv; charset=utf-8",
        )

    def _run(self, request: HttpRequest, object_id: str) -> ShopImport:
        require(request.user, [PERMISSION])
        run: ShopImport | None = self.get_object(request, object_id)
        if run is None:
            raise Http404
        return run

    def _done(
        self, request: HttpRequest, run: ShopImport, deed: Callable[[], None]
    ) -> HttpResponse:
        try:
            deed()
        except NotPossible as error:
            messages.error(request, str(error))
        return redirect(RUN, run.pk)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        context = self.admin_site.each_context(request)
        return context | {"opts": self.opts, "title": title, "is_worker_missing": is_missing()}


def _customers_of_source(run: ShopImport) -> str:
    """Return the query of the list with the customers of an import's source; "" for all of them.

    Numbers with the prefix of the source tell its customers, but guests belong to no source.
    """
    if run.outcome != ImportState.DONE or run.report.get("derived", {}).get("guests"):
        return ""
    prefixes = ShopSource.objects.filter(name=run.source).exclude(prefix="")
    found = prefixes.values_list("prefix", flat=True).first()
    return urlencode({"q": with_prefix(found, "")}) if found else ""


def _sources() -> list[tuple[ShopSource, str, ShownImport | None, datetime | None]]:
    """Return the sources, each with its title, its last import started here and its next run.

    A source without any import is there while its shop is followed: its first run has failed.
    """
    started = ShopImport.objects.filter(is_started=True, source=OuterRef("name"))
    newest = Subquery(started.order_by("-pk").values("pk")[:1])
    known = ShopSource.all_sources.annotate(newest=newest)
    sources = [one for one in known if one.first_import_at or is_followed(one)]
    runs = ShopImport.objects.defer("report", "problems").in_bulk(
        [source.newest for source in sources if source.newest is not None]
    )
    return [
        (
            source,
            source_title(source.name),
            ShownImport(runs[source.newest]) if source.newest in runs else None,
            next_sync_at(source),
        )
        for source in sources
    ]
