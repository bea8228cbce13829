"""The three answers at the top of a model's page: is it better, by how much, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from core.text.formats import day_shown
from predictions.admin.models.versions.figures import Figure, difference_sentence, main_figures_of
from predictions.kinds.trained import Metric
from predictions.lifecycle.gate import gate_of
from predictions.models import Deployment, Gate, ModelVersion, PredictionModel

# A version whose main figure differs from its baseline by less is only a little better.
SMALL_DIFFERENCE = 0.05


@dataclass(frozen=True)
class Answers:
    """A version; whether it beats its baselines, by how much, and since when it is in use.

    `reason` is the reason given for deploying a version that had not passed its gate; else "".
    """

    version: ModelVersion
    is_better: str
    by_how_much: str
    since: str
    reason: str


def answers_of(model: PredictionModel) -> Answers | None:
    """Return the answers for the deployed version, else the newest; None without versions."""
    version = model.deployed or model.versions.defer("artifact").order_by("-number").first()
    if version is None:
        return None
    version.model = model
    standing = standing_deployments(model)[:1]
    is_deployed = model.deployed_id == version.pk
    reason = standing[0].reason if is_deployed and standing else ""
    figures = list(main_figures_of(version))
    return Answers(
        version,
        _is_better(_gate_of_metrics(version), figures),
        _by_how_much(figures),
        _since(version) if is_deployed else _("Not in use: no version is deployed."),
        reason,
    )


def standing_deployments(model: PredictionModel) -> list[Deployment]:
    """Return the deployments that were not rolled back; the first one, the newest, is in effect."""
    rows = model.deployments.filter(rolled_back_at=None).order_by("-pk")
    return list(rows.select_related("version").defer("version__artifact"))


def _gate_of_metrics(version: ModelVersion) -> Gate:
    """Return the result of the gate before it was overridden."""
    if version.gate != Gate.OVERRIDDEN:
        return Gate(version.gate)
    metrics = [Metric(**one) for one in version.metrics]
    return gate_of(version.model.kind, metrics or None)


def _is_better(gate: Gate, figures: list[Figure]) -> str:
    if gate == Gate.NOT_EVALUATED:
        return _("Nobody knows: there was too little history to measure it.")
    if not figures:
        return _("Yes.") if gate == Gate.PASSED else _("No.")
    first = figures[0]
    if first.baseline is None:
        text = (
            _("There is no baseline to compare it with, but it is sound: %(figure)s.")
            if gate == Gate.PASSED
            else _("There is no baseline to compare it with, and it is not sound: %(figure)s.")
        )
        return text % {"figure": f"{first.label} {first.shown}"}
    if gate == Gate.PASSED:
        text = _("A little: %(compared)s.") if _is_small(first) else _("Yes: %(compared)s.")
        return text % {"compared": _comparison_text(first)}
    compared = "; ".join(_comparison_text(one) for one in figures)
    return _("No, or not in all that counts: %(compared)s.") % {"compared": compared}


def _is_small(figure: Figure) -> bool:
    value, other = figure.value, figure.baseline_value
    if value is None or not other:
        return False
    return abs(value - other) < SMALL_DIFFERENCE * abs(other)


def _comparison_text(figure: Figure) -> str:
    return _("its %(metric)s is %(value)s, that of %(counting)s %(other)s") % {
        "metric": figure.label,
        "value": figure.shown,
        "counting": figure.baseline_label,
        "other": figure.baseline_text,
    }


def _by_how_much(figures: list[Figure]) -> str:
    said = difference_sentence(figures[0]) if figures else ""
    return said or _("That cannot be said.")


def _since(version: ModelVersion) -> str:
    moment = deployed_since([version.model])[version.model.pk]
    return _("Since %(day)s, when version %(number)d was deployed.") % {
        "day": day_shown(timezone.localtime(moment).date()),
        "number": version.number,
    }


def deployed_since(models: Iterable[PredictionModel]) -> dict[int, datetime]:
    """Return since when the deployed version of each model with one is in use, by primary keys."""
    # Rules are deployed from the start, without a deployment row.
    since = {one.pk: one.deployed.created_at for one in models if one.deployed is not None}
    rows = Deployment.objects.filter(model__in=since).order_by("pk")
    standing = set()
    for model, at, rolled_back_at in rows.values_list("model", "at", "rolled_back_at"):
        if rolled_back_at is None:
            since[model] = at
            standing.add(model)
        elif model in standing:
            # After a rollback the earlier version is in use again from the rollback on.
            since[model] = max(since[model], rolled_back_at)
    return since
