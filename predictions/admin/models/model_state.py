"""The state of a model in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from predictions.admin.models.model_summary import deployed_at
from predictions.kinds import KINDS, has_own_rows, version_column
from predictions.kinds.trained import is_trained
from predictions.models import (
    CustomerPrediction,
    Gate,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    TrainingRun,
    UpliftScore,
    VersionState,
)
from segments.models import RunState


@dataclass(frozen=True)
class Standing:
    """The state of a model. `is_working`: the state will change soon. `is_bad`: it needs attention.

    `more` is a further sentence, or "".
    """

    word: str
    is_working: bool = False
    is_bad: bool = False
    more: str = ""


def standing_of(model: PredictionModel) -> Standing:
    """Return the current state of `model`."""
    run = model.trainings.order_by("-pk").first()
    if run is not None and not run.outcome:
        return Standing(under_way(run), is_working=True, more=_in_use(model))
    newest = model.versions.defer("artifact").order_by("-number").first()
    more = _of_run(run) or _of_version(model, newest)
    if model.deployed is None:
        if newest is None:
            return Standing(_("No version yet"), is_bad=bool(more), more=more)
        return Standing(more or _("no version is deployed"), is_bad=newest.gate == Gate.FAILED)
    problem = _problem(model)
    if problem:
        return Standing(_("could not be scored"), is_bad=True, more=problem)
    if _is_out_of_date(model):
        if model.scored_at is None:
            return Standing(_("being scored for the first time"), is_working=True)
        return Standing(_("scores out of date: being scored"), is_working=True)
    if not is_trained(KINDS[model.kind]):
        return Standing(_("in use"), more=_("Made of rules: there is nothing to train."))
    # A failed training does not affect the deployed version, so that the state is not bad.
    return Standing(_("in use"), more=more)


def under_way(run: TrainingRun) -> str:
    """Return the current step of a training that has not ended, in words."""
    if run.cancel_requested_at is not None:
        return _("training: being cancelled")
    if run.state is RunState.QUEUED:
        return _("training: waiting for a worker")
    text = _("training: %(step)s") % {"step": run.get_phase_display()}
    return f"{text}, {amount_of(run)}" if run.total else text


def amount_of(run: TrainingRun) -> str:
    """Return the progress of a training's step in words; "" if its total is unknown."""
    if not run.total:
        return ""
    return _("%(done)s of %(total)s") % {
        "done": number_shown(run.done),
        "total": number_shown(run.total),
    }


def _in_use(model: PredictionModel) -> str:
    if model.deployed is None:
        return ""
    return _("Version %(number)d is in use.") % {"number": model.deployed.number}


def _of_run(run: TrainingRun | None) -> str:
    if run is not None and run.outcome == RunState.FAILED:
        return _("The last training failed: %(error)s") % {"error": run.error_text}
    return ""


def _of_version(model: PredictionModel, newest: ModelVersion | None) -> str:
    if newest is None or newest.pk == model.deployed_id:
        return ""
    number = {"number": newest.number}
    if newest.gate == Gate.FAILED:
        return _("Version %(number)d did not pass the approval check.") % number
    if newest.state == VersionState.RETIRED:
        return _("Version %(number)d was deployed, and has been withdrawn.") % number
    if model.deployed is None or newest.number > model.deployed.number:
        return _("Version %(number)d is trained and not deployed.") % number
    return ""


def versions_before(model: PredictionModel) -> list[int]:
    """Return the other versions that wrote stored scores, while the next scoring is still due."""
    if model.deployed is None or model.scored_at is None or not _is_out_of_date(model):
        return []
    kind = KINDS[model.kind]
    if has_own_rows(kind):
        rows = UpliftScore.objects.filter(model=model).exclude(version=model.deployed.number)
        return list(rows.values_list("version", flat=True).distinct().order_by("version"))
    column = version_column(kind)
    others = CustomerPrediction.objects.exclude(**{column: model.deployed.number})
    numbers = others.filter(**{f"{column}__isnull": False}).values_list(column, flat=True)
    return list(numbers.distinct().order_by(column))


def _is_out_of_date(model: PredictionModel) -> bool:
    """Return whether a full scoring by the deployed version is still due."""
    since = deployed_at(model)
    assert since is not None
    return model.is_owed or model.scored_at is None or model.scored_at < since


def _problem(model: PredictionModel) -> str:
    """Return why the latest full scoring left out `model`; "" if it did not."""
    runs = ScoringRun.objects.only("problems").order_by("-pk")
    if model.scored_at is not None:
        runs = runs.filter(started_at__gt=model.scored_at)
    found = (run.problem_texts.get(model.code) for run in runs[:1])
    return next((one["message"] for one in found if one), "")
