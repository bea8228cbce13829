"""The form of a new experiment in four steps: what, for whom, which goal, how long."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.problems import Problem
from personalization.admin.lists.figures import NAMES
from personalization.admin.numbers import WholeField
from personalization.experiments.assignment.variants import most_variants
from personalization.experiments.planning import WEEKS
from personalization.models import (
    ExperienceVariant,
    Experiment,
    ExperimentState,
    Metric,
    Placement,
)
from personalization.recommend.algorithms import ALGORITHMS
from segments.models import Segment

# The value of recommendations among the places, which no code of a placement equals.
RECOMMENDATIONS = ":recommendations"
CONTROL = "control"
GOALS = {
    Metric.CONVERSION_RATE.value: gettext_lazy("Buys"),
    Metric.REVENUE_PER_VISITOR.value: gettext_lazy("Revenue of each customer"),
    Metric.CLICK_THROUGH_RATE.value: gettext_lazy("Clicks on it"),
}
# The field at which a problem of the experiment's document is shown.
FIELDS = {
    "name": "name",
    "code": "name",
    "placement": "place",
    "variants": "compared",
    "audience": "segment",
    "planned_size": "size",
}


class StepsForm(forms.Form):
    """What is compared where, for which customers, by which goal, and for how long.

    The variants that can be chosen are those of the chosen place.
    """

    place = forms.ChoiceField(label=gettext_lazy("Where in the shop"))
    compared = forms.MultipleChoiceField(
        label=gettext_lazy("Compared with what the shop shows today"),
        widget=forms.CheckboxSelectMultiple,
    )
    segment = forms.ChoiceField(label=gettext_lazy("Customers who take part"), required=False)
    goal = forms.ChoiceField(
        label=gettext_lazy("What decides"), widget=forms.RadioSelect, choices=list(GOALS.items())
    )
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("How long"),
        widget=forms.RadioSelect,
        coerce=int,
        required=False,
        choices=[(one, str(one)) for one in WEEKS],
    )
    size = WholeField(label=gettext_lazy("Customers for each variant"), required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=255, required=False)

    def __init__(self, values: Mapping[str, Any], *, is_sent: bool) -> None:
        super().__init__(values if is_sent else None, initial={} if is_sent else dict(values))
        self.placements = list(Placement.objects.filter(is_active=True).order_by("code"))
        if "place" not in values and len(self.placements) == 1:
            self.initial["place"] = self.placements[0].code
        self.set_choices("place", list(self._places()))
        self.set_choices("segment", [("", _("everybody")), *_segments()])
        self.placement = next((one for one in self.placements if one.code == self.chosen), None)
        self.variants = dict(self._variants())
        self.set_choices("compared", list(self.variants.items()))
        # A chosen variant has the figures computed, which opening the page alone must not do.
        is_place_named = not is_sent and "place" in values
        if is_place_named and not self.initial.get("compared") and len(self.variants) == 1:
            self.initial["compared"] = list(self.variants)

    def set_choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        """Offer `choices`, pairs of value and label, in the field `name`."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> str:
        """The value of the chosen place, "" for none."""
        return str(self["place"].value() or "")

    @property
    def chosen_variants(self) -> list[str]:
        """The chosen variants that the place has, in their order."""
        chosen = self["compared"].value() or []
        return [one for one in self.variants if one in chosen]

    def _places(self) -> Iterator[tuple[str, str]]:
        yield "", _("Choose a place")
        running = dict(
            Experiment.objects.filter(state=ExperimentState.RUNNING)
            .exclude(placement=None)
            .values_list("placement", "name")
        )
        for one in self.placements:
            label = _("%(place)s, on the page %(page)s") % {
                "place": one.code,
                "page": one.page_type,
            }
            if one.pk in running:
                label = _("%(place)s (the experiment “%(name)s” is running there)") % {
                    "place": one.code,
                    "name": running[one.pk],
                }
            yield one.code, label
        yield RECOMMENDATIONS, _("Recommendations of products")

    def _variants(self) -> Iterator[tuple[str, str]]:
        if self.placement is not None:
            rows = ExperienceVariant.objects.filter(placement=self.placement)
            yield from ((one, one) for one in rows.values_list("code", flat=True))
        elif self.chosen == RECOMMENDATIONS:
            yield from ((name, str(NAMES.get(name, name))) for name in ALGORITHMS)

    def clean_compared(self) -> list[str]:
        """Refuse more variants than an experiment may have besides the control."""
        compared: list[str] = self.cleaned_data["compared"]
        if len(compared) >= most_variants():
            text = _("Choose %(most)d at most.")
            raise forms.ValidationError(text % {"most": most_variants() - 1})
        return compared

    def usual_name(self) -> str:
        """Return the name that is proposed: what is compared where; "" before both are chosen."""
        if not self.chosen_variants:
            return ""
        names = ", ".join(self.variants[one] for one in self.chosen_variants)
        place = self.placement.code if self.placement else _("recommendations")
        return _("%(place)s: %(variants)s") % {"place": place, "variants": names}

    def experiment(self) -> Experiment:
        """Return the experiment as chosen so far, not stored, for its baseline."""
        goal = self["goal"].value()
        row = Experiment(
            placement=self.placement,
            primary_metric=goal if goal in GOALS else Metric.CONVERSION_RATE.value,
        )
        if self.placement is None:
            row.variants = [{"code": one, "algorithm": one} for one in self.chosen_variants]
        return row

    def segments(self) -> list[str]:
        """Return the code of the chosen segment in a list; an empty one for everybody."""
        code = self["segment"].value()
        known = {one for one, _name in self.fields["segment"].choices}  # type: ignore[attr-defined]
        return [code] if code and code in known else []

    def document(self, size: int | None) -> dict[str, Any]:
        """Return the document of the experiment; `size` is the number of customers a variant."""
        data = self.cleaned_data
        key = "content" if self.placement else "algorithm"
        control = CONTROL if CONTROL not in data["compared"] else f"{CONTROL}-today"
        variants = {control: {"content": {}}} | {one: {key: one} for one in data["compared"]}
        segment = data["segment"]
        return {
            "name": data["name"] or self.usual_name()[:255],
            "placement": self.placement.code if self.placement else None,
            "variants": variants,
            "audience": {"operator": "is", "segments": [segment]} if segment else None,
            "primary_metric": data["goal"],
            "planned_size": size,
        }

    def report(self, problem: Problem) -> None:
        """Show a problem of the experiment's document at the field that causes it."""
        head = problem.path.partition(".")[0].partition("[")[0]
        self.add_error(FIELDS.get(head), problem.message)


def _segments() -> list[tuple[str, str]]:
    rows = Segment.objects.filter(is_active=True).order_by("name", "code")
    return list(rows.values_list("code", "name"))
