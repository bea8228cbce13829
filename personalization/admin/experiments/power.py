"""The page “How many customers”: the size that an experiment needs, for people and for scripts."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.resources.serializers import MOST
from core.text.formats import number_shown
from personalization.admin.numbers import ShareField, TypedField
from predictions.statistics.sample_sizes import sample_size, sample_size_of_means

# Per cent: a test that misses more than it finds, or that cries wolf every other time, is none.
LEAST_POWER, MOST_ALPHA = 50, 50
RATES, MEANS = ("p1", "p2"), ("sd", "difference")


class PowerForm(forms.Form):
    """The effect to be detected: a difference of two rates, or of two means."""

    p1 = ShareField(label=gettext_lazy("Rate today, %"), required=False)
    p2 = ShareField(label=gettext_lazy("Rate you want to notice, %"), required=False)
    sd = TypedField(
        label=gettext_lazy("or standard deviation of a customer’s figure"), required=False
    )
    difference = TypedField(label=gettext_lazy("Difference you want to notice"), required=False)
    alpha = ShareField(label=gettext_lazy("Risk of a false alarm, %"), initial="5")
    power = ShareField(label=gettext_lazy("Chance to notice it, %"), initial="80")

    def __init__(self, sent: Any = None) -> None:
        super().__init__(sent, auto_id="id_power_%s")
        self.size: int | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self._compute(data)
        return data

    def _compute(self, data: dict[str, Any]) -> None:
        asked = [names for names in (RATES, MEANS) if any(data[name] is not None for name in names)]
        if len(asked) != 1:
            text = _("Say two rates, or a standard deviation and a difference.")
            if asked:
                text = _(
                    "Say either two rates, or a standard deviation and a difference: not both."
                )
            self.add_error(None, text)
            return
        names = asked[0]
        for name in names:
            if data[name] is None:
                self.add_error(name, _("This is needed here."))
        if not 0 < data["alpha"] <= MOST_ALPHA:
            self.add_error("alpha", _("Above 0, and 50 at most."))
        if not LEAST_POWER <= data["power"] < 100:
            self.add_error("power", _("From 50 to below 100."))
        if self.errors:
            return
        levels = float(data["alpha"] / 100), float(data["power"] / 100)
        first, second = (float(data[name]) for name in names)
        try:
            if names is RATES:
                size = sample_size(first / 100, second / 100, *levels)
            else:
                size = sample_size_of_means(first, second, *levels)
        except ValueError:
            text = _("Rates lie from 0 to 100 % and differ; a deviation is not below 0.")
            self.add_error(names[1], text)
            return
        if size > MOST:
            text = _("They are so near that no number of customers tells them apart.")
            self.add_error(names[1], text)
            return
        self.size = size


def power_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the form and what it comes to; as JSON to a script that asks for that."""
    form = PowerForm(request.GET if "alpha" in request.GET else None)
    said = ""
    if form.is_bound and form.is_valid() and form.size is not None:
        sizes = {"size": number_shown(form.size), "pair": number_shown(2 * form.size)}
        said = _("%(size)s customers for each variant: %(pair)s for two.") % sizes
    if request.headers.get("Accept") == "application/json":
        wrong = [
            f"{form.fields[name].label}: {text}" if name in form.fields else str(text)
            for name, texts in form.errors.items()
            for text in texts
        ]
        return JsonResponse({"size": form.size, "said": said, "wrong": wrong})
    context |= {"title": _("How many customers"), "form": form, "said": said}
    return TemplateResponse(request, "admin/personalization/experiments/power.html", context)
