"""The dashboard page, in the menu in place of a list of its stored tables."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy

from predictions.admin.dashboard.cohort_map import BYS, DRAWN, VALUES, cohort_map
from predictions.admin.dashboard.compared import compare_months
from predictions.admin.dashboard.computing import compute, computing
from predictions.admin.dashboard.journey_moves import journey_moves
from predictions.admin.dashboard.numbers import amount
from predictions.admin.dashboard.projected_sales import projected_sales
from predictions.admin.dashboard.rfm_map import rfm_map
from predictions.admin.dashboard.seasons import seasons
from predictions.admin.dashboard.show_customers import Links
from predictions.admin.dashboard.value_spread import value_spread
from predictions.admin.one_page import OnePage
from predictions.analytics.answers import view_of
from predictions.models import AnalyticsTable, ModelVersion


@admin.register(AnalyticsTable)
class DashboardAdmin(OnePage):
    """The page with views of all customers as of the last scoring."""

    heading = gettext_lazy("Dashboard")
    template = "admin/predictions/dashboard.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(compute)
        return [
            path("compute/", view, name="predictions_analyticstable_compute"),
            *super().get_urls(),
        ]

    def shown(self, request: HttpRequest) -> dict[str, Any]:
        """Return the sections of the page."""
        links, summary = Links(request.user), view_of("summary")
        return {
            "computing": computing(request.user),
            "currency": settings.BASE_CURRENCY,
            "summary": summary,
            "sales": amount(summary["sales"]),
            "bys": BYS,
            "values": VALUES,
            "most_cohorts": DRAWN,
            "cohorts": cohort_map(request.GET, links),
            "spread": value_spread(links),
            "is_clv_trained": ModelVersion.objects.filter(model__code="clv").exists(),
            "rfm": rfm_map(links),
            "seasons": seasons(),
            "journey": journey_moves(request.GET, request.user, links),
            "projection": projected_sales(request.GET, request.user),
            "benchmarks": compare_months(request.GET, request.user),
        }
