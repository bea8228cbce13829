"""The kinds of models, by code: a new one is a file here, and a line below."""

from predictions.kinds.anomaly.declaration import ANOMALY
from predictions.kinds.churn.declaration import CHURN
from predictions.kinds.clusters.declaration import CLUSTERS, RETAIL_CLUSTERS
from predictions.kinds.clv.declaration import CLV
from predictions.kinds.journey import JOURNEY
from predictions.kinds.kind import Kind, as_of_column, version_column
from predictions.kinds.next_order import NEXT_ORDER
from predictions.kinds.rfm import RFM
from predictions.kinds.uplift.declaration import UPLIFT

__all__ = [
    "KINDS",
    "Kind",
    "as_of_column",
    "family_of",
    "has_own_rows",
    "kinds_of_columns",
    "version_column",
]

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (RFM, JOURNEY, CLV, CHURN, NEXT_ORDER, ANOMALY, CLUSTERS, RETAIL_CLUSTERS, UPLIFT)
}


def has_own_rows(kind: Kind) -> bool:
    """Return whether scores of a kind are rows of their own, of any number of models."""
    return getattr(kind, "has_own_rows", False)


def kinds_of_columns() -> dict[str, Kind]:
    """Return the kinds with one model each, called as they are, that fill a customer's row."""
    return {code: kind for code, kind in KINDS.items() if not has_own_rows(kind)}


def family_of(code: str) -> str:
    """Return the public name of a kind; all kinds of clusters share one name."""
    return getattr(KINDS[code], "family", code)
