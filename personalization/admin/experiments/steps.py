"""The page that makes an experiment in four steps, with what it could show computed beside them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.admin.next_page import NEXT
from core.clock import now
from core.database.time_limit import TookTooLong, time_limit
from core.problems import Invalid, Locked
from core.text.formats import cents_shown, day_shown, number_shown, share_shown
from personalization.admin.experiments.steps_form import StepsForm
from personalization.experiments.planning import (
    WEEK,
    Baseline,
    Duration,
    baseline_of,
    durations_of,
)
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.results.samples import RATES
from personalization.experiments.results.verdict import FEWEST
from personalization.models import Experiment, Metric
from predictions.figures.single_computation import Busy, turn

MULTIPLE = "compared"
# Seconds that the shop's visits may be read before the page is shown without figures.
LIMIT = 10.0
# The share of a value that its 95 % interval may span without being called rough.
ROUGH = 0.5
USUAL = {"goal": Metric.CONVERSION_RATE.value}
TODAY = {
    Metric.CONVERSION_RATE.value: gettext_lazy("%(value)s of visitors buy within %(days)s days."),
    Metric.REVENUE_PER_VISITOR.value: gettext_lazy(
        "A visitor spends %(value)s on average within %(days)s days."
    ),
    Metric.CLICK_THROUGH_RATE.value: gettext_lazy(
        "%(value)s of visitors click on it within %(days)s days."
    ),
}


@dataclass(frozen=True)
class WeeksChoice:
    """A duration as a choice: weeks, customers a variant, and the smallest difference in words."""

    value: int
    weeks: str
    size: str
    shows: str
    result: str
    is_chosen: bool
    is_possible: bool


@dataclass(frozen=True)
class Planned:
    """The figures beside the steps; `problem` says in words why there are none."""

    problem: str = ""
    warnings: tuple[str, ...] = ()
    source: str = ""
    today: str = ""
    choices: tuple[WeeksChoice, ...] = ()
    sizes: Mapping[int, int] | None = None


def steps_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the steps; a POST stores the draft and leads to the page that starts it."""
    if request.method == "POST" and "compute" not in request.POST:
        form = StepsForm(request.POST, is_sent=True)
        # The page's script may still compute what was just chosen.
        planned = _planned(form, wait=LIMIT)
        if form.is_valid() and (row := _stored(form, planned, request)) is not None:
            may_start = request.user.has_perm("personalization.start_experiment")
            page = "start" if may_start else "change"
            return HttpResponseRedirect(
                reverse(f"admin:personalization_experiment_{page}", args=[row.pk])
            )
    else:
        # The button of a page without a script sends what was chosen, and stores nothing.
        values = request.POST if request.method == "POST" else request.GET
        form = StepsForm(USUAL | _values(values), is_sent=False)
        planned = _planned(form)
    context |= {
        "title": _("New experiment"),
        "form": form,
        "planned": planned,
        "usual_name": form.usual_name(),
        # Where the forms of places and variants lead back to.
        "back": urlencode({NEXT: _address(form)}),
        "is_size_open": bool(form["size"].value()) or bool(form.errors.get("size")),
    }
    return TemplateResponse(request, "admin/personalization/experiments/steps.html", context)


def _address(form: StepsForm) -> str:
    """Return the address of the steps with the place that was chosen."""
    steps = reverse("admin:personalization_experiment_steps")
    return f"{steps}?{urlencode({'place': form.chosen})}" if form.chosen else steps


def _values(asked: QueryDict) -> dict[str, Any]:
    return {
        name: asked.getlist(name) if name == MULTIPLE else asked[name]
        for name in StepsForm.base_fields
        if name in asked
    }


def _stored(form: StepsForm, planned: Planned, request: HttpRequest) -> Experiment | None:
    """Store the draft; None where its document has problems, which the form then shows."""
    size = form.cleaned_data["size"]
    if size is None:
        weeks = form.cleaned_data["weeks"]
        size = (planned.sizes or {}).get(weeks) if weeks else None
    if size is None:
        form.add_error("weeks", _("Choose how long, or enter the customers for each variant."))
        return None
    try:
        row: Experiment = EXPERIMENTS.create(form.document(size), author=request.user).row
    except (Invalid, Locked) as error:
        for problem in error.problems:
            form.report(problem)
        return None
    return row


