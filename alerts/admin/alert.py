"""Alerts: the list, one alert, and the buttons that resolve it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.checks.alert_changes import resolve_alert
from alerts.models import Alert, Resolution
from alerts.words import describe_alert, describe_also
from core.admin.guarded import OwnLookups

VIEW, CHANGE = "segments.view_alert", "segments.change_alert"


@admin.register(Alert)
class AlertAdmin(OwnLookups, admin.ModelAdmin[Alert]):
    """Pages of alerts: read only, except for people's decisions about an alert."""

    empty_text = gettext_lazy(
        "An alert says what needs attention, such as a segment that suddenly grows or an "
        "export that fails. There has been none yet."
    )
    list_display = ("at", "sentence", "kind", "state", "resolved_by")
    list_display_links = None
    list_filter = ("state", "kind")
    linked = ("segment__id",)
    list_select_related = ("segment", "resolved_by")
    list_per_page = 50
    ordering = ("-pk",)
    sortable_by = ()
    show_full_result_count = False
    actions = ("note", "call_usual")
    change_form_template = "admin/alerts/alert/change_form.html"
    fields = (
        *("sentence", "further_causes", "segment", "kind", "state", "at", "ended_at"),
        *("resolved_at", "resolved_by"),
    )

    # Permissions ---------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(VIEW))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Nothing of an alert is typed.
        return False

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may resolve alerts, as the actions ask."""
        return bool(request.user.has_perms((VIEW, CHANGE)))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # Columns -----------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Alert"))
    def sentence(self, alert: Alert) -> str:
        address = reverse("admin:alerts_alert_change", args=[alert.pk])
        return format_html('<a href="{}">{}</a>', address, describe_alert(alert))

    @admin.display(description=gettext_lazy("Further causes"))
    def further_causes(self, alert: Alert) -> str:
        return describe_also(alert) or "–"

    # Resolving ---------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Note"), permissions=["resolve"])
    def note(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self._resolve(request, alerts, Resolution.NOTED)

    @admin.action(description=gettext_lazy("Usual from now on"), permissions=["resolve"])
    def call_usual(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self._resolve(request, alerts, Resolution.USUAL)

    def _resolve(
        self, request: HttpRequest, alerts: QuerySet[Alert], resolution: Resolution
    ) -> None:
        chosen = list(alerts)
        for alert in chosen:
            resolve_alert(alert, resolution, cast(User, request.user))
        text = ngettext("%(n)d alert: %(state)s.", "%(n)d alerts: %(state)s.", len(chosen))
        messages.success(request, text % {"n": len(chosen), "state": resolution.label})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resolve)
        return [
            path("<int:object_id>/resolve/", view, name="alerts_alert_resolve"),
            *super().get_urls(),
        ]

    def resolve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Resolve one alert and redirect to the page with the button.

        Raises PermissionDenied without the permission to resolve alerts, and Http404 for an unknown
        alert or resolution.
        """
        if not self.has_resolve_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        resolution = request.POST.get("as", "")
        if resolution not in Resolution.values:
            raise Http404
        alert = get_object_or_404(Alert, pk=object_id)
        resolve_alert(alert, Resolution(resolution), cast(User, request.user))
        messages.success(
            request,
            _("The alert is noted.")
            if resolution == Resolution.NOTED
            else _("Such a size counts as usual from now on."),
        )
        back = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
            return redirect(back)
        return redirect("admin:alerts_alert_changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more = {"may_resolve": self.has_resolve_permission(request), "page": request.path}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
