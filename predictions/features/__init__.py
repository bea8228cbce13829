"""Features of customers as of a moment, in sets; nothing is stored of them."""

from predictions.features.table import Table, features
from predictions.refusals import Refused

__all__ = ["Refused", "Table", "features"]
