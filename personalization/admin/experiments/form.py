"""The forms of an experiment: all of a draft, and what may be said of a running one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.numbers import typed
from core.problems import Problem
from personalization.admin.experiences.audience import AudienceForm
from personalization.admin.experiences.fields import CheckedForm
from personalization.admin.experiments.variant_fields import (
    fields_of_variants,
    initial_of,
    kind_of,
    kinds,
    name_of,
    only_of_kind,
    parts,
    said_of_variants,
    used_places,
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
from personalization.experiments.checking import check_experiment
from personalization.experiments.definition import ExperimentSays, said_by
from personalization.models import Experiment, Metric

METHOD_HELP = gettext_lazy(
    "Once: nothing but sizes is shown until every variant has its planned size; then the result "
    "holds. At any time: you may look every day and stop as soon as there is a result; for that "
    "the intervals are wider, and more customers are needed."
)


class RunningForm(CheckedForm):
    """What may still be said of an experiment that is running."""

    traffic = PercentField(
        label=gettext_lazy("Traffic, %"),
        help_text=gettext_lazy("So many of the audience take part. It may only grow."),
    )

    class Meta:
        model = Experiment
        fields = ("name", "hypothesis")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.stored is not None:
            self.initial["traffic"] = per_cent(self.stored.traffic)

    def says(self) -> ExperimentSays:
        data = self.cleaned_data
        said = {name: data[name] for name in ("name", "hypothesis", "traffic")}
        return ExperimentSays(**(said_by(self.row()) | said))

    def row(self) -> Experiment:
        assert isinstance(self.stored, Experiment)
        return self.stored

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.check_says(check_experiment)
        return data


class DraftForm(AudienceForm):
    """All of an experiment that has not begun."""

    caveat = gettext_lazy("Counted by these conditions alone, without traffic and hold-out.")

    kind = forms.ChoiceField(
        label=gettext_lazy("What it tries"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Fields that concern something else alone count as left empty."),
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
        label=gettext_lazy("Cut revenue at the percentile"),
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
        help_texts = {"method": METHOD_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.stored or Experiment()
        variants = initial_of(row.variants, row.placement)
        self.fields |= fields_of_variants(variants)
        self.fields["kind"].choices = kinds()  # type: ignore[attr-defined]
        self.initial.update(variants)
        self.initial.update(
            kind=kind_of(row.variants),
            traffic=per_cent(row.traffic),
            metrics=row.metrics,
            window_days=str(row.window_days),
            alpha=share_typed(Decimal(str(row.alpha)) * 100),
            winsorize="" if row.winsorize is None else typed(row.winsorize),
            planned_size="" if row.planned_size is None else str(row.planned_size),
        )
        self.places: list[int] = []

    def says(self) -> ExperimentSays:
        data = self.cleaned_data
        placement, cut = data["placement"], data["winsorize"]
        return ExperimentSays(
            name=data["name"],
            hypothesis=data["hypothesis"],
            placement=placement.code if placement else None,
            salt=self.stored.salt if self.stored else "",
            traffic=data["traffic"],
            variants=list(said_of_variants(data, self.places, self.row().variants)),
            audience=self.audience(),
            primary_metric=data["primary_metric"],
            metrics=data["metrics"],
            window_days=data["window_days"],
            alpha=float(data["alpha"] / 100),
            method=data["method"],
            planned_size=data["planned_size"],
            winsorize=None if cut is None else float(cut),
        )

    def row(self) -> Experiment:
        return self.stored or Experiment(code=self.cleaned_data["code"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if data["kind"]:
            data = self.cleaned_data = only_of_kind(data, data["kind"])
        if not data["traffic"]:
            self.add_error("traffic", _("With no traffic nobody would take part."))
        self.places = used_places(data)
        for name, text in wrong_with(data, self.places, data["placement"]):
            self.add_error(name, text)
        code = data.get("code")
        if self.stored is None and Experiment.objects.filter(code=code).exists():
            self.add_error("code", _("This code is taken."))
        if not self.errors:
            self.check_says(check_experiment)
        return data

    def report(self, problem: Problem) -> None:
        head, _point, rest = problem.path.partition(".")
        if head == "alpha":
            self.add_error("alpha", _("From 0.01 to 50 per cent."))
        elif problem.code == "weights":
            whole = per_cent(sum(one["weight"] for one in self.says().variants))
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
