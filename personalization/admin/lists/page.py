"""The page “Personal lists”: buy again and discover side by side, and a button to promote."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.permissions import require
from personalization.admin.lists.figures import list_rows, network_figures
from personalization.models import ListInUse, RecommendationUse, RecommendationVersion
from personalization.recommend.nightly.promotion import promote
from personalization.recommend.sources.stored_candidates import cancel_fits
from predictions.admin.single_page import OnePage
from predictions.refusals import Refused

CHANGE = "personalization.change_recommendationversion"
LONGEST_NUMBER = 9


@admin.register(ListInUse)
class ListsAdmin(OnePage):
    """The version that serves each list, and why; promoting a failed version takes a reason."""

    heading = gettext_lazy("Personal lists")
    template = "admin/personalization/recommendations/lists.html"
    needed = "personalization.view_recommendations"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page, promote the version that was sent, or cancel the training of a network."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        require(request.user, [self.needed, CHANGE])
        if "cancel" in request.POST:
            if cancel_fits():
                messages.success(request, _("The training ends within a moment."))
            else:
                messages.error(request, _("No training is running any more."))
            return HttpResponseRedirect(request.path)
        number = request.POST.get("version", "")
        is_number = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
        version = RecommendationVersion.objects.filter(number=number).first() if is_number else None
        if version is None:
            messages.error(request, _("There is no such version any more."))
            return HttpResponseRedirect(request.path)
        try:
            promote(version, reason=request.POST.get("reason", ""), by=request.user)
        except Refused as error:
            messages.error(request, str(error))
        else:
            text = _("Version %(number)d serves now.")
            messages.success(request, text % {"number": version.number})
        return HttpResponseRedirect(request.path)

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of the template."""
        use = RecommendationUse.objects.select_related("fit").defer("fit__content").first()
        fit = use.fit if use else None
        return {
            "fit": fit,
            "scopes": list_rows(fit) if fit else [],
            "network": network_figures(),
            "may_promote": request.user.has_perm(CHANGE),
        }
