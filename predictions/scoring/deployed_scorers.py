"""The scorers of deployed versions: each with its limits and the segment that it scores."""

from dataclasses import dataclass

from predictions.features.shop import ShopFigures
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch
from predictions.history.population import population
from predictions.kinds import KINDS, Kind
from predictions.kinds.kind import Columns, Limits, Scorer
from predictions.models import CustomerPrediction, ModelVersion, PredictionModel

NOTHING = CustomerPrediction()


@dataclass(frozen=True, eq=False)
class Judge:
    """A deployed version and its scorer; `limits` are None until a pass over the population."""

    model: PredictionModel
    kind: Kind
    version: ModelVersion
    scorer: Scorer
    limits: Limits | None = None

    @property
    def code(self) -> str:
        """The code of the model."""
        return self.model.code


def judge_of(model: PredictionModel, limits: Limits | None = None) -> Judge | None:
    """Return the judge of the deployed version of `model`; None if no version is deployed.

    Raises `Refused` where the deployed version cannot be read.
    """
    if model.deployed is None:
        return None
    kind = KINDS[model.kind]
    return Judge(model, kind, model.deployed, kind.scorer(model.deployed), limits)


class Judged:
    """The customers of a batch for several judges; those with equal shop figures share features."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._seen: dict[ShopFigures, Subjects] = {}
        self._members: dict[int, set[int]] = {}

    def columns(self, judge: Judge) -> Columns:
        """Return the columns of a judge's kind, blank for customers outside its segment."""
        assert judge.limits is not None
        shop = judge.limits.shop
        if shop not in self._seen:
            self._seen[shop] = Subjects(self.batch, shop)
        found = judge.scorer.columns(self._seen[shop], judge.limits)
        if judge.version.segment_id is None:
            return found
        inside, keys = self._members_of(judge.version), self.batch.keys.tolist()
        return {
            column: [
                value if key in inside else getattr(NOTHING, column, None)
                for key, value in zip(keys, values, strict=True)
            ]
            for column, values in found.items()
        }

    def _members_of(self, version: ModelVersion) -> set[int]:
        assert version.segment_id is not None
        if version.segment_id not in self._members:
            people = population(self.batch.as_of, version.segment).filter(self.batch.whose("pk"))
            self._members[version.segment_id] = set(people.values_list("pk", flat=True))
        return self._members[version.segment_id]
