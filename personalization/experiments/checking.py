"""Whether an experiment can be as it is written, and what of a running one may be written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from core.text.formats import number_shown
from core.text.json_documents import can_be_stored
from personalization.assignment import BUCKETS
from personalization.audience import checked_audience
from personalization.experiments.definition import NAMES, ExperimentSays, said_by
from personalization.experiments.variants import checked_variants, passes
from personalization.models import (
    CODE,
    Experiment,
    ExperimentState,
    Method,
    Metric,
    Placement,
)
from personalization.models.experiment import SALT

LONGEST_NAME, LONGEST_HYPOTHESIS = 255, 10_000
MOST_DAYS, MOST_PLANNED = 365, 2**31 - 1
# Addresses of calls that begin like that of one experiment.
RESERVED = ("power", "results")
# What people may still say better while it runs.
FREE = ("name", "hypothesis")


class InvalidExperiment(Invalid):
    """What is refused; `problems` holds every finding, each with its field's path."""


class Locked(Invalid):
    """What can no longer be changed, or not begin now; `problems` say where and why."""


@dataclass(frozen=True)
class CheckedExperiment:
    """A definition as it is stored, its placement, and what it warns of."""

    says: ExperimentSays
    placement: Placement | None
    warnings: tuple[Problem, ...] = ()


def check_experiment(says: ExperimentSays, row: Experiment) -> CheckedExperiment:
    """Return what is to be stored for `row`, which may be new.

    Raises InvalidExperiment, and Locked for what a running or stopped one cannot change.
    """
    problems = list(_of_code(row))
    placement, found = _placement(says)
    problems += found
    problems += _texts(says)
    problems += _numbers(says)
    problems += _choices(says, placement)
    variants, found = checked_variants(says.variants, placement)
    problems += found
    had = None if row._state.adding else row.audience
    audience = checked_audience(says.audience, had, "audience")
    problems += audience.problems
    salt = says.salt or row.code.replace("_", "-")
    if not passes(SALT, salt):
        problems.append(Problem("salt", "invalid", str(SALT.message)))
    if problems:
        raise InvalidExperiment(problems)
    metrics = [one for one in dict.fromkeys(says.metrics) if one != says.primary_metric]
    checked = replace(
        says, salt=salt, variants=variants, audience=audience.audience, metrics=metrics
    )
    _check_locks(checked, row)
    return CheckedExperiment(checked, placement, tuple(audience.warnings))


def _check_locks(says: ExperimentSays, row: Experiment) -> None:
    """Raise Locked for what `row` can no longer change, once it has begun."""
    if row._state.adding or row.state == ExperimentState.DRAFT:
        return
    had = said_by(row)
    changed = [name for name in NAMES if had[name] != getattr(says, name)]
    if row.state == ExperimentState.STOPPED:
        text = _("The experiment was stopped, which is final.")
        problems = [Problem(name, "locked", text) for name in changed]
    else:
        text = _("While the experiment is running this cannot be changed.")
        problems = [
            Problem(name, "locked", text) for name in changed if name not in {*FREE, "traffic"}
        ]
        if says.traffic < row.traffic:
            text = _("While the experiment is running traffic may only grow: it is %(now)s %%.")
            said = {"now": number_shown(Decimal(row.traffic) / 100)}
            problems.append(Problem("traffic", "locked", text % said))
    if problems:
        raise Locked(problems)


def _of_code(row: Experiment) -> Sequence[Problem]:
    if not row._state.adding:
        return ()
    if not passes(CODE, row.code) or len(row.code) > 64:
        return [Problem("code", "invalid", str(CODE.message))]
    if row.code in RESERVED:
        text = _("“%(code)s” is the name of a call.") % {"code": row.code}
        return [Problem("code", "reserved", text)]
    return ()


def _placement(says: ExperimentSays) -> tuple[Placement | None, list[Problem]]:
    if says.placement is None:
        return None, []
    found = None
    if can_be_stored(says.placement):
        found = Placement.objects.filter(code=says.placement).first()
    if found is None:
        text = _("There is no placement “%(code)s”.") % {"code": says.placement}
        return None, [Problem("placement", "unknown_placement", text)]
    return found, []


def _texts(says: ExperimentSays) -> Sequence[Problem]:
    problems = []
    if not says.name.strip():
        problems.append(Problem("name", "blank", _("It is empty.")))
    for name, longest in (("name", LONGEST_NAME), ("hypothesis", LONGEST_HYPOTHESIS)):
        text = getattr(says, name)
        if len(text) > longest:
            said = _("At most %(count)d characters.") % {"count": longest}
            problems.append(Problem(name, "max_length", said))
        if not can_be_stored(text):
            said = _("There is a character in it that cannot be stored.")
            problems.append(Problem(name, "nul", said))
    return problems


def _numbers(says: ExperimentSays) -> Sequence[Problem]:
    problems = []
    for name, least, most in (
        ("traffic", 0, BUCKETS),
        ("window_days", 1, MOST_DAYS),
        ("planned_size", 1, MOST_PLANNED),
    ):
        value = getattr(says, name)
        if value is not None and not least <= value <= most:
            said = {"least": number_shown(least), "most": number_shown(most)}
            text = _("From %(least)s to %(most)s.") % said
            problems.append(Problem(name, "out_of_range", text))
    if not (math.isfinite(says.alpha) and 0.0001 <= says.alpha <= 0.5):
        text = _("From 0.0001 to 0.5.")
        problems.append(Problem("alpha", "out_of_range", text))
    if says.winsorize is not None:
        if not (math.isfinite(says.winsorize) and 50 <= says.winsorize < 100):
            text = _("A percentile from 50 to below 100.")
            problems.append(Problem("winsorize", "out_of_range", text))
        elif Metric.REVENUE_PER_VISITOR not in (says.primary_metric, *says.metrics):
            text = _("Only revenue per visitor is cut, which is not among the metrics.")
            problems.append(Problem("winsorize", "only_revenue", text))
    return problems


def _choices(says: ExperimentSays, placement: Placement | None) -> Sequence[Problem]:
    problems = []
    text = _("One of %(allowed)s is needed here.")
    for path, value, allowed in (
        ("primary_metric", says.primary_metric, Metric.values),
        ("method", says.method, Method.values),
        *((f"metrics[{index}]", one, Metric.values) for index, one in enumerate(says.metrics)),
    ):
        if value not in allowed:
            said = text % {"allowed": ", ".join(allowed)}
            problems.append(Problem(path, "unknown_choice", said))
    return problems
