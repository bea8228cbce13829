"""The forms of an experiment: all fields of a draft, the editable ones of a running one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.numbers import typed_number
from core.problems import Problem
from core.resources.admin import ResourceForm
from personalization.admin.audience import AudienceFields
from personalization.admin.experiences.texts import PLACE
from personalization.admin.experiments.bandit_fields import (
    NAMES,
    BanditFields,
    initial_of_bandit,
)
from personalization.admin.experiments.variant_fields import (
    PREFIX,
    fields_of_variants,
    initial_of,
    kind_of,
    kinds,
    name_of,
    only_of_kind,
    parts,
    used_places,
    variant_values,
    wrong_with,
)
from personalization.admin.numbers import (
    PercentField,
    ShareField,
    TypedField,
    WholeField,
    per_cent,
    share_typed,
)
from personalization.experiments.resource import EXPERIMENTS
from personalization.models import Experiment, Metric

METHOD_HELP = gettext_lazy(
    "Once: nothing but sizes is shown until every variant has its planned size; then the result "
    "holds. At any time: you may look every day and stop as soon as there is a result; for that "
    "the intervals are wider, and more customers are needed."
)


class RunningForm(ResourceForm):
    """The fields of a running experiment that may still be changed."""

    resource = EXPERIMENTS

    traffic = PercentField(
        label=gettext_lazy("Traffic, %"),
        help_text=gettext_lazy("So many of the audience take part. It may only grow."),
    )

    class Meta:
        model = Experiment
        fields = ("name", "hypothesis")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["traffic"] = per_cent(self.instance.traffic)


class DraftForm(AudienceFields, BanditFields, ResourceForm):
    """All of an experiment that has not begun."""

    resource = EXPERIMENTS

    caveat = gettext_lazy("Counted by these conditions only, without traffic and control group.")

    kind = forms.ChoiceField(
        label=gettext_lazy("What it tries"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Fields that do not apply to the chosen kind are ignored."),
    )
    traffic = PercentField(
        label=gettext_lazy("Traffic, %"),
        help_text=gettext_lazy(
            "So many of the audience take part. While it is running this may only grow."
        ),
    )
    metrics = forms.MultipleChoiceField(
        label=gettext_lazy("Further metrics"),
        required=False,
        choices=Metric.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They are shown beside it, and decide nothing."),
    )
    window_days = WholeField(
        label=gettext_lazy("Days after the first exposure"),
        help_text=gettext_lazy("What a customer does in these days counts."),
    )
    alpha = ShareField(
        label=gettext_lazy("Risk of a false alarm, %"),
        help_text=gettext_lazy(
            "So often a difference is reported where there is none. 5 is usual."
        ),
    )
    winsorize = TypedField(
        label=gettext_lazy("Limit very large orders to the … percentile"),
        required=False,
        help_text=gettext_lazy(
            "99: what the few largest spenders spend counts as much as the 99th of 100 spends. "
            "Left empty: nothing is cut."
        ),
    )
    planned_size = WholeField(
        label=gettext_lazy("Planned size"),
        required=False,
        help_text=gettext_lazy("Customers for each variant; needed before it starts."),
    )

    class Meta:
        model = Experiment
        fields = ("code", "name", "hypothesis", "placement", "primary_metric", "method")
        widgets = {"method": forms.RadioSelect}
        labels = {"placement": PLACE}
        help_texts = {"method": METHOD_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Experiment = self.instance
        variants = initial_of(row.variants, row.placement)
        self.fields |= fields_of_variants(variants)
        self.fields["kind"].choices = kinds()  # type: ignore[attr-defined]
        self.initial.update(variants)
        self.initial.update(
            **initial_of_bandit(row),
            kind=kind_of(row.variants),
            traffic=per_cent(row.traffic),
            metrics=row.metrics,
            window_days=str(row.window_days),
            alpha=share_typed(Decimal(str(row.alpha)) * 100),
            winsorize="" if row.winsorize is None else typed_number(row.winsorize),
            planned_size="" if row.planned_size is None else str(row.planned_size),
        )
        self.places: list[int] = []
        self.variants: list[Mapping[str, Any]] = []

    def clean_alpha(self) -> Decimal:
        share: Decimal = self.cleaned_data["alpha"]
        return share / 100

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("kind"):
            data = self.cleaned_data = only_of_kind(data, data["kind"])
        if data.get("traffic") == 0:
            self.add_error("traffic", _("With no traffic nobody would take part."))
        if not self._has_unread("placement", PREFIX):
            self.places = used_places(data)
            for name, text in wrong_with(data, self.places, data["placement"]):
                self.add_error(name, text)
        return super().clean()

    def _has_unread(self, *beginnings: str) -> bool:
        return any(name.startswith(beginnings) for name in self.errors)

    def document(self) -> dict[str, Any]:
        """Return the document of the form; the kind may have emptied the placement and variants."""
        data, document = self.cleaned_data, super().document()
        stored = self.resource.reader.document_of(self.instance)
        document |= {name: stored[name] for name in NAMES if data.get(name) in (None, "")}
        placement = data.get("placement")
        document["placement"] = placement.code if placement else None
        if not self._has_unread("placement", PREFIX):
            self.variants = list(variant_values(data, self.places, self.instance.variants))
            document["variants"] = self.variants
        return document

    def document_field_of(self, name: str) -> str:
        return "variants" if name.startswith(PREFIX) else super().document_field_of(name)

    def report(self, problem: Problem) -> None:
        head, _point, rest = problem.path.partition(".")
        if head == "alpha":
            self.add_error("alpha", _("From 0.01 to 50 per cent."))
        elif problem.code == "weights":
            whole = per_cent(sum(one["weight"] for one in self.variants))
            text = _("The weights are %(sum)s %% together: they have to be 100 %%.")
            self.add_error(name_of(0, "weight"), text % {"sum": whole})
        elif head == "variants":
            self.add_error(name_of(0, "code"), problem.message)
        elif head.startswith("variants["):
            place = self.places[int(head[len("variants[") : -1])]
            part = rest if rest in parts() else "shows"
            self.add_error(name_of(place, part), problem.message)
        else:
            super().report(problem)
