"""Fitted clusters: their space, centres and labels, and how an artefact keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from predictions.conditions.labels import NOISE
from predictions.deep.network_files import Networks, invalid_artifact, read_array, read_header
from predictions.kinds.artifacts import checked_content, load_artifact, loaded_networks
from predictions.kinds.clusters.declaration import EMBEDDING
from predictions.kinds.clusters.embedding import Embedding
from predictions.kinds.clusters.network import CLUSTERS_AUTOENCODER
from predictions.kinds.clusters.space import Space, distances
from predictions.kinds.fitting.matrix import Matrix, Standard
from predictions.models import ModelVersion


@dataclass(frozen=True)
class Labelled:
    """Fitted clusters: the space of their points, and of each its label and centre.

    `means` are those of the features in the training.

    `flat` are the centres before scaling (clusters, features), by which a later version knows them
    again; `radii` how far from its centre a cluster reaches at most, None where it has no end.
    """

    space: Space | Embedding
    means: Matrix
    labels: Sequence[str]
    centres: Matrix
    flat: Matrix
    radii: Matrix | None = None

    def label_rows(self, rows: Matrix) -> list[str]:
        """Return the label of each row of features."""
        found = distances(self.space.points(rows), self.centres)
        places = found.argmin(axis=1)
        labels = [self.labels[place] for place in places.tolist()]
        if self.radii is not None:
            nearest = np.sqrt(found[np.arange(len(found)), places])
            for place in np.flatnonzero(nearest > self.radii[places]).tolist():
                labels[place] = NOISE
        return labels

    def as_artifact(self) -> Any:
        """Return the clusters as an artifact stores them: embedded ones as networks and arrays."""
        if isinstance(self.space, Embedding):
            return self._as_networks(self.space)
        found = {
            "space": self.space.as_plain(),
            "means": self.means,
            "labels": list(self.labels),
            "centres": self.centres,
            "flat": self.flat,
        }
        return found if self.radii is None else found | {"radii": self.radii}

    def _as_networks(self, embedding: Embedding) -> Networks:
        """Return the embedding's networks with the clusters as arrays of 64 bits beside them."""
        plain = embedding.plain
        arrays = {
            "means": self.means,
            "centres": self.centres,
            "flat": self.flat,
            "standard.means": plain.standard.means,
            "standard.weights": plain.standard.weights,
        }
        if plain.middle is not None and plain.components is not None:
            arrays |= {"middle": plain.middle, "components": plain.components}
        about = {"labels": list(self.labels), "transform": plain.transform}
        exact = {name: np.array(array, dtype=np.float64) for name, array in arrays.items()}
        return replace(embedding.networks, arrays=exact, about=about)

    @classmethod
    def of_networks(cls, networks: Networks) -> "Labelled":
        """Return the clusters of networks; `Refused` (`artifact_invalid`) if a part is missing."""
        arrays = networks.arrays
        try:
            standard = Standard(arrays["standard.means"], arrays["standard.weights"])
            transform, labels = networks.about["transform"], networks.about["labels"]
            places = (arrays["means"], labels, arrays["centres"], arrays["flat"])
            rows = {len(labels), len(arrays["centres"]), len(arrays["flat"])}
        except (KeyError, TypeError) as error:
            raise invalid_artifact(gettext_noop("it cannot be read")) from error
        if len(rows) != 1 or arrays["centres"].shape[1:] != (networks.sizes["middle"],):
            raise invalid_artifact(gettext_noop("its shapes are others"))
        plain = Space(transform, standard, arrays.get("middle"), arrays.get("components"))
        return cls(Embedding(plain, networks), *places)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Labelled":
        """Return the clusters from the result of `as_plain`."""
        return cls(**{**plain, "space": Space.of_plain(plain["space"])})


def labelled_of(version: ModelVersion) -> Labelled:
    """Return the clusters of a version; raises `Refused` where its artefact cannot be read."""
    if version.parameters.get("algorithm") == EMBEDDING:
        return Labelled.of_networks(loaded_networks(version, CLUSTERS_AUTOENCODER.name))
    return Labelled.of_plain(load_artifact(version))


def flat_centres(version: ModelVersion) -> dict[str, Matrix]:
    """Return the centre before scaling of each label of a version; needs no torch.

    Raises `Refused` where the artefact cannot be read.
    """
    if version.parameters.get("algorithm") == EMBEDDING:
        content = checked_content(version)
        labels, flat = read_header(content)["about"].get("labels"), read_array(content, "flat")
        if type(labels) is not list or len(labels) != len(flat):
            raise invalid_artifact(gettext_noop("its shapes are others"))
        return dict(zip(labels, flat, strict=True))
    found = Labelled.of_plain(load_artifact(version))
    return dict(zip(found.labels, found.flat, strict=True))
