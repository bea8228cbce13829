"""Channels of alerts: the form, the secret of a webhook once, a test."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.channels.resource import CHANNELS
from alerts.channels.sending import test_channel
from alerts.models import AlertChannel, AlertKind, ChannelKind
from core.access.confirmation import ask_first
from core.forms.documents import CodesField
from core.resources.admin import ResourceAdmin, ResourceForm
from core.text.formats import moment_shown
from segments.admin.choices import SearchedChoices
from segments.models import Segment

FIELDS = (
    *("name", "kind", "addresses", "url", "kinds", "segments", "digest", "is_active"),
    "opened_version",
)


class ChannelForm(ResourceForm):
    """The fields of a channel; without a chosen segment it is for all of them."""

    resource = CHANNELS

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Of mail: one a line, each of a user who may see alerts."),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Alerts"), choices=AlertKind.choices, widget=SearchedChoices
    )
    segments = CodesField(
        label=gettext_lazy("Segments"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("None chosen: all, and alerts about no segment."),
    )

    class Meta:
        model = AlertChannel
        fields = ("name", "kind", "url", "digest", "is_active")
        help_texts = {"url": gettext_lazy("Of a webhook or a chat: where messages are sent.")}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if "segments" not in self.fields:  # Somebody who only reads has no fields.
            return
        channel: AlertChannel = self.instance
        known = Segment.objects.values_list("code", "name")
        cast(CodesField, self.fields["segments"]).offer(known, channel.segments or ())
        self.initial["addresses"] = "\n".join(channel.addresses)
        self.initial["kinds"] = channel.kinds
        self.initial["segments"] = channel.segments or []

    def clean_addresses(self) -> list[str]:
        lines = str(self.cleaned_data["addresses"]).splitlines()
        return [line.strip() for line in lines if line.strip()]

    def document(self) -> dict[str, Any]:
        cleaned, document = self.cleaned_data, super().document()
        document["segments"] = cleaned.get("segments") or None
        return document


@admin.register(AlertChannel)
class ChannelAdmin(ResourceAdmin):
    """Where alerts are sent."""

    resource, form = CHANNELS, ChannelForm
    empty_text = gettext_lazy(
        "A channel sends alerts by mail, to a chat or to another program. Add one, so that "
        "nobody has to look for alerts here."
    )
    list_display = ("name", "kind", "digest", "standing", "delivered_at")
    sortable_by = ()
    change_form_template = "admin/alerts/alertchannel/change_form.html"
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_form = obj is None or self.has_change_permission(request, obj)
        return FIELDS if is_form else (*FIELDS[:-1], "standing")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return ()
        return (*FIELDS[:-1], "standing")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test)
        name = "alerts_alertchannel_test"
        return [path("<int:object_id>/test/", view, name=name), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return ask_first(request) or super().add_view(request, form_url, extra_context)

    def response_add(
        self, request: HttpRequest, obj: AlertChannel, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj.kind != ChannelKind.WEBHOOK:
            return super().response_add(request, obj, post_url_continue)
        context = {
            **self.admin_site.each_context(request),
            "title": _("The secret of the channel"),
            "opts": self.opts,
            "row": obj,
            "back": _("To the channel"),
        }
        return TemplateResponse(request, "admin/resources/secret.html", context)

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Queue a test message, which is sent within a minute.

        Raises Http404 for an unknown channel, and PermissionDenied for users who may not change it.
        """
        channel = get_object_or_404(AlertChannel, pk=object_id)
        if not self.has_change_permission(request, channel):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        test_channel(channel, cast(User, request.user))
        messages.success(request, _("A test is on its way: it leaves within a minute."))
        return redirect("admin:alerts_alertchannel_change", object_id)

    def head_of(self, request: HttpRequest, row: AlertChannel) -> dict[str, Any]:
        return super().head_of(request, row) | {"standing": self.standing(row)}

    @admin.display(description=gettext_lazy("state"))
    def standing(self, channel: AlertChannel) -> str:
        if not channel.is_active:
            return _("off: %(error)s") % {"error": channel.error} if channel.error else _("off")
        if channel.error:
            return _("fails: %(error)s") % {"error": channel.error}
        if channel.delivered_at is None:
            return _("nothing was sent yet")
        return _("last sent on %(moment)s") % {"moment": moment_shown(channel.delivered_at)}
