"""The protocol of trained kinds: parameters, features by name, training and evaluation."""

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
from predictions.kinds.kind import Columns, Kind, Limits, Ranking, Scorer
from predictions.kinds.parameters import Parameter
from predictions.kinds.reasons import Reason
from predictions.models import ModelVersion, PredictionModel, TrainingStep
from segments.models import Segment


@dataclass(frozen=True)
class Input:
    """A feature that a trained model takes; `may_be_missing`: null is a valid value.

    `is_money`: values are amounts in the base currency.
    """

    name: str
    meaning: Words
    of: Callable[[Subjects], Column]
    may_be_missing: bool = False
    is_money: bool = False


@dataclass(frozen=True)
class Metric:
    """A metric of a version, with the value of its baseline; None for a missing value."""

    name: str
    value: float | None
    baseline: str | None = None
    baseline_value: float | None = None


@dataclass(frozen=True)
class Wanted:
    """A request for a training: an aware instant, checked parameters and the segment of customers.

    `model` is the model of the new version; None where the result is not stored.
    """

    as_of: datetime
    parameters: Mapping[str, Any]
    segment: Segment | None = None
    model: PredictionModel | None = None


@dataclass(frozen=True)
class Trained:
    """The result of a training. `fitted` is JSON; `artifact` is stored as a skops file.

    `metrics` is None where there was too little history for an evaluation.
    """

    fitted: Mapping[str, Any]
    metrics: Sequence[Metric] | None
    data_hash: str
    warnings: Sequence[str] = field(default=())
    artifact: Any = None


class TakesInputs(Protocol):
    """An object that predicts from features."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The features, in the order in which the object takes them."""


# Called with a step, the work done and the total; raises where the run has ended.
Steps = Callable[[TrainingStep, int, int | None], None]


class TrainedScorer(Scorer, TakesInputs, Protocol):
    """A scorer that only needs the values of its `inputs`, not stored customers.

    Where reasons are exact, a score is `intercept` plus the effects of all its reasons; else
    `intercept` is None.
    """

    @property
    def intercept(self) -> float | None:
        """The score before the effects of all reasons are added; None without exact reasons."""

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the columns for features, in the order of the `inputs`.

        `todays` are the ordinal numbers of each row's current day. Without `limits`, columns that
        are ranks are left out.
        """

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return all reasons of each row's score; an empty list for a row without a score."""


class FeatureScorer:
    """Base of trained scorers that judge each customer alone, by their features."""

    def ranking(self) -> Ranking | None:
        """Return None: no column is a rank among customers."""
        return None

    def columns(self: TrainedScorer, them: Subjects, limits: Limits) -> Columns:
        """Return the columns of each customer, from their features."""
        return self.of_features(inputs_of(self, them), them.todays, limits)


class TrainedKind(Kind, Protocol):
    """A kind whose versions are created by training runs."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a training."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The features that a model of the kind uses, unless the training's parameters differ."""

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Evaluate the model on data up to `wanted.as_of`; return None with too little history.

        Data after the cut is only used to compare predictions with it.
        """

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Evaluate and fit; return the result. Raises `Refused` where the data allow no fit."""

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`. Raises `Refused` where the version cannot be read."""


def inputs_of(one: TakesInputs, them: Subjects) -> list[Column]:
    """Return the features of customers in the order of the `inputs` of `one`."""
    return [feature.of(them) for feature in one.inputs]


def inputs_given(one: TakesInputs, rows: Sequence[Sequence[Value]]) -> list[Column]:
    """Return rows of features, each in the order of the `inputs` of `one`, as columns."""
    return [Given([row[place] for row in rows]) for place in range(len(one.inputs))]


def is_trained(kind: Kind) -> bool:
    """Return whether `kind` is a `TrainedKind`."""
    return hasattr(kind, "train")


def checked_parameters(kind: TrainedKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a training, with the defaults of those that are not given.

    Raises `Invalid` with all problems, at the paths `parameters.NAME`.
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
