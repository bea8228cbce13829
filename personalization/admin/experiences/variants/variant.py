"""Variants: list and form, the segment builder for audiences in it."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.next_page import LeadsBack, next_page
from core.forms.numbers import TypedIntegerField
from core.text.codes import free_code
from personalization.admin.audience import (
    AudienceFields,
    note_audiences,
)
from personalization.admin.experiences.content.form import (
    USUAL_CONTENT,
    ShowingFields,
    content_fields,
)
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.texts import CODE_HELP, PLACE, PlaceFilter
from personalization.admin.experiences.variants.context_form import VisitForm, visit_fields
from personalization.admin.experiences.variants.variant_list import place_page, read_key
from personalization.experiences.resources import VARIANTS
from personalization.models import ExperienceVariant, ExperimentState

JUDGED_NOW = gettext_lazy("Judge membership at each request")


class VariantForm(AudienceFields, ShowingFields, VisitForm):
    """All of a variant."""

    resource = VARIANTS

    class Meta:
        model = ExperienceVariant
        fields = ("placement", "code", "live", "is_active", "priority", "starts_at", "ends_at")
        field_classes = {"priority": TypedIntegerField}
        help_texts = {
            "code": CODE_HELP,
            "ends_at": gettext_lazy("This instant is not included."),
        }
        labels = {"placement": PLACE, "code": gettext_lazy("Name"), "live": JUDGED_NOW}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.stored is not None:
            # It never moves to another place.
            self.fields.pop("placement", None)
        else:
            self.fields["placement"].widget = forms.Select(
                choices=self.fields["placement"].widget.choices
            )
            self.initial["content_type"] = USUAL_CONTENT
            place = read_key(self.initial.get("placement"))
            rows = ExperienceVariant.objects.all()
            rows = rows.none() if place is None else rows.filter(placement=place)
            self.initial["code"] = free_code(_("variant"), rows, otherwise="variant")

    def new_row(self) -> ExperienceVariant:
        return ExperienceVariant(placement=self.cleaned_data.get("placement"))


@admin.register(ExperienceVariant)
class VariantAdmin(LeadsBack, AuditedHistory):
    """The admin of variants: what a placement shows, to which audience, and when."""

    resource, form = VARIANTS, VariantForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    empty_text = gettext_lazy(
        "A variant is what some customers see in a place instead of its default."
    )
    list_display = [
        "code",
        "place_of",
        "audience_of",
        "priority",
        "starts_at",
        "ends_at",
        "is_active",
    ]
    list_filter = [("placement", PlaceFilter), "is_active"]
    list_select_related = ["placement"]
    search_fields = ["code__icontains", "placement__code__icontains"]

    def page_after(self, request: HttpRequest, row: Any, *, is_new: bool) -> str:
        return next_page(request) or place_page(row.placement, request.user)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the values of a new variant: for a segment, but for everybody in an experiment."""
        steps = reverse("admin:personalization_experiment_steps")
        kind = "" if urlsplit(next_page(request)).path == steps else "is"
        return {"audience_kind": kind, **super().get_changeform_initial_data(request)}

    @admin.display(description=PLACE, ordering="placement__code")
    def place_of(self, row: Any) -> Any:
        return row.placement

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        note_audiences(request.user, found.result_list)
        return found

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        """Return the audience of a variant as text, which `note_audiences` has set."""
        return str(row.audience_text)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["placement" if obj is None else "place_of", "code", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            note_audiences(request.user, [obj])
            return [(None, {"fields": [*about, "audience_of", "priority"]})]
        content, context = (obj.content, obj.context) if obj else ({}, {})
        when = ["starts_at", "ends_at", *visit_fields(context)]
        is_always = obj is None or not (obj.starts_at or obj.ends_at or context)
        return [
            (None, {"fields": about}),
            (gettext_lazy("What it shows"), {"fields": content_fields(content)}),
            (
                gettext_lazy("Who sees it"),
                {"fields": ["audience_kind", "segment_codes", "live", "conditions"]},
            ),
            (
                gettext_lazy("When"),
                {"fields": when, "classes": ["collapse"] if is_always else []},
            ),
            (
                gettext_lazy("Order among the variants"),
                {"fields": ["priority", "opened_version"], "classes": ["collapse"]},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        if self.has_change_permission(request, obj):
            return ["place_of", "code"]
        return ["place_of", "code", "audience_of"]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        running = obj.placement.experiments.filter(state=ExperimentState.RUNNING)
        showing = [
            one.name
            for one in running.order_by("code")
            if any(arm.get("content") == obj.content for arm in one.variants)
        ]
        super().delete_model(request, obj)
        if showing:
            text = _("It is still shown by what is running: %(names)s. Stop that to end it.")
            self.message_user(request, text % {"names": ", ".join(showing)}, messages.WARNING)
