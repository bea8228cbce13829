"""The pages Value, RFM, Cohorts and Journey, in the menu in place of a list of stored tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.admin.permissions import require
from core.text.formats import currency_symbol
from predictions.admin.insights.cohort_map import cohorts_page
from predictions.admin.insights.computing import compute, computing
from predictions.admin.insights.day_one import missing_data
from predictions.admin.insights.journey_moves import journey_page
from predictions.admin.insights.looked_up import SHOW
from predictions.admin.insights.rfm_map import rfm_page
from predictions.admin.insights.show_customers import Links
from predictions.admin.insights.training_step import train
from predictions.admin.insights.value.page import value_page
from predictions.admin.single_page import OnePage
from predictions.analytics.answers import shop_totals
from predictions.analytics.documents import Data
from predictions.models import AnalyticsTable

ADDRESS = "predictions_analyticstable_{}"
Content = Callable[[HttpRequest, Links, Data], dict[str, Any]]


@dataclass(frozen=True)
class InsightPage:
    """A page: its question, its sections by template, and what returns their context.

    The context has `answer`, a sentence or "", and `step`, the next step or None. `least` is the
    number of `shop_totals` without which there is nothing to show.
    """

    code: str
    heading: Words
    question: Words
    content: Content
    sections: Sequence[str]
    least: str = "buyers"


PAGES = (
    InsightPage(
        "value",
        gettext_lazy("Value"),
        gettext_lazy("Who brings most of the value?"),
        value_page,
        ("values", "seasons", "projection", "benchmarks"),
    ),
    InsightPage(
        "rfm",
        gettext_lazy("RFM"),
        gettext_lazy("Who buys lately, and who buys often?"),
        rfm_page,
        ("rfm",),
    ),
    InsightPage(
        "cohorts",
        gettext_lazy("Cohorts"),
        gettext_lazy("Do new customers come back?"),
        cohorts_page,
        ("cohorts",),
    ),
    InsightPage(
        "journey",
        gettext_lazy("Journey"),
        gettext_lazy("Where are customers on their way, and where do they go?"),
        journey_page,
        ("journey",),
        least="customers",
    ),
)


@admin.register(AnalyticsTable)
class InsightsAdmin(OnePage):
    """The pages with views of all customers as of the last scoring."""

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view
        actions = {"compute": compute, "train": train}
        return [
            *super().get_urls(),
            *(
                path(f"{name}/", wrapped(view), name=ADDRESS.format(name))
                for name, view in actions.items()
            ),
            *(
                path(f"{page.code}/", wrapped(self._view_of(page)), name=ADDRESS.format(page.code))
                for page in PAGES
            ),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect from the address that once had all of these pages to the page asked for."""
        require(request.user, [self.needed])
        code = "value"
        if request.GET.get(SHOW) == "journey":
            code = "journey"
        elif "by" in request.GET or "value" in request.GET:
            code = "cohorts"
        query = request.GET.urlencode()
        address = reverse(f"admin:{ADDRESS.format(code)}")
        return redirect(f"{address}?{query}" if query else address)

    def _view_of(self, page: InsightPage) -> Callable[[HttpRequest], HttpResponse]:
        """Return the view of a page. It raises PermissionDenied for users who may not see scores.

        Without the data that the page is about, it shows what is missing in place of the sections.
        """

        def view(request: HttpRequest) -> HttpResponse:
            require(request.user, [self.needed])
            totals = shop_totals()
            context = self.admin_site.each_context(request)
            context |= {
                "opts": self.opts,
                "title": page.heading,
                "question": page.question,
                "currency": currency_symbol(),
                "totals": totals,
                "computing": computing(request.user, page.code),
            }
            if totals[page.least]:
                context |= page.content(request, Links(request.user), totals)
                context["sections"] = [
                    f"admin/predictions/insights/{name}.html" for name in page.sections
                ]
            else:
                context["missing"] = missing_data(request.user, totals)
            return TemplateResponse(request, "admin/predictions/insights/page.html", context)

        return view
