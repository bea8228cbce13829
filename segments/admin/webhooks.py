"""Webhooks: who is told, how that goes, what was given up; a test, a new secret, once more."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.sites import site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.guarded import OwnLookups
from core.text.formats import moment_shown
from segments.admin.choices import SearchedChoices
from segments.models import DeliveryState, WebhookEndpoint
from segments.webhooks import endpoints
from segments.webhooks.endpoints import Settings

FIELDS = ("name", "url", "all_segments", "segments", "sends_entered", "sends_left", "is_active")
SHOWN = 50
# Where a problem with settings is shown in the form.
PLACES = {"kinds": "sends_entered"}


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said of a webhook, checked as everywhere else."""

    class Meta:
        model = WebhookEndpoint
        fields = FIELDS
        widgets = {"segments": SearchedChoices}
        help_texts = {"segments": gettext_lazy("Where “All segments” is not ticked.")}

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found["all_segments"] and found.get("segments"):
            message = _(
                "All segments and a choice of them exclude each other: untick “All segments”, "
                "or choose none."
            )
            self.add_error("segments", message)
        if {"name", "url"} <= set(found):
            for problem in endpoints.problems_of(self.settings()):
                self.add_error(PLACES.get(problem.path, problem.path), problem.message)
        return found

    def settings(self) -> Settings:
        said = self.cleaned_data
        chosen = None if said["all_segments"] else list(said.get("segments", ()))
        flags = {name: said[name] for name in ("sends_entered", "sends_left", "is_active")}
        return Settings(said["name"], said["url"], chosen, **flags)


@admin.register(WebhookEndpoint)
class WebhookAdmin(OwnLookups, admin.ModelAdmin[WebhookEndpoint]):
    """Who is told who enters and leaves; everything is written by `segments.webhooks`."""

    form = WebhookForm
    fields = FIELDS
    list_display = ("name", "url", "state", "waiting", "given_up", "delivered_at")
    sortable_by = ()
    change_form_template = "admin/segments/webhookendpoint/change_form.html"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        in_state = {
            name: Count("deliveries", Q(deliveries__state=state, deliveries__is_test=False))
            for name, state in (
                ("waiting_count", DeliveryState.WAITING),
                ("dead_count", DeliveryState.DEAD),
            )
        }
        rows: QuerySet[WebhookEndpoint] = super().get_queryset(request).annotate(**in_state)
        return rows

    def get_urls(self) -> list[URLPattern]:
        pages = {"test": self.test, "secret": self.new_secret, "replay": self.replay}
        own = [
            path(
                f"<int:object_id>/{name}/",
                self.admin_site.admin_view(page),
                name=f"segments_webhookendpoint_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        if endpoint is not None:
            extra_context = {
                **(extra_context or {}),
                "deliveries": endpoint.deliveries.order_by("-pk")[:SHOWN],
                "state_said": self.state(endpoint),
                "may_change": self.has_change_permission(request, endpoint),
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        author, wanted = cast(User, request.user), form.settings()
        if change:
            stored = WebhookEndpoint.objects.get(pk=obj.pk)
            endpoints.change_endpoint(stored, wanted, author)
            return
        made = endpoints.create_endpoint(wanted, author)
        # Django goes on with the object that the form holds.
        obj.pk, obj.secret, obj._state.adding = made.pk, made.secret, False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Everything is saved with the webhook."""

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        endpoints.delete_endpoint(obj, cast(User, request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            self.delete_model(request, endpoint)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._secret_page(request, obj)

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Queue a test delivery."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        endpoints.test_endpoint(endpoint, cast(User, request.user))
        messages.success(request, _("A test is on its way; what comes of it will stand below."))
        return redirect("admin:segments_webhookendpoint_change", object_id)

    def new_secret(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Change the secret and show it once."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        changed = endpoints.change_secret(endpoint, cast(User, request.user))
        return self._secret_page(request, changed)

    def replay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send what was given up again."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        message = request.POST.get("message", "")
        if "\0" in message:  # PostgreSQL takes none.
            raise Http404
        found = get_object_or_404(endpoint.deliveries, message_id=message, is_test=False)
        endpoints.replay(found, cast(User, request.user))
        messages.success(request, _("It is sent again, before what is newer."))
        return redirect("admin:segments_webhookendpoint_change", object_id)

    def _to_change(
        self, request: HttpRequest, object_id: int
    ) -> tuple[WebhookEndpoint, HttpResponse | None]:
        endpoint = get_object_or_404(WebhookEndpoint, pk=object_id)
        if not self.has_change_permission(request, endpoint):
            raise PermissionDenied
        refused = None if request.method == "POST" else HttpResponseNotAllowed(["POST"])
        return endpoint, refused

    def _secret_page(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        context = {
            **site.each_context(request),
            "title": _("The secret of the webhook"),
            "opts": self.opts,
            "endpoint": endpoint,
        }
        return TemplateResponse(request, "admin/segments/webhookendpoint/secret.html", context)

    @admin.display(description=gettext_lazy("state"))
    def state(self, endpoint: WebhookEndpoint) -> str:
        if not endpoint.is_active:
            return endpoint.disabled_reason or _("off")
        if endpoint.failing_since is None:
            return _("on")
        since = moment_shown(endpoint.failing_since)
        return _("failing since %(time)s") % {"time": since}

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, endpoint: Any) -> int:
        return int(endpoint.waiting_count)

    @admin.display(description=gettext_lazy("given up"))
    def given_up(self, endpoint: Any) -> int:
        return int(endpoint.dead_count)
