"""Converts Maho's tree to a tree of conditions, or collects all problems in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.parsing.nodes import DEPTH_LIMIT
from core.problems import Problem
from core.text.exact_numbers import BadValue
from core.text.formats import quote_value
from segments.maho.adobe import as_maho
from segments.maho.document import Maps
from segments.maho.operators import (
    COMPARISONS,
    CONTAINS,
    EMPTY,
    LISTS,
    OF_SEVERAL,
    TURNED,
    operator_for,
)
from segments.maho.phrases import Comparison, Negatives, phrase
from segments.maho.targets import COMBINE, Target, find_target, is_condition
from segments.maho.tree_nodes import Made
from segments.maho.values import BOOLEANS, elements, has_time_of_day, read_value

MATCHES = {
    ("all", True): "all",
    ("any", True): "any",
    ("all", False): "not_all",
    ("any", False): "none",
}


@dataclass(frozen=True)
class Change:
    """A condition at `path` in Maho's tree whose meaning changes slightly."""

    path: str
    message: str


@dataclass(frozen=True)
class Conversion:
    """The converted tree, the problems in Maho's tree, and the changes of meaning.

    If there are problems, the tree only serves to find further ones.
    """

    root: Made
    problems: Sequence[Problem] = ()
    changes: Sequence[Change] = ()


def convert(root: Any, maps: Maps, negatives: Negatives) -> Conversion:
    """Return the conversion of Maho's tree (parsed JSON).

    The result still has to be parsed, because the parser checks codes and limits.
    """
    converting = _Converting(maps, negatives)
    made = converting.root(root)
    return Conversion(made, converting.problems, converting.changes)


