"""Webhooks in the admin: the form, the deliveries, a test, a new secret and sending again."""

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
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access.confirmation import ask_first
from core.problems import Problem
from core.resources.admin import ResourceAdmin, ResourceForm
from core.text.formats import moment_shown
from segments.admin.choices import SearchedChoices
from segments.models import DeliveryState, WebhookEndpoint
from segments.webhooks import endpoints
from segments.webhooks.resource import WEBHOOKS
from segments.webhooks.topics import TOPICS

FIELDS = (
    *("name", "url", "all_segments", "segments", "sends_entered", "sends_left", "topics"),
    "is_active",
)
SHOWN = 50
KINDS = {"entered": "sends_entered", "left": "sends_left"}


class WebhookForm(ResourceForm):
    """The form of a webhook; all segments are chosen by a checkbox instead of the selection."""

    resource = WEBHOOKS
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("Further messages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # The form of a user who may only view has no fields.
        if "topics" in self.fields:
            choices = [(topic.name, topic.label) for topic in TOPICS]
            self.fields["topics"].choices = choices  # type: ignore[attr-defined]

    class Meta:
        model = WebhookEndpoint
        fields = FIELDS
        widgets = {"segments": SearchedChoices}
        help_texts = {"segments": gettext_lazy("Where “All segments” is not ticked.")}

    def clean_segments(self) -> list[str]:
        return [one.code for one in self.cleaned_data["segments"]]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data["all_segments"] and self.cleaned_data.get("segments"):
            message = _(
                "All segments and a choice of them exclude each other: untick “All segments”, "
                "or choose none."
            )
            self.add_error("segments", message)
        return super().clean()

    def document(self) -> dict[str, Any]:
        said, document = self.cleaned_data, super().document()
        document["segments"] = None if said["all_segments"] else said.get("segments", [])
        document["kinds"] = [kind for kind, name in KINDS.items() if said[name]]
        return document

    def field_of(self, problem: Problem) -> str:
        field = super().field_of(problem)
        return "sends_entered" if field == "kinds" else field


@admin.register(WebhookEndpoint)
class WebhookAdmin(ResourceAdmin):
    """The webhooks that receive changes of memberships."""

    resource, form = WEBHOOKS, WebhookForm
    empty_text = gettext_lazy(
        "A webhook sends another program a message when customers enter or leave a segment. "
        "Add the address of that program."
    )
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

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_form = obj is None or self.has_change_permission(request, obj)
        return (*FIELDS, "opened_version") if is_form else FIELDS

    def head_of(self, request: HttpRequest, row: WebhookEndpoint) -> dict[str, Any]:
        return super().head_of(request, row) | {
            "deliveries": row.deliveries.order_by("-pk")[:SHOWN],
            "state_said": self.state(row),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return ask_first(request) or super().add_view(request, form_url, extra_context)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._secret_page(request, obj)

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Queue a test delivery."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        endpoints.test_endpoint(endpoint)
        messages.success(request, _("A test is on its way; what comes of it will stand below."))
        return redirect("admin:segments_webhookendpoint_change", object_id)

    def new_secret(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Change the secret and show it once."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        page = reverse("admin:segments_webhookendpoint_change", args=[object_id])
        if asked := ask_first(request, page):
            return asked
        changed = endpoints.change_secret(endpoint, cast(User, request.user))
        return self._secret_page(request, changed)

    def replay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Queue a delivery that was given up again. Raises Http404 for an unknown delivery."""
        endpoint, refused = self._to_change(request, object_id)
        if refused:
            return refused
        message = request.POST.get("message", "")
        if "\0" in message:  # PostgreSQL rejects NUL characters.
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
            "row": endpoint,
            "back": _("To the webhook"),
        }
        return TemplateResponse(request, "admin/resources/secret.html", context)

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
