"""The deployed versions as they score: each with its limits, and whom it is about."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from predictions.existing import population
from predictions.features.subject import Subject
from predictions.histories import Batch, batches
from predictions.kinds import KINDS, Kind
from predictions.kinds.kind import Limits, Ranking, Row, Scorer
from predictions.models import CustomerPrediction, ModelVersion, PredictionModel
from predictions.shop_figures import ShopFigures, shop_figures

NOTHING = CustomerPrediction()


@dataclass(frozen=True, eq=False)
class Judge:
    """A deployed version; `limits` are None until everybody was seen."""

    model: PredictionModel
    kind: Kind
    version: ModelVersion
    scorer: Scorer
    limits: Limits | None = None

    @property
    def code(self) -> str:
        """The model's."""
        return self.model.code


def judge_of(model: PredictionModel, limits: Limits | None = None) -> Judge | None:
    """Return the deployed version of `model`, None where there is none.

    Raises `Refused` where it cannot be read.
    """
    if model.deployed is None:
        return None
    kind = KINDS[model.kind]
    return Judge(model, kind, model.deployed, kind.scorer(model.deployed), limits)


def having_seen_all(
    judges: Iterable[Judge], as_of: datetime, note: Callable[[], None] = lambda: None
) -> list[Judge]:
    """Return `judges` with the limits that everybody of their population gives as of an instant.

    `note` is called with each batch: that takes a while.
    """
    found = list[Judge]()
    together = defaultdict[int | None, list[Judge]](list)
    for judge in judges:
        together[judge.version.segment_id].append(judge)
    for same in together.values():
        everybody = population(as_of, same[0].version.segment)
        rankings = [(judge, judge.scorer.ranking()) for judge in same]
        shop = shop_figures(_shown_to(rankings, batches(everybody, as_of), note))
        found += (
            replace(judge, limits=Limits(shop, ranking.ranks() if ranking else ()))
            for judge, ranking in rankings
        )
    return found


def _shown_to(
    rankings: Sequence[tuple[Judge, Ranking | None]],
    found: Iterable[Batch],
    note: Callable[[], None],
) -> Iterator[Batch]:
    for batch in found:
        note()
        for _judge, ranking in rankings:
            if ranking is not None:
                ranking.add(batch)
        yield batch


class Judged:
    """The customers of a batch as several judges see them; what they share is read once."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._subjects: dict[ShopFigures, list[Subject]] = {}
        self._members: dict[int, set[int]] = {}

    def rows(self, judge: Judge) -> Iterable[Row]:
        """Return the columns of a judge's kind, in the order of the batch's people."""
        assert judge.limits is not None
        subjects = self._seen_with(judge.limits.shop)
        if judge.version.segment_id is None:
            return judge.scorer.rows(subjects, judge.limits)
        inside = self._members_of(judge.version)
        found = [one for one in subjects if one.person.key in inside]
        rows = zip(found, judge.scorer.rows(found, judge.limits), strict=True)
        scored = {one.person.key: row for one, row in rows}
        return [scored.get(one.key) or nothing(judge.kind) for one in self.batch.people]

    def _seen_with(self, shop: ShopFigures) -> Sequence[Subject]:
        if shop not in self._subjects:
            people = self.batch.people
            self._subjects[shop] = [Subject(one, self.batch, shop) for one in people]
        return self._subjects[shop]

    def _members_of(self, version: ModelVersion) -> set[int]:
        assert version.segment_id is not None
        if version.segment_id not in self._members:
            keys = [one.key for one in self.batch.people]
            rows = population(self.batch.as_of, version.segment).filter(pk__in=keys)
            self._members[version.segment_id] = set(rows.values_list("pk", flat=True))
        return self._members[version.segment_id]


def nothing(kind: Kind) -> Row:
    """Return the columns of a kind as they are where there is no score."""
    return {column: getattr(NOTHING, column) for column in kind.columns}
