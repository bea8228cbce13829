"""Experiments in the admin: what may be changed in which state, and its further pages."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.formats import UNKNOWN, number_shown, share_shown
from personalization.admin.audience import note_audiences
from personalization.admin.experiences.history import AuditedHistory
from personalization.admin.experiences.texts import PLACE, PlaceFilter
from personalization.admin.experiments.bandit_fields import EXPLANATION, NAMES
from personalization.admin.experiments.form import DraftForm, RunningForm
from personalization.admin.experiments.power import PowerForm, power_page
from personalization.admin.experiments.results import results_page
from personalization.admin.experiments.starting_and_stopping import (
    ROLL_OUT,
    START,
    STOP,
    Turn,
    turning_page,
)
from personalization.admin.experiments.steps import steps_page
from personalization.admin.experiments.summary import summary_of, variants_in_words
from personalization.admin.experiments.variant_fields import name_of, names_by_kind, parts
from personalization.experiments.assignment.channels import CHANNELS, channel_of
from personalization.experiments.assignment.variants import most_variants
from personalization.experiments.resource import EXPERIMENTS
from personalization.models import Experiment, ExperimentState, Metric, Mode

READ = ["name", "hypothesis", "place_of", "code", "started_at", "stopped_at"]
HOW = ["primary_metric", "metrics_of", "window_days", "alpha_of", "method", "winsorize"]
HOW_BANDIT = ["mode", "reward", "reward_hours", "floor_of", "batch_hours"]
HOW_BANDIT += ["planned_batches", "on_winner", "alpha_of"]
WHO = ["audience_of", "traffic_of", "variants_of", "planned_of"]

# The same for every experiment (`experiences.serving`), so it is no part of its audience.
NOBODY = gettext_lazy(
    "For any audience, customers who are not logged in, are in the control group, refuse "
    "personalization or may not be tracked do not take part."
)


def fields_read(row: Experiment | None) -> list[str]:
    """Return the fields of an experiment that can only be read."""
    is_bandit = row is not None and row.mode == Mode.BANDIT
    return [*READ, *WHO, *(HOW_BANDIT if is_bandit else HOW)]


def used_by(row: Experiment, user: User | AnonymousUser) -> dict[str, Any]:
    """Return what uses an experiment of a channel, for a page; nothing of any other."""
    channel = channel_of(row.variants)
    if channel is None or not user.has_perms(channel.permissions):
        return {}
    return {"channel": channel, "uses": channel.uses(row)}


@admin.register(Experiment)
class ExperimentAdmin(AuditedHistory):
    """The admin of experiments: their definition, start and stop, and results."""

    resource, form = EXPERIMENTS, DraftForm
    change_form_template = "admin/personalization/experiments/form.html"
    change_list_template = "admin/personalization/experiments/list.html"
    empty_text = gettext_lazy(
        "An experiment shows a part of your customers something new and compares what they buy "
        "with the others."
    )
    list_display = ["name", "code", "place_of", "state", "started_at", "stopped_at"]
    list_filter = ["state", ("placement", PlaceFilter)]
    list_select_related = ["placement"]
    search_fields = ["code__icontains", "name__icontains"]

    # Fields ---------------------------------------------------------------------------------------

    @admin.display(description=PLACE, ordering="placement__code", empty_value=UNKNOWN)
    def place_of(self, row: Experiment) -> Any:
        return row.placement

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().head_of(request, row)
        return found | {"title": row.name, "page_name": row.name}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_over = obj is not None and obj.state == ExperimentState.STOPPED
        return super().has_change_permission(request, obj) and not is_over

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        has_begun = obj is not None and obj.state != ExperimentState.DRAFT
        return super().has_delete_permission(request, obj) and not has_begun

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None and obj.state == ExperimentState.RUNNING:
            kwargs["form"] = RunningForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            note_audiences(request.user, [obj])
            return [(None, {"fields": fields_read(obj)})]
        if obj is not None and obj.state == ExperimentState.RUNNING:
            note_audiences(request.user, [obj])
            free = ["name", "hypothesis", "traffic", "opened_version"]
            locked = [one for one in fields_read(obj) if one not in (*free, "traffic_of")]
            text = _("While the experiment is running this cannot be changed.")
            return [
                (None, {"fields": free}),
                (None, {"fields": locked, "description": text}),
            ]
        rows = [tuple(name_of(place, part) for part in parts()) for place in range(most_variants())]
        text = _(
            "At least 2, the control first; those without a code are not used. All weights left "
            "empty: equal ones. To try something new, make it a variant of the place first; "
            "switched off, nobody sees it outside the experiment."
        )
        text = " ".join([text, *(str(channel.help) for channel in CHANNELS)])
        # Where there are no channels there is one kind only.
        kind = ["kind"] if list(CHANNELS) else []
        audience = ["audience_kind", "segment_codes", "conditions", "traffic"]
        metrics = ["primary_metric", "metrics", "window_days", "winsorize"]
        return [
            (None, {"fields": [*kind, "name", "code", "hypothesis", "placement"]}),
            (_("Variants"), {"fields": rows, "description": text, "classes": ["experiment-arms"]}),
            (_("Who takes part"), {"fields": audience, "description": NOBODY}),
            (
                _("Weights"),
                {
                    "fields": list(NAMES),
                    "description": EXPLANATION,
                    "classes": ["experiment-bandit"],
                },
            ),
            (_("What is measured"), {"fields": metrics}),
            (
                _("How it is read"),
                {"fields": ["method", "alpha", "planned_size", "opened_version"]},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        if not self.has_change_permission(request, obj):
            return fields_read(obj)
        if obj.state == ExperimentState.RUNNING:
            free = ("name", "hypothesis")
            return [one for one in fields_read(obj) if one not in free]
        return ["code"]

    @admin.display(description=gettext_lazy("For"))
    def audience_of(self, row: Any) -> str:
        """Return the audience as text, which `note_audiences` has set."""
        return str(row.audience_text)

    @admin.display(description=gettext_lazy("Traffic"))
    def traffic_of(self, row: Experiment) -> str:
        return share_shown(row.traffic / 10_000, decimals=2)

    @admin.display(description=gettext_lazy("Evenly split share"))
    def floor_of(self, row: Experiment) -> str:
        return share_shown(row.floor / 10_000, decimals=2)

    @admin.display(description=gettext_lazy("Variants"))
    def variants_of(self, row: Experiment) -> str:
        shares = (
            (one["code"], share_shown(one["weight"] / 10_000, decimals=2), shows)
            for one, shows in zip(row.variants, variants_in_words(row), strict=True)
        )
        return format_html_join(", ", "{} ({}): {}", shares)

    @admin.display(description=gettext_lazy("Risk of a false alarm"))
    def alpha_of(self, row: Experiment) -> str:
        return share_shown(row.alpha, decimals=2)

    @admin.display(description=gettext_lazy("Planned size"))
    def planned_of(self, row: Experiment) -> str:
        return UNKNOWN if row.planned_size is None else number_shown(row.planned_size)

    @admin.display(description=gettext_lazy("Further metrics"))
    def metrics_of(self, row: Experiment) -> str:
        return ", ".join(str(Metric(one).label) for one in row.metrics) or "–"

    # Pages of their own ---------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        more = (extra_context or {}) | {"power": PowerForm(), "kinds": json.dumps(names_by_kind())}
        row = self.get_object(request, object_id) if object_id else None
        if row is not None:
            more |= used_by(row, request.user)
        if row is not None and row.state != ExperimentState.DRAFT:
            more |= {"summary": summary_of(row, request.user)}
        return super().changeform_view(request, object_id, form_url, more)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "personalization_experiment"
        return [
            path("new/", wrap(self.steps_view), name=f"{name}_steps"),
            path("power/", wrap(self.power_view), name=f"{name}_power"),
            path("<int:pk>/start/", wrap(self.start_view), name=f"{name}_start"),
            path("<int:pk>/stop/", wrap(self.stop_view), name=f"{name}_stop"),
            path("<int:pk>/roll-out/", wrap(self.roll_out_view), name=f"{name}_roll_out"),
            path("<int:pk>/results/", wrap(self.results_view), name=f"{name}_results"),
            *super().get_urls(),
        ]

    def power_view(self, request: HttpRequest) -> HttpResponse:
        """Show how many customers an experiment needs.

        Raises PermissionDenied for users who may neither view nor add experiments.
        """
        if not (self.has_view_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        return power_page(request, self._context(request))

    def steps_view(self, request: HttpRequest) -> HttpResponse:
        """Make an experiment in steps; raises PermissionDenied for users who may not add one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return steps_page(request, self._context(request))

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have a draft run."""
        return self._turn(request, pk, START)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a running experiment for good."""
        return self._turn(request, pk, STOP)

    def roll_out_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End an experiment for good and have its place show the winner."""
        return self._turn(request, pk, ROLL_OUT)

    def results_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the results of an experiment."""
        return results_page(request, self._row(request, pk), self._context(request))

    def _turn(self, request: HttpRequest, pk: int, turn: Turn) -> HttpResponse:
        if not request.user.has_perms(turn.permissions):
            raise PermissionDenied
        return turning_page(request, self._row(request, pk), turn, self._context(request))

    def _row(self, request: HttpRequest, pk: int) -> Experiment:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Experiment | None = self.get_object(request, str(pk))
        if found is None:
            raise Http404
        return found

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
