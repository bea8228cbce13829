"""Conditions: an attribute against a value, or against another attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.comparison import Against, takes_attribute
from conditions.language.operators import Operator, Takes
from conditions.language.types import NumberType, comparable
from conditions.nodes.tree import Condition
from conditions.parsing.findings import path_to
from conditions.parsing.values import Values
from conditions.sql.place import Relation
from core.text.exact_numbers import BadValue, number_of

# Keys of the operators that compare with others (see `parsing.ranks`).
RANK_KEYS = ("among", "per", "ties", "times")


@dataclass
class Conditions(Values):
    """Reads conditions."""

    def refuse_rank_keys(self, raw: Mapping[str, Any], path: str) -> None:
        """Report the keys of ranks at a node with another operator."""
        for key in RANK_KEYS:
            if key in raw:
                text = _("“%(key)s” is for operators that compare with others, such as “in_top”.")
                self.problem(path_to(path, key), "unused_key", text % {"key": key})

    def condition(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None
    ) -> Condition | None:
        self.check_keys(raw, path, {"attribute", "operator", "value", *RANK_KEYS})
        self.refuse_rank_keys(raw, path)
        attribute = self.attribute(raw["attribute"], path_to(path, "attribute"), relation)
        if attribute is None:
            return None
        operator = self.operator(raw, path, attribute.type)
        if operator is None or not self.may_stand(attribute, path_to(path, "attribute")):
            return None
        if operator.takes is not Takes.PART and isinstance(raw.get("value"), Mapping):
            against = self._parse_against(raw["value"], path, attribute, operator, relation)
            if against is None:
                return None
            json_ = {**raw, "value": times_json(raw["value"])}
            return Condition(path, json_, attribute, operator, against)
        found, value = self.value(raw, path, attribute.type, operator, attribute)
        if not found:
            return None
        json_ = dict(raw) if value is None else {**raw, "value": value.stored}
        return Condition(path, json_, attribute, operator, value)

    def _parse_against(
        self,
        raw: Mapping[str, Any],
        path: str,
        attribute: Attribute,
        operator: Operator,
        relation: Relation | None,
    ) -> Against | None:
        at = path_to(path, "value")
        if not takes_attribute(attribute.type, operator) or attribute.values_only:
            self.problem(
                at,
                "not_comparable",
                _("“%(name)s” takes a value, not another attribute.") % {"name": operator.label},
            )
            return None
        before = len(self.problems)
        self.check_keys(raw, at, {"attribute", "times"})
        times = self._times(raw, at, attribute)
        if "attribute" not in raw:
            self.problem(path_to(at, "attribute"), "missing_key", _("“attribute” is missing."))
            return None
        other = self._other(raw["attribute"], path_to(at, "attribute"), attribute, relation)
        if other is None or len(self.problems) > before:
            return None
        return Against(other, times)

    def _times(self, raw: Mapping[str, Any], at: str, attribute: Attribute) -> Decimal:
        if "times" not in raw:
            return Decimal(1)
        if not isinstance(attribute.type, NumberType):
            self.problem(path_to(at, "times"), "unused_key", _("“times” is for numbers only."))
            return Decimal(1)
        try:
            return number_of(raw["times"])
        except BadValue as error:
            self.problem(path_to(at, "times"), error.code, error.message)
            return Decimal(1)

    def _other(
        self, code: Any, at: str, attribute: Attribute, relation: Relation | None
    ) -> Attribute | None:
        # A condition directly on many rows compares within one row, so both sides belong to it.
        if relation is None and attribute.relation is not None:
            relation = registry.relation(attribute.relation)
        other = self.attribute(code, at, relation)
        if other is None:
            return None
        if relation is None and other.relation is not None:
            self.problem(
                at,
                "wrong_relation",
                _(
                    "“%(code)s” has many values; both sides must be about the customer, or about "
                    "the same row."
                )
                % {"code": code},
            )
            return None
        if not other.comparable or not comparable(attribute.type, other.type):
            self.problem(
                at,
                "not_comparable",
                _("“%(label)s” cannot be compared with “%(other)s”.")
                % {"label": attribute.label, "other": other.label},
            )
            return None
        return other


def times_json(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object in its stored form: a valid factor becomes a text."""
    stored = dict(raw)
    if "times" in stored and not isinstance(stored["times"], str):
        stored["times"] = format(number_of(stored["times"]).normalize(), "f")
    return stored
