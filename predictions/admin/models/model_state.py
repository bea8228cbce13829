"""The state of a model in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from core.text.formats import number_shown
from predictions.admin.models.model_summary import deployed_since
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


@dataclass(frozen=True)
class _Facts:
    """What the state of a model is said by; `since`: since when its deployed version is in use.

    `problem` is why the latest full scoring left out the model, or "".
    """

    run: TrainingRun | None
    newest: ModelVersion | None
    since: datetime | None
    problem: str


def standing_of(model: PredictionModel) -> Standing:
    """Return the current state of `model`."""
    return standings_of([model])[model.pk]


def standings_of(models: Sequence[PredictionModel]) -> dict[int, Standing]:
    """Return the current states of models by their primary keys, with four queries for all."""
    by_model = TrainingRun.objects.filter(model__in=models).values("model")
    latest = by_model.annotate(latest=Max("pk")).values("latest")
    runs = {one.model_id: one for one in TrainingRun.objects.filter(pk__in=latest)}
    later = ModelVersion.objects.filter(model=OuterRef("model"), number__gt=OuterRef("number"))
    versions = ModelVersion.objects.filter(~Exists(later), model__in=models)
    newest = {one.model_id: one for one in versions.only("model", "number", "gate", "state")}
    since = deployed_since(models)
    scoring = ScoringRun.objects.only("started_at", "problems").order_by("-pk").first()
    return {
        one.pk: _standing(
            one,
            _Facts(
                *(runs.get(one.pk), newest.get(one.pk), since.get(one.pk)), _problem(one, scoring)
            ),
        )
        for one in models
    }


def _standing(model: PredictionModel, facts: _Facts) -> Standing:
    run, newest = facts.run, facts.newest
    if run is not None and not run.outcome:
        return Standing(under_way(run), is_working=True, more=_in_use(model))
    more = _of_run(run) or _of_version(model, newest)
    if model.deployed is None:
        if newest is None:
            return Standing(_("No version yet"), is_bad=bool(more), more=more)
        return Standing(more or _("no version is deployed"), is_bad=newest.gate == Gate.FAILED)
    if facts.problem:
        return Standing(_("could not be scored"), is_bad=True, more=facts.problem)
    if _is_out_of_date(model, facts.since):
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


def ready_version(model: PredictionModel) -> ModelVersion | None:
    """Return the newest version of `model` if it passed its approval check and waits; else None."""
    newest = model.versions.defer("artifact").order_by("-number").first()
    if newest is None or newest.state != VersionState.CANDIDATE or newest.gate != Gate.PASSED:
        return None
    return newest


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
    since = deployed_since([model]).get(model.pk)
    if model.deployed is None or model.scored_at is None or not _is_out_of_date(model, since):
        return []
    kind = KINDS[model.kind]
    if has_own_rows(kind):
        rows = UpliftScore.objects.filter(model=model).exclude(version=model.deployed.number)
        return list(rows.values_list("version", flat=True).distinct().order_by("version"))
    column = version_column(kind)
    others = CustomerPrediction.objects.exclude(**{column: model.deployed.number})
    numbers = others.filter(**{f"{column}__isnull": False}).values_list(column, flat=True)
    return list(numbers.distinct().order_by(column))


def _is_out_of_date(model: PredictionModel, since: datetime | None) -> bool:
    """Return whether a full scoring by the version that is deployed `since` then is still due."""
    assert since is not None
    return model.is_owed or model.scored_at is None or model.scored_at < since


def _problem(model: PredictionModel, latest: ScoringRun | None) -> str:
    """Return why the `latest` full scoring left out `model`; "" if it did not."""
    if latest is None or (model.scored_at is not None and latest.started_at <= model.scored_at):
        return ""
    problem = latest.problem_texts.get(model.code)
    return problem["message"] if problem else ""
