"""The page of attribution and return, in the menu where the list of campaigns would stand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from conditions.language.windows import local_date
from customers.admin.permissions import require
from customers.clock import now
from customers.problems import Invalid
from predictions.admin.attribution.credits import credits_of
from predictions.admin.attribution.forms import Asked, attribution_form, lift_form
from predictions.admin.attribution.measured import measured
from predictions.analytics.moments import default_zone
from predictions.attribution.lift import campaigns_to_measure
from predictions.models import TouchCampaign
from predictions.refused import Refused
from predictions.turn import turn

VIEW = "predictions.view_scores"
# Sales of so many days are shown when the page is opened.
RECENT = timedelta(days=30)
Shown = TypeVar("Shown")


@admin.register(TouchCampaign)
class AttributionAdmin(admin.ModelAdmin[TouchCampaign]):
    """One page, for those who may see scores; campaigns and touches are imported."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="predictions_touchcampaign_changelist")]

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
        """Show credits of a period, and the lift of a campaign where one is chosen."""
        require(request.user, [VIEW])
        campaigns = campaigns_to_measure()
        first_day = local_date(now() - RECENT, default_zone())
        credited, measuring = (
            attribution_form(request.GET, first_day),
            lift_form(request.GET, campaigns),
        )
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Attribution and ROI"),
            "currency": settings.BASE_CURRENCY,
            "is_without_margin": settings.PREDICTIONS_MARGIN == 1,
            "credited": credited,
            "credits": _answer(credited, lambda: credits_of(credited.told)),
            "campaigns": campaigns,
            "measuring": measuring,
            "measured": None,
        }
        told = measuring.told
        if "campaign" in told:
            asked = {"campaign": told["campaign"]}
            if "days_after" in told:
                asked["window_days"] = told["days_after"]
            context["measured"] = _answer(measuring, lambda: measured(asked))
        return TemplateResponse(request, "admin/predictions/attribution.html", context)


def _answer(form: Asked, answer: Callable[[], Shown]) -> Shown | None:
    """Return what is answered; None, with the reason at the form, where nothing can be."""
    if not form.is_valid():
        return None
    try:
        with turn():
            return answer()
    except Invalid as error:
        for problem in error.problems:
            form.add_error(problem.path, problem.message)
    except Refused as error:
        form.add_error(None, str(error))
    return None
