"""Features of customers as of a moment, in sets; nothing is stored of them."""

from predictions.features.table import Refused, Table, features

__all__ = ["Refused", "Table", "features"]
