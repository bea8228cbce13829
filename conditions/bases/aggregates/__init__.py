"""The aggregates of a relation group, one row each: input, words, SQL and Python reading.

A quantifier tests whether there are chosen rows, a figure is compared with a value. As with
operators, an aggregate that has a `twin` is the complement of the twin, formed in `tree.py` alone.
"""

from collections.abc import Mapping

from conditions.bases.aggregates.base import Aggregate, Compiled, Figure, Loaded, Quantifier
from conditions.bases.aggregates.figures import FIGURES, average, exact_total
from conditions.bases.aggregates.quantifiers import QUANTIFIERS

AGGREGATES: Mapping[str, Aggregate] = {**QUANTIFIERS, **FIGURES}

__all__ = [
    "AGGREGATES",
    "FIGURES",
    "QUANTIFIERS",
    "Aggregate",
    "Compiled",
    "Figure",
    "Loaded",
    "Quantifier",
    "average",
    "exact_total",
]
