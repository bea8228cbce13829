"""Train clusters: from the features of customers to labelled centres."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop
from sklearn.ensemble import IsolationForest
from threadpoolctl import threadpool_limits

from core.text.sentences import Sentence
from predictions.conditions.labels import NOISE
from predictions.deep.availability import check_installed
from predictions.deep.fitting import TIME_LIMIT
from predictions.features.subjects import Subjects
from predictions.history.columns import Mask
from predictions.history.values import PLACES
from predictions.kinds.clusters.declaration import (
    EMBEDDING,
    HIERARCHICAL,
    KMEANS,
    TRIED,
    WITHOUT_K,
    Clusters,
)
from predictions.kinds.clusters.divisions import MOST, Division, centres_of, cut_clusters
from predictions.kinds.clusters.embedding import Embedding, fit_embedding
from predictions.kinds.clusters.labelled import Labelled, flat_centres
from predictions.kinds.clusters.labels import by_number, match_labels
from predictions.kinds.clusters.number_of_clusters import (
    Tried,
    best_trial,
    largest,
    sample_of,
    try_divisions,
)
from predictions.kinds.clusters.space import Space, distances, flat_of
from predictions.kinds.clusters.target_size import SizeTarget, size_target
from predictions.kinds.fitting.matrix import Matrix
from predictions.kinds.fitting.sampled_rows import Rows, rows_of
from predictions.kinds.inputs import inputs_named
from predictions.kinds.trained import Input, Metric, Steps, Trained, Wanted
from predictions.models import ModelVersion, PredictionModel, TrainingStep
from predictions.refusals import Refused

# The fewest customers for an evaluation, and for a training.
FEWEST, FEWEST_TO_FIT = 100, 10
MEASURES = (
    *("silhouette", "davies_bouldin", "calinski_harabasz", "bootstrap_ari", "smallest_share"),
)
# The feature that orders the labels of new clusters.
SPENT = "monetary"


@dataclass(frozen=True)
class _Found:
    """The result of a search: the rows fitted on, their points in the space, and all trials.

    `without_outliers` is the number of rows without outliers, before sampling; `means` are the
    means of the features. `rival` is k-means without the network, with the same k; `deep` describes
    the fit of the network.
    """

    rows: Rows
    without_outliers: int
    means: Matrix
    kept: Matrix
    spent: Matrix
    space: Space | Embedding
    explained_variance: float
    points: Matrix
    all_tried: Sequence[Tried]
    chosen: Tried
    target: SizeTarget | None
    rival: Tried | None = None
    deep: Mapping[str, Any] | None = None

    @property
    def metrics(self) -> list[Metric] | None:
        """The metrics of the chosen clusters; None below 100 customers."""
        if self.rows.whole < FEWEST:
            return None
        found = [Metric(name, getattr(self.chosen, name)) for name in MEASURES]
        if self.rival is not None:
            ours, theirs = self.chosen.bootstrap_ari, self.rival.bootstrap_ari
            found.append(Metric("bootstrap_ari", ours, KMEANS, theirs))
        return found


def evaluate_clusters(wanted: Wanted, step: Steps, kind: Clusters) -> list[Metric] | None:
    """Return the metrics of the clusters that a training would find; None below 100 customers."""
    with threadpool_limits(limits=1):
        return _search(wanted, step, kind).metrics


def train_clusters(wanted: Wanted, step: Steps, kind: Clusters) -> Trained:
    """Find clusters, and continue the labels of the model's earlier versions."""
    with threadpool_limits(limits=1):
        found = _search(wanted, step, kind)
        step(TrainingStep.FIT, 0, None)
        labelled = _label_clusters(found, wanted)
    rows = found.rows.values[:, :-1]
    labels = labelled.label_rows(rows)
    every = {*labelled.labels, *([] if labelled.radii is None else [NOISE])}
    return Trained(
        fitted={
            "k": found.chosen.k,
            "labels": sorted(every, key=by_number),
            "by_k": [one.as_json() for one in found.all_tried],
            "profiles": _profiles(rows, labels, wanted.parameters["features"]),
            "steps": [
                {"step": "customers", "rows": found.rows.known},
                {"step": "complete", "rows": found.rows.whole},
                {"step": "sample", "rows": len(found.rows.numbers)},
                {"step": "outliers", "rows": found.without_outliers},
                {"step": "fit", "rows": len(found.points)},
            ],
            "explained_variance": round(found.explained_variance, 6),
            **({} if found.target is None else {"size_target": found.target.as_json()}),
            **({} if found.deep is None else {"deep": found.deep}),
        },
        metrics=found.metrics,
        data_hash=found.rows.data_hash(),
        warnings=[TIME_LIMIT] if (found.deep or {}).get("time_limit") else [],
        artifact=labelled.as_artifact(),
    )


