"""The page of the dashboard, in the menu where the list of its tables would stand."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from customers.admin.permissions import require
from predictions.admin.dashboard.cohort_map import BYS, DRAWN, VALUES, cohort_map
from predictions.admin.dashboard.numbers import amount
from predictions.admin.dashboard.rfm_map import rfm_map
from predictions.admin.dashboard.seasons import seasons
from predictions.admin.dashboard.show_customers import Links
from predictions.admin.dashboard.value_spread import value_spread
from predictions.analytics.views import view_of
from predictions.models import AnalyticsTable, ModelVersion

VIEW = "predictions.view_scores"


@admin.register(AnalyticsTable)
class DashboardAdmin(admin.ModelAdmin[AnalyticsTable]):
    """One page, for those who may see scores; the tables have none of their own."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="predictions_analyticstable_changelist")]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(VIEW)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the dashboard as of the last scoring."""
        require(request.user, [VIEW])
        links, summary = Links(request.user), view_of("summary")
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Dashboard"),
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
        }
        return TemplateResponse(request, "admin/predictions/dashboard.html", context)
