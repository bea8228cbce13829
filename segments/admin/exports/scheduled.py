"""Scheduled exports in the admin: contents, schedule, destination and the last delivery."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.problems import Invalid
from core.resources.admin import ResourceAdmin, ResourceForm
from segments.admin.choices import SearchedChoice
from segments.admin.schedule_field import ScheduleField
from segments.export.background.requests import TooManyExports
from segments.export.background.schedule import begin_now, check_destination, restart_changes
from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS
from segments.export.targets import TARGETS
from segments.models import ScheduledExport
from segments.models.recurrence import describe_schedule

FIELDS = (
    *("name", "segment", "is_delta", "target", "format", "columns", "raw", "bom"),
    *("schedule", "destination", "folder", "is_active"),
)


class ScheduledForm(ResourceForm):
    """The form of a scheduled export; `user`, who saves it, may request the same export at once."""

    resource = SCHEDULED_EXPORTS
    user: User
    columns = forms.CharField(
        required=False,
        label=gettext_lazy("Columns"),
        help_text=gettext_lazy("Names with commas between; empty for the usual ones."),
    )
    target = forms.ChoiceField(required=False, label=gettext_lazy("For which program"))
    schedule = ScheduleField(
        label=gettext_lazy("Schedule"), help_text=gettext_lazy("By the shop’s clock.")
    )
    destination = forms.ChoiceField(label=gettext_lazy("Destination"))

    class Meta:
        model = ScheduledExport
        fields = FIELDS
        widgets = {"segment": SearchedChoice}
        help_texts = {
            "is_delta": gettext_lazy("Who entered and left since the last file that was brought."),
            "raw": gettext_lazy("Texts as they are, without the guard against formulas."),
            "bom": gettext_lazy(
                "CSV only: a mark at its beginning, by which Excel reads it right."
            ),
            "folder": gettext_lazy("Below the destination; empty for the destination itself."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {one.name: one.label for one in TARGETS}
        places = {*settings.EXPORT_DESTINATIONS, *filter(None, [self.instance.destination])}
        fields: Any = self.fields
        fields["target"].choices = [("", _("any program")), *named.items()]
        fields["destination"].choices = [(name, name) for name in sorted(places)]
        if not places:
            fields["destination"].help_text = _(
                "No destination is set up yet. An administrator names one in the environment, "
                "such as EXPORT_TO_ARCHIVE=file:///srv/exports."
            )
        self.initial["columns"] = ",".join(self.instance.columns or ())

    def clean_columns(self) -> list[str] | None:
        names = [name.strip() for name in self.cleaned_data["columns"].split(",")]
        return [name for name in names if name] or None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            row: Any = self.judge.row
            try:
                SCHEDULED_EXPORTS.check_allowed(row, self.user)
            except Invalid as error:
                for problem in error.problems:
                    self.report(problem)
        return data


@admin.register(ScheduledExport)
class ScheduledExportAdmin(ResourceAdmin):
    """Scheduled exports; the user who saves an export becomes responsible for it."""

    resource, form = SCHEDULED_EXPORTS, ScheduledForm
    empty_text = gettext_lazy(
        "A scheduled export writes the members of a segment to a file regularly, such as every "
        "night."
    )
    readonly_fields = ("responsible", "begun_at", "brought_at", "error")
    list_display = (
        "name",
        "segment",
        "when",
        "destination",
        "is_active",
        "brought_at",
        "error",
    )
    list_select_related = ("segment",)
    sortable_by = ()
    actions = ["run_now", "restart_selected"]
    show_full_result_count = False

    class Media:
        css = {"all": ["segments/schedule.css"]}

    @admin.display(description=gettext_lazy("Schedule"))
    def when(self, scheduled: ScheduledExport) -> str:
        return describe_schedule(scheduled.schedule)

    def get_fields(self, request: HttpRequest, obj: ScheduledExport | None = None) -> Any:
        if obj is None:
            return FIELDS
        is_form = self.has_change_permission(request, obj)
        return (*FIELDS, *self.readonly_fields, *["opened_version"] * is_form)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        saved: list[ScheduledExport] = []
        request.saved_exports = saved  # type: ignore[attr-defined]
        response = super().changeform_view(request, *args, **kwargs)
        # After everything is stored, so that nobody else waits for the other server's answer.
        for one in saved:
            if one.is_active and (error := check_destination(one)):
                text = _("Saved, but a file could not be brought there just now: %(error)s")
                messages.warning(request, text % {"error": error})
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        request.saved_exports.append(obj)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Run now"), permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[ScheduledExport]) -> None:
        for one in queryset:
            try:
                is_begun = begin_now(one, cast(User, request.user))
                one.refresh_from_db()
                error = one.error
            except TooManyExports as refusal:
                is_begun, error = True, str(refusal)
            if not is_begun:
                text = _("“%(name)s” is on its way already.")
                messages.warning(request, text % {"name": one})
            elif error:
                text = _("“%(name)s” could not be begun: %(error)s")
                messages.error(request, text % {"name": one, "error": error})
            else:
                text = _("“%(name)s” is begun; the list says when it was brought.")
                messages.success(request, text % {"name": one})

    @admin.action(description=gettext_lazy("Bring changes from now on"), permissions=["change"])
    def restart_selected(self, request: HttpRequest, queryset: QuerySet[ScheduledExport]) -> None:
        for one in queryset:
            restart_changes(one, cast(User, request.user))
        messages.success(request, _("The next file has the changes from now on."))