def _profiles(rows: Matrix, labels: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return label, number of rows and mean of each feature, per label."""
    found, theirs = [], np.array(labels)
    for label in sorted(set(labels), key=by_number):
        own = rows[theirs == label]
        means = dict(zip(names, own.mean(axis=0).round(6).tolist(), strict=True))
        found.append({"label": label, "customers": len(own), "means": means})
    return found


def _search(wanted: Wanted, step: Steps, kind: Clusters) -> _Found:
    asked = wanted.parameters
    if asked["algorithm"] == EMBEDDING:
        check_installed()
    names, target = asked["features"], size_target(wanted)
    rows = rows_of(
        wanted,
        inputs_named([*names, SPENT]),
        partial(step, TrainingStep.FEATURES),
        partial(_has_some, inputs_named(names)),
    )
    if len(rows.numbers) < FEWEST_TO_FIT:
        text = gettext_noop(
            "At least %(least)s customers with all features are needed; so far: %(n)s."
        )
        values = {"least": FEWEST_TO_FIT, "n": len(rows.numbers)}
        raise Refused("too_few_customers", Sentence(text, values))
    step(TrainingStep.EVALUATE, 0, None)
    inside = _without_outliers(rows.values[:, :-1], asked)
    kept, spent = rows.values[inside, :-1], rows.values[inside, -1]
    unscaled = [place for place, name in enumerate(names) if name in kind.unscaled]
    space, explained = Space.fit(kept, asked["transform"], asked["pca"], unscaled)
    algorithm = KMEANS if asked["algorithm"] == EMBEDDING else asked["algorithm"]
    chosen = sample_of(len(kept), MOST[algorithm], asked["seed"])
    kept, spent = kept[chosen], spent[chosen]
    note, deep = partial(step, TrainingStep.EVALUATE), None
    used: Space | Embedding = space
    if asked["algorithm"] == EMBEDDING:
        ids = np.array(rows.numbers)[inside][chosen].tolist()
        used, deep = fit_embedding(space, kept, ids, asked["seed"], report=note)
    points = used.points(kept)
    every = try_divisions(points, algorithm, _ks(asked), asked["seed"], note)
    best_one, rival = _choose_trial(every, asked, target, rows.whole), None
    if deep is not None:
        (rival,) = try_divisions(space.points(kept), KMEANS, [best_one.k], asked["seed"], note)
        deep |= {
            "against": KMEANS,
            "difference": round(best_one.bootstrap_ari - rival.bootstrap_ari, PLACES),
            "interval": None,
        }
    return _Found(
        rows=rows,
        without_outliers=int(inside.sum()),
        means=kept.mean(axis=0),
        kept=kept,
        spent=spent,
        space=used,
        explained_variance=explained,
        points=points,
        all_tried=every,
        chosen=best_one,
        target=target,
        rival=rival,
        deep=deep,
    )


def _has_some(inputs: Sequence[Input], them: Subjects) -> Mask:
    """Return whether each customer has at least one of `inputs`."""
    return np.asarray(np.any([feature.of(them).known for feature in inputs], axis=0))


def _without_outliers(rows: Matrix, asked: Any) -> Any:
    """Return the mask of rows to fit on, without the share of outliers of an isolation forest."""
    if not asked["outliers"]:
        return np.full(len(rows), True)
    flat = flat_of(rows, asked["transform"])
    forest = IsolationForest(contamination=asked["outliers"], random_state=asked["seed"])
    return forest.fit_predict(flat) == 1


def _ks(asked: Any) -> Iterable[int]:
    """Return the numbers of clusters to try: those given as parameters, or the default range."""
    k, range_asked = asked["k"], asked["k_range"]
    if k is not None and range_asked is None:
        return [k]
    first, last = range_asked or TRIED
    return sorted({*range(first, last + 1), *([] if k is None else [k])})


def _choose_trial(
    every: Sequence[Tried], asked: Any, target: SizeTarget | None, customers: int
) -> Tried:
    """Return the trial that becomes the version.

    `customers` is the number of all customers to divide, including those outside a sample. Raises
    `Refused`: `no_structure`, `no_stable_k` and `no_k_large_enough`.
    """
    if all(one.k < 2 for one in every):
        text = gettext_noop("All are alike, or nobody is like another: there are no clusters.")
        raise Refused("no_structure", Sentence(text, {}))
    if target is not None:
        return _large_enough(every, asked, target, customers)
    if asked["algorithm"] in WITHOUT_K:
        return every[0]
    if asked["k"] is not None:
        return next(one for one in every if one.asked == asked["k"])
    found = best_trial(every)
    if found is None:
        text = gettext_noop(
            "No number of clusters is stable: drawn anew, customers fall into other clusters, or "
            "some of these are tiny. Ask for a number of clusters, or for other features."
        )
        raise Refused("no_stable_k", Sentence(text, {}))
    return found


def _large_enough(every: Sequence[Tried], asked: Any, target: SizeTarget, customers: int) -> Tried:
    """Return the trial with most clusters that is stable and whose clusters all have the size.

    A given `k` is kept. Raises `Refused` (`no_k_large_enough`) where there is no such trial.
    """
    allowed = [one for one in every if asked["k"] is None or one.asked in (None, asked["k"])]
    found = largest(allowed, target.size, customers)
    if found is None:
        most = max((one.smallest_of(customers) for one in allowed if one.is_stable), default=0)
        text = gettext_noop(
            "No stable number of clusters has a smallest cluster of %(target)s customers; the "
            "largest one has %(largest)s. Ask for fewer clusters, for a smaller size or for a "
            "larger lift."
        )
        sentence = Sentence(text, {"target": target.size, "largest": most})
        raise Refused(
            "no_k_large_enough", sentence, size_target=target.size, largest_smallest_cluster=most
        )
    return found


def _label_clusters(found: _Found, wanted: Wanted) -> Labelled:
    """Return the clusters with their labels, including clusters within clusters."""
    asked, division = wanted.parameters, found.chosen.division
    former = _Former(_former_centres(wanted), _labels_in_use(wanted.model), found.space)
    flat = flat_of(found.kept, asked["transform"])
    tops = _labels(division, flat, found, former.tops, former.numbers(""))
    if asked["algorithm"] == HIERARCHICAL:
        return _label_nested_clusters(found, flat, tops, former)
    radii = None
    if asked["algorithm"] in WITHOUT_K:
        away = np.sqrt(distances(found.points, division.centres))
        radii = np.array(
            [away[division.numbers == one, one].max() for one in range(division.count)]
        )
    return Labelled(
        *(found.space, found.means, tops, division.centres, _means(flat, division)),
        radii,
    )


@dataclass(frozen=True)
class _Former:
    """The centres before scaling whose labels continue, by label, and all labels ever given."""

    centres: Mapping[str, Matrix]
    given: Collection[str]
    space: Space | Embedding

    @property
    def points(self) -> dict[str, Matrix]:
        """The centre of each label in the new space."""
        if not self.centres:
            return {}
        points = self.space.of_flat(np.array(list(self.centres.values())))
        return dict(zip(self.centres, points, strict=True))

    @property
    def tops(self) -> dict[str, Matrix]:
        """The centre of each label of the top level: the mean of the centres below it."""
        found: dict[str, list[Matrix]] = {}
        for label, point in self.points.items():
            found.setdefault(label.partition(".")[0], []).append(point)
        return {label: np.mean(several, axis=0) for label, several in found.items()}

    def below(self, top: str) -> dict[str, Matrix]:
        """Return the centres below the label `top`, by the number after the point."""
        return {
            label.partition(".")[2]: point
            for label, point in self.points.items()
            if label.startswith(f"{top}.")
        }

    def numbers(self, top: str) -> set[str]:
        """Return the numbers ever given below the label `top`; "" means the top level."""
        parts = [label.partition(".") for label in self.given]
        found = (first if not top else rest for first, _point, rest in parts if top in ("", first))
        return {one for one in found if one.isdecimal()}


def _means(values: Matrix, division: Division) -> Matrix:
    """Return the mean of each cluster's rows (rows, features)."""
    return np.array([values[division.numbers == one].mean(axis=0) for one in range(division.count)])


def _labels(
    division: Division,
    flat: Matrix,
    found: _Found,
    theirs: Mapping[str, Matrix],
    given: Collection[str],
    inside: Any = slice(None),
) -> list[str]:
    """Return the labels of the clusters of a division of the rows `inside`."""
    members = division.numbers[division.numbers >= 0]
    sizes = np.bincount(members, minlength=division.count).tolist()
    spent = _means(found.spent[inside][:, None], division)[:, 0].tolist()
    centres = found.space.of_flat(_means(flat[inside], division))
    return match_labels(centres, spent, sizes, theirs, given)


def _label_nested_clusters(
    found: _Found, flat: Matrix, tops: Sequence[str], former: _Former
) -> Labelled:
    """Return the clusters within those of `tops`; each label begins with that of its cluster."""
    upper, lower = cut_clusters(found.points, found.chosen.k)
    labels, centres, flats = list[str](), list[Matrix](), list[Matrix]()
    for place, number in enumerate(np.unique(upper).tolist()):
        inside = upper == number
        division, top = centres_of(found.points[inside], lower[inside]), tops[place]
        if division.count == 1:
            labels.append(top)
        else:
            theirs, given = former.below(top), former.numbers(top)
            numbers = _labels(division, flat, found, theirs, given, inside)
            labels += [f"{top}.{one}" for one in numbers]
        centres += list(division.centres)
        flats += list(_means(flat[inside], division))
    return Labelled(*(found.space, found.means, labels, np.array(centres), np.array(flats)))


def _former_centres(wanted: Wanted) -> Mapping[str, Matrix]:
    """Return the centres whose labels continue: the deployed version's, else the newest's.

    Empty without a version, with other features or another transform, and for an unreadable
    version.
    """
    if wanted.model is None:
        return {}
    versions = ModelVersion.objects.filter(model=wanted.model).select_related("model")
    deployed = PredictionModel.objects.filter(pk=wanted.model.pk).values_list("deployed", flat=True)
    version = versions.filter(pk__in=[*deployed]).first() or versions.order_by("-number").first()
    same = ("features", "transform")
    if version is None or any(
        version.parameters.get(name) != wanted.parameters[name] for name in same
    ):
        return {}
    try:
        return flat_centres(version)
    except Refused:
        return {}  # The version cannot be read any more: all clusters get new labels.


def _labels_in_use(model: PredictionModel | None) -> set[str]:
    """Return all labels that any version of `model` has had."""
    if model is None:
        return set()
    fitted = ModelVersion.objects.filter(model=model).values_list("fitted", flat=True)
    return {label for one in fitted for label in one.get("labels", ())}