def _planned(form: StepsForm, wait: float = 0) -> Planned:
    """Return the figures for what was chosen so far; wait some seconds for a turn to compute."""
    if not form.chosen_variants:
        return Planned(_("Choose a place and what is compared: then the figures are computed."))
    row = form.experiment()
    try:
        with turn(wait), time_limit(time.monotonic() + LIMIT):
            baseline = baseline_of(row, form.segments(), now())
    except Busy as error:
        return Planned(str(error))
    except TookTooLong:
        return Planned(_("Reading your visits took too long. Enter the customers yourself."))
    variants = 1 + len(form.chosen_variants)
    durations = durations_of(row, baseline, variants)
    if not any(baseline.visitors.values()):
        text = _(
            "Nobody of these customers came to your shop within the last 12 weeks: enter yourself "
            "how many customers each variant needs."
        )
        return Planned(text)
    chosen = str(form["weeks"].value() or _usual(durations))
    return Planned(
        warnings=tuple(_warnings(baseline)),
        source=_source(baseline),
        today=_today(row, baseline),
        choices=tuple(_choice(row, baseline, one, chosen) for one in durations),
        sizes={one.weeks: one.size for one in durations if one.size},
    )


def _usual(durations: list[Duration]) -> int:
    """Return the weeks that are proposed: the second shortest that shows anything, 0 for none."""
    possible = [one.weeks for one in durations if one.difference is not None]
    return possible[min(1, len(possible) - 1)] if possible else 0


def _warnings(baseline: Baseline) -> list[str]:
    if baseline.may_take_part:
        return []
    return [
        _(
            "None of these customers allows tracking and personalization yet, so that nobody could "
            "take part. Your storefront has to ask for it first. The figures count all visitors."
        )
    ]


def _source(baseline: Baseline) -> str:
    if baseline.of_place:
        text = _("From %(visitors)s customers who came to this place within the last 12 weeks.")
    else:
        text = _(
            "From %(visitors)s customers who came to your shop within the last 12 weeks: this "
            "place was not shown to anybody yet."
        )
    return text % {"visitors": number_shown(max(baseline.visitors.values()))}


def _today(row: Experiment, baseline: Baseline) -> str:
    if baseline.mean is None and baseline.counted >= FEWEST:
        return _("Nobody has clicked on it so far: how many will is not known.")
    if baseline.mean is None:
        return _("Too few customers came to say what they do today.")
    today = TODAY[row.primary_metric] % {
        "value": _value(row, baseline.mean),
        "days": number_shown(row.window_days),
    }
    low, high = baseline.likely_range(is_rate=row.primary_metric in RATES)
    if high - low <= ROUGH * baseline.mean:
        return today
    text = _(
        "%(today)s That is rough: after %(counted)s customers it may as well be %(low)s or "
        "%(high)s, and what each duration finds is as rough."
    )
    return text % {
        "today": today,
        "counted": number_shown(baseline.counted),
        "low": _value(row, low),
        "high": _value(row, high),
    }


def _value(row: Experiment, number: float) -> str:
    if row.primary_metric in RATES:
        return share_shown(number)
    return cents_shown(Decimal(str(number)))


def _choice(row: Experiment, baseline: Baseline, one: Duration, chosen: str) -> WeeksChoice:
    ends = timezone.localdate() + one.weeks * WEEK
    return WeeksChoice(
        value=one.weeks,
        weeks=ngettext("%(number)s week", "%(number)s weeks", one.weeks)
        % {"number": number_shown(one.weeks)},
        size=_("%(size)s customers for each variant") % {"size": number_shown(one.size)},
        shows=_shows(row, baseline, one),
        result=_("Result about %(day)s")
        % {"day": day_shown(ends + timedelta(days=row.window_days))},
        is_chosen=chosen == str(one.weeks),
        is_possible=one.size > 0,
    )


def _shows(row: Experiment, baseline: Baseline, one: Duration) -> str:
    if one.difference is None or baseline.mean is None:
        return _("Too few to show a difference")
    then = baseline.mean + one.difference
    if row.primary_metric in RATES:
        # The difference of the shares as they are shown.
        before, after = (round(100 * share, 1) for share in (baseline.mean, then))
        points = number_shown(Decimal(str(round(after - before, 1))), 1)
        rise = _("%(number)s points") % {"number": points}
        text = _("Finds a difference of %(rise)s: %(now)s becomes %(then)s")
    else:
        rise = _value(row, one.difference)
        text = _("Finds a difference of %(rise)s for each customer: %(now)s becomes %(then)s")
    return text % {
        "rise": rise,
        "now": _value(row, baseline.mean),
        "then": _value(row, then),
    }
