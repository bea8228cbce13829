"""What a kind has that is trained: parameters, features by name, and the training itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from conditions.language.operators import Words
from core.problems import Invalid, Problem
from predictions.features.subjects import Subjects
from predictions.history.columns import Column, Given, Whole
from predictions.history.values import Value
from predictions.kinds.kind import Columns, Kind, Limits, Scorer
from predictions.kinds.parameters import Parameter
from predictions.kinds.reasons import Reason
from predictions.models import ModelVersion, PredictionModel, TrainingStep
from segments.models import Segment


@dataclass(frozen=True)
class Input:
    """A feature as a trained model takes it in; `may_be_missing`: null is an answer.

    `is_money`: its numbers are in the base currency.
    """

    name: str
    meaning: Words
    of: Callable[[Subjects], Column]
    may_be_missing: bool = False
    is_money: bool = False


@dataclass(frozen=True)
class Metric:
    """A figure of how good a version is, beside what counting has; None: there is no such."""

    name: str
    value: float | None
    baseline: str | None = None
    baseline_value: float | None = None


@dataclass(frozen=True)
class Wanted:
    """What a training is asked for: an aware instant, checked parameters, whose members.

    `model`: whose version it is to be; None where nothing is kept of it.
    """

    as_of: datetime
    parameters: Mapping[str, Any]
    segment: Segment | None = None
    model: PredictionModel | None = None


@dataclass(frozen=True)
class Trained:
    """What came of it. `fitted` is JSON; `artifact` what is kept as a skops file.

    `metrics` is None where there was not enough history to measure any.
    """

    fitted: Mapping[str, Any]
    metrics: Sequence[Metric] | None
    data_hash: str
    warnings: Sequence[str] = field(default=())
    artifact: Any = None


class TakesInputs(Protocol):
    """What predicts from features."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """They, in the order in which it is given them."""


# Called with a step, how much of it is done and of how much; raises where the run is over.
Steps = Callable[[TrainingStep, int, int | None], None]


class TrainedScorer(Scorer, TakesInputs, Protocol):
    """A version that scores from features alone, whoever's they are: from its `inputs`.

    `intercept` is what all reasons of a score are added to, where they are exact; else None.
    """

    @property
    def intercept(self) -> float | None:
        """What reasons are added to."""

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the columns for features, in the order of the `inputs`.

        `todays` are the days, by their number, that it is for each. Without `limits` columns that
        are ranks are left out.
        """

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return for each all that its features do to the score; none without a score."""


class TrainedKind(Kind, Protocol):
    """A kind whose versions come of training runs."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a training may be told."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The features that it predicts from, where a training is not told others."""

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Measure how good the model is up to `wanted.as_of`; None: too little history.

        Nothing that is later than the cut is looked at but to compare with it.
        """

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Measure, fit, and return what came of it; raises `Refused` where nothing can be."""

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return what scores by `version`; raises `Refused` where it cannot be read."""


def inputs_of(one: TakesInputs, them: Subjects) -> list[Column]:
    """Return the features of customers in the order of its `inputs`."""
    return [feature.of(them) for feature in one.inputs]


def inputs_given(one: TakesInputs, rows: Sequence[Sequence[Value]]) -> list[Column]:
    """Return rows of features, each in the order of its `inputs`, as columns."""
    return [Given([row[place] for row in rows]) for place in range(len(one.inputs))]


def is_trained(kind: Kind) -> bool:
    """Return whether `kind` is a `TrainedKind`."""
    return hasattr(kind, "train")


def checked(kind: TrainedKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a training, those that are not given by their defaults.

    Raises `Invalid` with every finding, at `parameters.NAME`.
    """
    known = {one.name: one for one in kind.parameters}
    problems, found = [], {one.name: one.default() for one in kind.parameters}
    for name, value in given.items():
        try:
            if name not in known:
                text = _("This model has no such parameter, but these: %(known)s.")
                raise ValueError(text % {"known": ", ".join(known)})
            found[name] = known[name].check(value)
        except ValueError as error:
            problems.append(Problem(f"parameters.{name}", "bad_parameter", str(error)))
    if problems:
        raise Invalid(problems)
    return found
