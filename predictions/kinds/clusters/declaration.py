"""The kinds of clustering: groups of similar customers, found from features without labels.

The other modules of this package find and name clusters. They load NumPy and scikit-learn, and are
therefore only imported inside the functions that need them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from predictions.kinds.inputs import NUMBERS, RETAIL_NAMES, inputs_named
from predictions.kinds.parameters import (
    SEED,
    Parameter,
    number,
    one_of,
    some_of,
    stretch,
    whole,
    whole_or_word,
)
from predictions.kinds.trained import Input, Metric, Steps, Trained, TrainedScorer, Wanted
from predictions.models import ModelVersion

KMEANS, HDBSCAN, DBSCAN, HIERARCHICAL = "kmeans", "hdbscan", "dbscan", "hierarchical"
ALGORITHMS = (KMEANS, HDBSCAN, DBSCAN, HIERARCHICAL)
# K-means on the hidden layer of a network, which only workers with torch can fit.
EMBEDDING = "embedding"
# The algorithms that determine the number of clusters themselves.
WITHOUT_K = (HDBSCAN, DBSCAN)
LOG_STANDARD, STANDARD, NONE = "log_standard", "standard", "none"
TRANSFORMS = (LOG_STANDARD, STANDARD, NONE)
FEATURES = ("recency_days", "frequency", "monetary")
# The range of numbers of clusters to try if none is given.
TRIED = (3, 8)
MOST_K, MOST_OUTLIERS = 50, 0.5
# A target size of clusters: large enough for a test that detects a given relative lift.
OPTIMAL_PERSONALIZATION = "optimal_personalization"
LEAST_TARGET = 2
LEAST_LIFT, MOST_LIFT, USUAL_LIFT = 0.01, 10, 0.5
# The least share of the smallest cluster, and the least stability under bootstrap sampling.
LEAST_CLUSTER, LEAST_STABILITY = 0.02, 0.75


def _parameters(
    features: tuple[str, ...], k: int | None, outliers: float, pca: int | None, transform: str
) -> tuple[Parameter, ...]:
    """Return the parameters of a training with these defaults."""
    return (
        some_of("features", NUMBERS, lambda: list(features)),
        one_of("transform", TRANSFORMS, transform),
        one_of("algorithm", (*ALGORITHMS, EMBEDDING), KMEANS),
        whole("k", 2, MOST_K, lambda: k),
        stretch("k_range", 2, MOST_K, lambda: None),
        whole_or_word("segment_size_target", LEAST_TARGET, OPTIMAL_PERSONALIZATION),
        number("detectable_lift", LEAST_LIFT, MOST_LIFT, lambda: USUAL_LIFT),
        number("outliers", 0, MOST_OUTLIERS, lambda: outliers),
        whole("pca", 1, len(NUMBERS), lambda: pca),
        SEED,
    )


@dataclass(frozen=True, eq=False)
class Clusters:
    """A kind of clustering; `features` are the default features of a training.

    `is_filled`: a missing feature is scored as the training's mean. `family` is the public name of
    the kind. `unscaled` are features that are used without scaling.
    """

    code: str
    label: Words
    plain: str
    features: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    is_filled: bool = False
    unscaled: tuple[str, ...] = ()
    family: str = "clusters"
    deep_algorithms: tuple[str, ...] = (EMBEDDING,)

    @property
    def columns(self) -> tuple[str, ...]:
        """The column that the kind fills."""
        return (self.plain,)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The default features as inputs."""
        return inputs_named(self.features)

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`. Raises `Refused` where its artifact cannot be read."""
        from predictions.kinds.clusters.scoring import scorer_of

        return scorer_of(version, self)

    def evaluate(self, wanted: Wanted, step: Steps) -> Sequence[Metric] | None:
        """Return the metrics of the clusters that a training would find; None below 100 customers.

        Raises `Refused` as `train` does.
        """
        from predictions.kinds.clusters.training import evaluate_clusters

        return evaluate_clusters(wanted, step, self)

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Find clusters, evaluate and label them.

        Raises `Refused`: `too_few_customers`, `no_stable_k` and `no_structure`; with a target size
        of clusters also `no_k_large_enough` and `no_recent_sales`; for `embedding` also
        `not_installed` and `no_gpu`.
        """
        from predictions.kinds.clusters.training import train_clusters

        return train_clusters(wanted, step, self)


CLUSTERS = Clusters(
    "clusters",
    _("Clusters"),
    "cluster",
    FEATURES,
    _parameters(FEATURES, None, 0.0, None, LOG_STANDARD),
)
# The clusters of the Online Retail platform (contract, section 8).
RETAIL_CLUSTERS = Clusters(
    "retail_clusters",
    _("Clusters of the Online Retail platform"),
    "retail_cluster",
    RETAIL_NAMES,
    _parameters(RETAIL_NAMES, 3, 0.05, 6, STANDARD),
    is_filled=True,
    unscaled=("Day_Of_Week", "Is_UK"),
)
