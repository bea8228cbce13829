"""Translates a comparison of Maho into conditions, negatives by either of two readings.

In Maho, a negative operator holds only where a different value exists. Here, it is the complement
of the positive operator, and also holds where there is no value or no row.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from segments.maho.tree_nodes import Made

EXISTS, ALL = {"aggregate": "exists"}, {"match": "all"}


class Negatives(StrEnum):
    """The reading of negative operators: as the complement, or as in Maho."""

    COMPLEMENT = "complement"
    ANY_ROW = "any-row"


@dataclass(frozen=True)
class Comparison:
    """A comparison at `origin` with an operator of this language.

    `value` is None for an operator without a value. `or_empty`: the list of values in Maho also
    contains “no value”.
    """

    origin: str
    attribute: Attribute
    figure: str
    operator: str
    value: Any = None
    or_empty: bool = False

    @property
    def twin(self) -> str | None:
        """The positive operator that this one negates."""
        return self.attribute.type.operators[self.operator].twin


def phrase(comparison: Comparison, negatives: Negatives) -> tuple[Made, str]:
    """Return the nodes for the comparison, and how its meaning changes ('': not at all)."""
    if comparison.figure == "sum":
        return _total(comparison, negatives)
    if comparison.or_empty:
        return _or_empty(comparison), ""
    if comparison.twin is None:
        return _node(comparison, comparison.operator), ""
    if negatives is Negatives.ANY_ROW:
        return _some_other(comparison), ""
    return _node(comparison, comparison.operator), _difference(comparison)


def _node(comparison: Comparison, operator: str) -> Made:
    """Return the node of the comparison with `operator`."""
    compared: dict[str, Any] = {"operator": operator}
    if operator not in {"is_empty", "is_not_empty"}:
        compared["value"] = comparison.value
    if not comparison.figure:
        return Made(comparison.origin, {"attribute": comparison.attribute.code, **compared})
    figure = {"aggregate": comparison.figure, "of": comparison.attribute.code}
    return _over_uncanceled_orders(comparison, {**figure, **compared})


def _over_uncanceled_orders(comparison: Comparison, keys: dict[str, Any]) -> Made:
    """Return the relation group `keys` over the orders that are not canceled."""
    state = {"attribute": "order.state", "operator": "is_not", "value": "canceled"}
    return Made(
        comparison.origin, {"relation": "orders", **keys, **ALL}, (Made(comparison.origin, state),)
    )


def _some_other(comparison: Comparison) -> Made:
    """Return the nodes for: a value exists and differs; for a relation: in at least one row."""
    negative = _node(comparison, comparison.operator)
    relation = None if comparison.figure else comparison.attribute.relation
    if comparison.operator == "is_empty":
        # For rows, one empty row is enough; for a customer, both readings are the same.
        if relation is None:
            return negative
        return Made(comparison.origin, {"relation": relation, **EXISTS, **ALL}, (negative,))
    both = (negative, _node(comparison, "is_not_empty"))
    keys = ALL if relation is None else {"relation": relation, **EXISTS, **ALL}
    return Made(comparison.origin, keys, both)


def _or_empty(comparison: Comparison) -> Made:
    """Return the nodes for: the value is in the list or missing; or, if negative, neither."""
    positive = comparison.twin or comparison.operator
    match = "any" if comparison.twin is None else "none"
    either = (_node(comparison, positive), _node(comparison, "is_empty"))
    return Made(comparison.origin, {"match": match}, either)


def _total(comparison: Comparison, negatives: Negatives) -> tuple[Made, str]:
    """Return the comparison of a sum, which has no value where there are no rows to add up."""
    some = _over_uncanceled_orders(comparison, EXISTS)
    if comparison.operator == "is_not_empty":
        return some, ""
    if comparison.operator == "is_empty":
        return _over_uncanceled_orders(comparison, {"aggregate": "not_exists"}), ""
    if comparison.twin is None or negatives is Negatives.ANY_ROW:
        total = _node(comparison, comparison.operator)
        return Made(comparison.origin, ALL, (total, some)), ""
    total = _node(comparison, comparison.twin)
    return Made(comparison.origin, {"match": "not_all"}, (total, some)), _difference(comparison)


def _difference(comparison: Comparison) -> str:
    """Return how the complement differs from Maho's reading, in words; '' where it does not."""
    label = comparison.attribute.label
    if comparison.attribute.relation is not None and not comparison.figure:
        return _(
            "“%(label)s”: a negative condition now holds where no row fits its opposite, and where "
            "there is no row; in Maho it held where some row was otherwise."
        ) % {"label": label}
    if comparison.operator == "is_empty" or comparison.attribute.always_known:
        return ""
    return _(
        "“%(label)s”: a negative condition now holds for customers without a value, too; in Maho "
        "it did not."
    ) % {"label": label}
