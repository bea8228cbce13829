"""The network of churn, registered in every process; torch is imported when one is built."""

from typing import Any

from predictions.deep.architectures import Architecture, Sizes


def _build(sizes: Sizes) -> Any:
    from torch import nn

    embedding, hidden = sizes["embedding"], sizes["hidden"]
    return nn.ModuleDict(
        {
            "types": nn.Embedding(sizes["types"] + 1, embedding),
            "gru": nn.GRU(embedding + 2, hidden, batch_first=True),
            "out": nn.Linear(hidden, 1),
        }
    )


CHURN_GRU = Architecture("churn_gru", _build)
