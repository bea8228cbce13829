"""The page of attribution and ROI, in the menu in place of a list of campaigns."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from conditions.language.windows import local_date
from core.clock import now
from core.problems import Invalid
from core.text.formats import currency_symbol
from customers.imports.readers import upload_pages
from predictions.admin.attribution.credits import credits_of
from predictions.admin.attribution.forms import Asked, attribution_form, lift_form
from predictions.admin.attribution.measured import measured_lift
from predictions.admin.insights.day_one import steps_to_data
from predictions.admin.single_page import OnePage, is_sent_first
from predictions.analytics.period_ends import default_zone
from predictions.analytics.periods import ends_of
from predictions.attribution.lift import campaigns_to_measure
from predictions.figures.single_computation import turn
from predictions.history.population import sales
from predictions.models import Touch, TouchCampaign
from predictions.refusals import Refused
from segments.admin.next_steps import NextStep

# The period whose sales the page shows at first.
RECENT = timedelta(days=30)
# The permission for the page to upload files.
UPLOADS = "customers.import_shop"
Shown = TypeVar("Shown")


@admin.register(TouchCampaign)
class AttributionAdmin(OnePage):
    """The page with the credits of a period and the lift of a campaign; rows are only imported."""

    heading = gettext_lazy("Attribution and ROI")
    template = "admin/predictions/attribution.html"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the credits of a period, and the lift of a campaign if one is chosen."""
        campaigns = campaigns_to_measure()
        first_day = local_date(now() - RECENT, default_zone())
        credited, measuring = (
            attribution_form(request.GET, first_day),
            lift_form(request.GET, campaigns),
        )
        told, found = measuring.told, None
        if "campaign" in told:
            asked = {"campaign": told["campaign"]}
            if "days_after" in told:
                asked["window_days"] = told["days_after"]
            found = _answer(measuring, lambda: measured_lift(asked))
        is_computing, credits = is_sent_first(request), None
        if is_computing:
            # Only the period is checked.
            _answer(credited, lambda: ends_of(credited.told))
        else:
            credits = _answer(credited, lambda: credits_of(credited.told))
        return {
            "is_computing": is_computing and credited.is_valid(),
            "currency": currency_symbol(),
            "is_without_margin": settings.PREDICTIONS_MARGIN == 1,
            "credited": credited,
            "credits": credits,
            "has_no_touches": credits is not None
            and credits.is_all_direct
            and not Touch.objects.exists(),
            "steps": [] if credits is None or credits.rows else _steps(request.user),
            "upload_pages": upload_pages() if request.user.has_perm(UPLOADS) else [],
            "campaigns": campaigns,
            "measuring": measuring,
            "measured": found,
        }


def _steps(user: User | AnonymousUser) -> list[NextStep]:
    """Return the pages where `user` may bring the shop's data while there are no sales at all."""
    return [] if sales(now()).exists() else steps_to_data(user)


def _answer(form: Asked, answer: Callable[[], Shown]) -> Shown | None:
    """Return the result of `answer`; None, with errors in the form, where it is refused."""
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
