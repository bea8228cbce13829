"""Variants: list and form, the segment builder for audiences in it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.moments import MomentField
from personalization.admin.experiences.audience import (
    AudienceForm,
    audience_said,
    segment_names,
)
from personalization.admin.experiences.content_form import ShowingFields, content_fields
from personalization.admin.experiences.context_form import VisitForm, visit_fields
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.rows import RowAdmin
from personalization.admin.experiences.texts import CODE_HELP
from personalization.admin.numbers import WholeField
from personalization.experiences.checking import check_variant
from personalization.experiences.definition import VariantSays
from personalization.experiences.saving import Saved, save_variant
from personalization.models import ExperienceVariant, ExperimentState


class VariantForm(AudienceForm, ShowingFields, VisitForm):
    """All of a variant."""

    own_fields = ("starts_at", "ends_at", "priority")

    priority = WholeField(
        label=gettext_lazy("Priority"),
        help_text=ExperienceVariant._meta.get_field("priority").help_text,
    )
    starts_at = MomentField(label=gettext_lazy("From"), required=False)
    ends_at = MomentField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("This instant is not included."),
    )

    class Meta:
        model = ExperienceVariant
        fields = ("placement", "code", "live", "is_active")
        help_texts = {"code": CODE_HELP}

    def says(self) -> VariantSays:
        data = self.cleaned_data
        return VariantSays(
            audience=self.audience(),
            context=self.visits(),
            live=data["live"],
            priority=data["priority"] or 0,
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            is_active=data["is_active"],
            content=self.content(),
        )

    def row(self) -> ExperienceVariant:
        data = self.cleaned_data
        return self.stored or ExperienceVariant(placement=data["placement"], code=data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_says(check_variant)
        return data


@admin.register(ExperienceVariant)
class VariantAdmin(AuditedHistory, RowAdmin):
    """Where merchants say what a placement shows, to whom, and when."""

    form = VariantForm
    change_form_template = "admin/personalization/experiences/variant_form.html"
    list_display = [
        "code",
        "placement",
        "audience_of",
        "priority",
        "starts_at",
        "ends_at",
        "is_active",
    ]
    list_filter = ["placement", "is_active", "live"]
    list_select_related = ["placement"]
    search_fields = ["code__contains", "placement__code__contains"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        names = segment_names(found.result_list)
        for row in found.result_list:
            row.audience_said = audience_said(row.audience, names)
        return found

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        """Return whom a variant is for; the list has asked for the names of all at once."""
        said = getattr(row, "audience_said", None)
        return said or audience_said(row.audience, segment_names([row]))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["placement", "code", "is_active"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": [*about, "audience_of", "priority"]})]
        content, context = (obj.content, obj.context) if obj else ({}, {})
        when = ["starts_at", "ends_at", *visit_fields(context)]
        return [
            (None, {"fields": about}),
            (gettext_lazy("What it shows"), {"fields": content_fields(content)}),
            (
                gettext_lazy("Who sees it"),
                {"fields": ["audience_kind", "segment_codes", "live", "conditions"]},
            ),
            (gettext_lazy("When"), {"fields": when}),
            (gettext_lazy("Beside others"), {"fields": ["priority", "opened_version"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        if self.has_change_permission(request, obj):
            return ["placement", "code"]
        return ["placement", "code", "audience_of"]

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

    def stored(self, form: Any, author: User) -> Saved:
        return save_variant(form.row(), form.says(), author=author)