@dataclass
class _Converting:
    """The state of one conversion."""

    maps: Maps
    negatives: Negatives
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def root(self, raw: Any) -> Made:
        if isinstance(raw, dict):
            raw = as_maho(raw)
        if isinstance(raw, dict) and is_condition(raw.get("type")):
            self._problem("type", "not_a_group", _("The root is a combination of conditions."))
            return Made("", {"match": "all", "conditions": []})
        return self._node(raw, "", 1) or Made("", {"match": "all", "conditions": []})

    def _problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def _node(self, raw: Any, path: str, depth: int) -> Made | None:
        if not isinstance(raw, dict):
            self._problem(path, "not_a_node", _("A condition is an object with a “type”."))
            return None
        raw = as_maho(raw)
        type_ = self._key(raw, "type", path)
        if type_ is None:
            return None
        if type_ == COMBINE:
            return self._combine(raw, path, depth)
        if is_condition(type_):
            return self._condition(raw, path)
        self._problem(
            _path_of(path, "type"),
            "unknown_type",
            _("%(type)s is not a type of conditions that can be imported.")
            % {"type": quote_value(type_)},
        )
        return None

    def _key(self, raw: dict[str, Any], key: str, path: str, code: str = "missing_key") -> Any:
        """Return the value of a required key; None, with a problem reported, if it is missing."""
        if raw.get(key) is None:
            self._problem(_path_of(path, key), code, _("“%(key)s” is missing.") % {"key": key})
        return raw.get(key)

    # Combinations -------------------------------------------------------------------------------
    def _combine(self, raw: dict[str, Any], path: str, depth: int) -> Made | None:
        match = self._match(raw, path)
        at = _path_of(path, "conditions")
        below = raw.get("conditions") or []
        if not isinstance(below, list):
            self._problem(at, "not_a_list", _("“conditions” is a list of conditions."))
            return None
        if not below and depth > 1:
            self._problem(
                at, "empty_group", _("The combination is empty: give it a condition, or remove it.")
            )
            return None
        if depth > DEPTH_LIMIT:  # The parser refuses the node, and need not see its children.
            below = below[:0]
        children = tuple(
            self._node(child, f"{at}[{index}]", depth + 1) or _placeholder(f"{at}[{index}]")
            for index, child in enumerate(below)
        )
        return Made(path, {"match": match or "all", "conditions": []}, children)

    def _match(self, raw: dict[str, Any], path: str) -> str | None:
        aggregator = self._key(raw, "aggregator", path)
        value = self._key(raw, "value", path, "missing_value")
        if aggregator is not None and aggregator not in ("all", "any"):
            self._problem(
                _path_of(path, "aggregator"),
                "unknown_aggregator",
                _("%(value)s is not “all” or “any”.") % {"value": quote_value(aggregator)},
            )
            return None
        holds = value if isinstance(value, bool) else BOOLEANS.get(str(value))
        if value is not None and holds is None:
            self._problem(
                _path_of(path, "value"),
                "not_a_boolean",
                _("%(value)s is not 1 or 0.") % {"value": quote_value(value)},
            )
        return None if aggregator is None or holds is None else MATCHES[aggregator, holds]

    # Conditions ---------------------------------------------------------------------------------
    def _condition(self, raw: dict[str, Any], path: str) -> Made | None:
        if raw.get("conditions"):
            self._problem(
                _path_of(path, "conditions"),
                "unknown_key",
                _("A condition of this type has no conditions below it."),
            )
        name = self._key(raw, "attribute", path)
        symbol = self._key(raw, "operator", path)
        value = self._key(raw, "value", path, "missing_value")
        found = None if name is None else self._target(raw["type"], name, path)
        if symbol is not None and (not isinstance(symbol, str) or symbol not in COMPARISONS):
            self._problem(
                _path_of(path, "operator"),
                "unknown_operator",
                _("%(name)s is not an operator of Maho's; these are: %(known)s.")
                % {"name": quote_value(symbol), "known": "  ".join(COMPARISONS)},
            )
            symbol = None
        if found is None or symbol is None or value is None:
            return None
        comparison = self._comparison(*found, symbol, value, path)
        if comparison is None:
            return None
        made, difference = phrase(comparison, self.negatives)
        if difference:
            self.changes.append(Change(path, difference))
        return made

    def _target(self, type_: str, name: Any, path: str) -> tuple[Target, Attribute] | None:
        target = find_target(type_, name) if isinstance(name, str) else None
        attribute = None if target is None else registry.find_attribute(target.code)
        if target is None or attribute is None:
            self._problem(
                _path_of(path, "attribute"),
                "unknown_attribute",
                _("%(name)s is not an attribute that can be imported.")
                % {"name": quote_value(name)},
            )
            return None
        return target, attribute

    def _comparison(
        self, target: Target, attribute: Attribute, symbol: str, raw: Any, path: str
    ) -> Comparison | None:
        def compare_figure(
            operator: str, value: Any = None, *, or_empty: bool = False
        ) -> Comparison:
            return Comparison(path, attribute, target.figure, operator, value, or_empty)

        if isinstance(raw, list):
            symbol = OF_SEVERAL.get(symbol, symbol)
        if raw == "" and symbol in EMPTY:
            return compare_figure(EMPTY[symbol])
        operator = operator_for(symbol, attribute.type)
        if operator is None or (symbol in CONTAINS and _compares_whole(target, attribute)):
            self._problem(
                _path_of(path, "operator"),
                "wrong_operator",
                _("“%(label)s” (%(type)s) cannot be compared by %(symbol)s.")
                % {"label": attribute.label, "type": attribute.type.label, "symbol": symbol},
            )
            return None
        values = self._values(target, attribute, symbol, raw, path)
        if values is None:
            return None
        if target.is_negated:
            operator = TURNED.get(operator, operator)
            self.changes.append(Change(path, _turned_message(attribute)))
        given = [value for value in values if value is not None]
        if not given:
            twin = attribute.type.operators[operator].twin
            return compare_figure("is_empty" if twin is None else "is_not_empty")
        or_empty = len(given) < len(values)
        return compare_figure(operator, given if symbol in LISTS else given[0], or_empty=or_empty)

    def _values(
        self, target: Target, attribute: Attribute, symbol: str, raw: Any, path: str
    ) -> list[Any] | None:
        """Return the value or values; None, with a problem reported, if one of them is invalid."""
        at = _path_of(path, "value")
        found = elements(raw) if symbol in LISTS else [raw]
        if target.or_text and symbol in CONTAINS:
            return found  # part of a name, even if it is a number
        try:
            values = [read_value(one, target, attribute.type, self.maps) for one in found]
            if not values:
                raise BadValue("empty_value", _("The list is empty: name at least one value."))
        except BadValue as error:
            self._problem(at, error.code, error.message)
            return None
        if has_time_of_day(raw, attribute.type):
            self.changes.append(
                Change(at, _("The time of day is left out: the condition is about whole days."))
            )
        return values


def _compares_whole(target: Target, attribute: Attribute) -> bool:
    """Return whether ids stand for text, so that the text cannot be searched by an id's digits."""
    return bool(target.ids) and not target.or_text and attribute.type.name == "text"


def _turned_message(attribute: Attribute) -> str:
    return _(
        "“%(label)s”: discounts are negative in Maho and positive here; the sign of the value and "
        "the direction of the comparison are turned."
    ) % {"label": attribute.label}


def _placeholder(origin: str) -> Made:
    # A placeholder for a refused condition, so that the other conditions keep their paths.
    return Made(origin, {"attribute": "customer.id", "operator": "is_not_empty"})


def _path_of(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
