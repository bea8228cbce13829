"""The page of an experiment's results: computed for one person at a time."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.text.formats import share_shown
from personalization.admin.experiments import shown
from personalization.admin.experiments.bandit_results import bandit_context
from personalization.admin.experiments.starting_and_stopping import ROLL_OUT
from personalization.admin.numbers import TypedField
from personalization.experiments.assignment.channels import channel_of
from personalization.experiments.results.figures import results_of
from personalization.experiments.results.units import late_answers
from personalization.experiments.results.verdict import Verdict
from personalization.experiments.rollout import is_rolled_out, winner_of
from personalization.models import Experiment, ExperimentState, Method, Mode
from predictions.figures.single_computation import Busy, turn
from segments.admin.choices import SearchedChoices
from segments.models import Segment

NAMED = "segments.view_segment"
MOST_SEGMENTS = 20
# Verdicts that are a conclusion.
READ = (Verdict.BETTER, Verdict.WORSE, Verdict.NO_DIFFERENCE)
LEAST_LEVEL, MOST_LEVEL = 50, 99.99


class ResultsForm(forms.Form):
    """The segments to show separately, and the confidence level of the intervals."""

    segments = forms.MultipleChoiceField(
        label=gettext_lazy("By segment"),
        required=False,
        widget=SearchedChoices,
        help_text=gettext_lazy("Who was a member when they were assigned; 20 segments at most."),
    )
    level = TypedField(
        label=gettext_lazy("Confidence of the intervals, %"),
        required=False,
        help_text=gettext_lazy(
            "Left empty: that of the experiment. The verdict does not depend on it."
        ),
    )

    def __init__(self, sent: Any, names: dict[str, str] | None) -> None:
        super().__init__(sent)
        if names is None:
            del self.fields["segments"]
        else:
            self.fields["segments"].choices = list(names.items())  # type: ignore[attr-defined]

    def clean_segments(self) -> list[str]:
        codes: list[str] = self.cleaned_data["segments"]
        if len(codes) > MOST_SEGMENTS:
            raise forms.ValidationError(_("20 segments at most."))
        return codes

    def clean_level(self) -> float | None:
        level = self.cleaned_data["level"]
        if level is None:
            return None
        if not LEAST_LEVEL <= level <= MOST_LEVEL:
            raise forms.ValidationError(_("From 50 to 99.99 per cent."))
        return float(level / 100)


def results_page(request: HttpRequest, row: Experiment, context: dict[str, Any]) -> HttpResponse:
    """Show the results of `row`; an experiment that has not started shows none."""
    names = None
    if request.user.has_perm(NAMED):
        names = dict(Segment.objects.order_by("name", "code").values_list("code", "name"))
    form = ResultsForm(request.GET, names)
    channel = channel_of(row.variants)
    context |= {
        "title": row.name,
        "page_name": _("Results"),
        "row": row,
        "form": form,
        "channel": channel,
    }
    if row.mode == Mode.BANDIT:
        # Totals by segment would be biased by the weights.
        form.fields.pop("segments", None)
    if row.state != ExperimentState.DRAFT and form.is_valid():
        context |= _compute_results(row, form.cleaned_data, names or {})
        context["may_roll_out"] = request.user.has_perms(ROLL_OUT.permissions)
    return TemplateResponse(request, "admin/personalization/experiments/results.html", context)


def _compute_results(
    row: Experiment, asked: dict[str, Any], names: dict[str, str]
) -> dict[str, Any]:
    segments, level = asked.get("segments", []), asked["level"]
    try:
        with turn():
            found = results_of(row, now(), segments=segments, confidence_level=level)
    except Busy:
        return {"is_busy": True}
    figures = found.figures
    winner = winner_of(row, figures)
    if row.mode == Mode.BANDIT:
        return _of_bandit(row, figures, _csv_address(row, segments, level))
    channel = channel_of(row.variants)
    shows = (
        {}
        if channel is None
        else {one["code"]: shown.shown_in(channel, one) for one in row.variants}
    )
    return {
        "figures": figures,
        "is_sequential": row.method == Method.SEQUENTIAL,
        "is_anybody": any(figures["srm"]["counts"].values()),
        "late": late_answers(row),
        "is_done": row.state == ExperimentState.RUNNING
        and figures["power"]["is_reached"]
        and figures["verdict"] in READ,
        "winner": winner,
        "is_rolled_out": winner is not None and is_rolled_out(row, winner),
        "is_hidden": figures["cuped"]["gain"] is None,
        "verdict": shown.verdict_sentence(figures, is_stopped=row.state == ExperimentState.STOPPED),
        "split": shown.split_sentence(figures),
        "sizes": shown.sizes_of(figures, shows),
        "tables": shown.tables_of(figures),
        "by_segment": shown.segments_of(figures, names),
        "cuped": shown.cuped_sentence(figures),
        "level": share_shown(figures["confidence_level"], decimals=shown.DECIMALS),
        "csv": _csv_address(row, segments, level),
    }


def _csv_address(row: Experiment, segments: list[str], level: float | None) -> str:
    query = {"segments": ",".join(segments)} if segments else {}
    if level is not None:
        query["confidence_level"] = str(level)
    address = reverse("api:experiment-results-csv", args=[row.code])
    return f"{address}?{urlencode(query)}" if query else address


def _of_bandit(row: Experiment, figures: Any, csv: str) -> dict[str, Any]:
    return {
        "figures": figures,
        "is_anybody": any(figures["srm"]["counts"].values()),
        "split": shown.split_sentence(figures),
        "level": share_shown(figures["confidence_level"], decimals=shown.DECIMALS),
        "csv": csv,
        **bandit_context(row, figures),
    }
