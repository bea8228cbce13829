"""Labels by a version of clusters: that of the nearest centre."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from predictions.conditions.labels import label_name, names_of
from predictions.history.columns import Column, Mask, Whole
from predictions.history.values import Value
from predictions.kinds.clusters.declaration import Clusters
from predictions.kinds.clusters.labelled import Labelled, labelled_of
from predictions.kinds.clusters.space import distances
from predictions.kinds.fitting.matrix import Matrix
from predictions.kinds.inputs import inputs_named
from predictions.kinds.kind import Columns, Limits
from predictions.kinds.reasons import Reason, value_text
from predictions.kinds.trained import FeatureScorer, Input
from predictions.models import ModelVersion


class ClusterScorer(FeatureScorer):
    """A version that says which cluster somebody is in."""

    intercept: float | None = None

    def __init__(
        self, kind: Clusters, model: str, inputs: tuple[Input, ...], labelled: Labelled
    ) -> None:
        self.inputs = inputs
        self._kind = kind
        self._model = model
        self._labelled = labelled

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the label for each row of features; "" where one is missing."""
        rows, known = self._matrix(inputs)
        found = iter(self._labelled.label_rows(rows) if len(rows) else ())
        return {self._kind.plain: [next(found) if one else "" for one in known.tolist()]}

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return what each feature says for the cluster of each row; none without a cluster.

        The effect: by how many deviations the row is farther from the next cluster's centre than
        from its own; below 0 the feature is nearer to the next one.
        """
        rows, known = self._matrix(inputs)
        values = list(zip(*(column.values() for column in inputs), strict=True))
        own = [values[place] for place in np.flatnonzero(known).tolist()]
        found = self._explain_rows(rows, own) if len(rows) else iter(())
        return [next(found) if one else [] for one in known.tolist()]

    def _explain_rows(
        self, rows: Matrix, values: Sequence[Sequence[Value]]
    ) -> Iterator[list[Reason]]:
        one = self._labelled
        away = distances(one.space.points(rows), one.centres)
        order = np.argsort(away, axis=1, kind="stable")
        scaled = one.space.scaled(rows)
        centres = one.space.standard.scaled(one.flat)
        sentence = lazy(_sentence, str)
        # Looked up once, and only where a sentence is read.
        names = cache(partial(names_of, self._model))
        for row, own, (first, second) in zip(scaled, values, order[:, :2].tolist(), strict=True):
            effects = (abs(row - centres[second]) - abs(row - centres[first])).tolist()
            yield [
                Reason(
                    *(feature.name, value, effect),
                    sentence(feature, value, effect, one.labels[second], names),
                )
                for feature, value, effect in zip(self.inputs, own, effects, strict=True)
            ]

    def _matrix(self, inputs: Sequence[Column]) -> tuple[Matrix, Mask]:
        """Return the rows that can be judged as (rows, features), and which these are."""
        floats = np.column_stack([column.floats() for column in inputs])
        missing = np.isnan(floats)
        if not self._kind.is_filled:
            known = np.asarray(~missing.any(axis=1))
            return floats[known], known
        known = np.asarray(~missing.all(axis=1))
        return np.where(missing, self._labelled.means, floats)[known], known


def scorer_of(version: ModelVersion, kind: Clusters) -> ClusterScorer:
    """Return the scorer of `version`; raises `Refused` where its artefact cannot be read."""
    inputs = inputs_named(version.parameters["features"])
    return ClusterScorer(kind, version.model.code, inputs, labelled_of(version))


def _sentence(
    one: Input,
    value: Value,
    effect: float,
    next_label: str,
    names: Callable[[], Mapping[str, str]],
) -> str:
    what = {
        "meaning": one.meaning,
        "value": value_text(value, is_money=one.is_money),
        "cluster": label_name(next_label, names()),
    }
    if effect > 0:
        return _("%(meaning)s: %(value)s (nearer to its own cluster than to “%(cluster)s”)") % what
    if effect < 0:
        return _("%(meaning)s: %(value)s (nearer to “%(cluster)s”)") % what
    return _("%(meaning)s: %(value)s (as near to “%(cluster)s”)") % what
