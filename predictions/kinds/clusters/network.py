"""The network of clusters, registered in every process; torch is imported when one is built."""

from typing import Any

from predictions.deep.architectures import Architecture, Sizes

# The widths of the outer layers and of the middle one.
HIDDEN, MIDDLE = 32, 8


def _build(sizes: Sizes) -> Any:
    from torch import nn

    inputs, hidden, middle = sizes["inputs"], sizes["hidden"], sizes["middle"]
    return nn.ModuleDict(
        {
            "narrow": nn.Linear(inputs, hidden),
            "middle": nn.Linear(hidden, middle),
            "wide": nn.Linear(middle, hidden),
            "out": nn.Linear(hidden, inputs),
        }
    )


CLUSTERS_AUTOENCODER = Architecture("clusters_autoencoder", _build)
