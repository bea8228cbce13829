"""Clusters in a smaller space: an autoencoder 32-8-32 of the standardised features.

K-means divides the points of its middle layer, of eight numbers. In the plain space stand the same
customers, so that both ways can be held against each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictions.deep.device import new_network, prepare_device
from predictions.deep.fitting import Deadline, Schedule, fit
from predictions.deep.network_files import Networks
from predictions.deep.sampling import sampled_places
from predictions.kinds.clusters.network import CLUSTERS_AUTOENCODER, HIDDEN, MIDDLE
from predictions.kinds.clusters.space import Space, flat_of
from predictions.kinds.fitting.linear import weighted_sums
from predictions.kinds.fitting.matrix import Matrix

SCHEDULE = Schedule(epochs=60, rows=128, rate=3e-3)


@dataclass(frozen=True, eq=False)
class Embedding:
    """A plain space, and the network whose middle layer customers are points of."""

    plain: Space
    networks: Networks

    @property
    def transform(self) -> str:
        """How features are made flat."""
        return self.plain.transform

    @property
    def standard(self) -> Any:
        """How flat features are scaled."""
        return self.plain.standard

    def points(self, rows: Matrix) -> Matrix:
        """Return the points (rows, 8) of rows of features."""
        return self.of_flat(flat_of(rows, self.transform))

    def scaled(self, rows: Matrix) -> Matrix:
        """Return rows of features scaled, and not embedded."""
        return self.plain.scaled(rows)

    def of_flat(self, flat: Matrix) -> Matrix:
        """Return the points of rows that `flat_of` returned, each the same alone and among others.

        The two layers are summed input by input in doubles, as torch would not.
        """
        network = self.networks.networks[0]
        inputs = self.plain.of_flat(flat)
        for name, is_last in (("narrow", False), ("middle", True)):
            weights, biases = (
                np.asarray(part.detach().numpy(), dtype=np.float64)
                for part in (network[name].weight, network[name].bias)
            )
            inputs = weighted_sums(inputs, weights.T, biases)
            if not is_last:
                inputs = np.maximum(inputs, 0)
        return inputs


def fit_embedding(
    space: Space,
    rows: Matrix,
    ids: Sequence[str],
    seed: int,
    *,
    report: Callable[[int, int], None],
) -> tuple[Embedding, dict[str, Any]]:
    """Fit an autoencoder of `rows` (rows, features) in their plain `space`.

    Returns the embedding, and how the fit went: `device`, `epochs`, `seconds`, `time_limit`.
    Raises `Refused` (`not_installed`, `no_gpu`) and what `report` raises.
    """
    device, deadline = prepare_device(), Deadline()
    import torch

    chosen = sampled_places(ids)
    points = space.points(rows)
    inputs = torch.as_tensor(points[chosen], dtype=torch.float32, device=device)

    def loss(network: Any, places: Any) -> Any:
        return ((decode_embedding(network, inputs[places]) - inputs[places]) ** 2).mean()

    sizes = {"inputs": points.shape[1], "hidden": HIDDEN, "middle": MIDDLE}
    network = new_network(CLUSTERS_AUTOENCODER, sizes, seed=seed)
    how = fit(
        *(network, [ids[place] for place in chosen], loss, SCHEDULE),
        device=device,
        deadline=deadline,
        report=report,
        seed=seed,
    )
    networks = Networks(CLUSTERS_AUTOENCODER.name, sizes, [network], device, seed)
    return Embedding(space, networks), {
        "device": device,
        "epochs": [how.epochs],
        "seconds": round(deadline.elapsed, 1),
        "time_limit": how.out_of_time,
    }


def decode_embedding(network: Any, inputs: Any) -> Any:
    """Return the network's output for `inputs` behind the middle layer."""
    middle = network["middle"](network["narrow"](inputs).relu())
    return network["out"](network["wide"](middle).relu())
