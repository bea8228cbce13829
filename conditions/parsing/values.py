"""Attributes, operators and values: whether they exist and fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.operators import Operator, Takes
from conditions.language.operators.ranks import RANKS
from conditions.language.types import TYPES, BadKeys, Value, ValueType
from conditions.parsing.findings import Findings, path_to
from conditions.sql.place import Relation
from core.problems import Problem
from core.text.exact_numbers import BadValue
from core.text.formats import quote_value

EXPANDED_LIMIT = 2_000
LISTED_LIMIT = 5_000
ALL_OPERATORS = {name for type_ in TYPES.values() for name in type_.operators} | set(RANKS)


@dataclass
class Values(Findings):
    """Reads attributes, operators and values of conditions."""

    _listed: int = 0
    _behind: int = 0
    _attributes: dict[str, Attribute | None] = field(default_factory=dict)
    _known: dict[tuple[int, str], bool] = field(default_factory=dict)
    _behind_codes: dict[tuple[str, ...], int] = field(default_factory=dict)

    def _find(self, code: str) -> Attribute | None:
        if code not in self._attributes:
            self._attributes[code] = registry.find_attribute(code)
        return self._attributes[code]

    def attribute(self, code: Any, at: str, relation: Relation | None) -> Attribute | None:
        attribute = self._find(code) if isinstance(code, str) else None
        if attribute is None:
            refusal = registry.refusal_of(code) if isinstance(code, str) else None
            if refusal is not None:
                self.problem(at, refusal.code, refusal.message)
                return None
            self.problem(
                at,
                "unknown_attribute",
                _("%(code)s is not an attribute.") % {"code": quote_value(code)},
            )
            return None
        if relation is not None and (
            attribute.relation is None or attribute.prefix not in relation.paths
        ):
            self.problem(
                at,
                "wrong_relation",
                _("“%(code)s” does not belong to “%(relation)s”.")
                % {"code": code, "relation": relation.name},
            )
            return None
        return attribute

    def operator(
        self, raw: Mapping[str, Any], path: str, type_: ValueType, *, among: set[str] | None = None
    ) -> Operator | None:
        at = path_to(path, "operator")
        allowed = [name for name in type_.operators if among is None or name in among]
        if "operator" not in raw:
            self.problem(
                at,
                "missing_key",
                _("“operator” is missing: one of %(allowed)s.") % {"allowed": ", ".join(allowed)},
            )
            return None
        name = raw["operator"]
        if not isinstance(name, str) or name not in allowed:
            known = isinstance(name, str) and name in ALL_OPERATORS
            self.problem(
                at,
                "wrong_operator" if known else "unknown_operator",
                _("%(name)s is not an operator of the type “%(type)s”; these are: %(allowed)s.")
                % {"name": quote_value(name), "type": type_.label, "allowed": ", ".join(allowed)},
            )
            return None
        return type_.operators[name]

    def value(
        self,
        raw: Mapping[str, Any],
        path: str,
        type_: ValueType,
        operator: Operator,
        attribute: Attribute | None,
    ) -> tuple[bool, Value | None]:
        """Return whether the value is valid, and the value (None where the operator takes none)."""
        at = path_to(path, "value")
        if operator.takes is Takes.NOTHING:
            if "value" in raw:
                self.problem(
                    at, "unused_key", _("“%(name)s” takes no value.") % {"name": operator.label}
                )
                return False, None
            return True, None
        if "value" not in raw:
            self.problem(
                at, "missing_value", _("“%(name)s” needs a value.") % {"name": operator.label}
            )
            return False, None
        try:
            value = type_.parse(operator, raw["value"])
        except BadValue as error:
            self.problem(at, error.code, error.message)
            return False, None
        except BadKeys as error:
            for key, refusal in error.found:
                self.problem(path_to(at, key), refusal.code, refusal.message)
            return False, None
        if attribute is not None and not self.stored:
            self.warnings += [doubt.below(at) for doubt in attribute.doubts(value)]
        return self._fits(value, at, operator, attribute), value

    def _fits(self, value: Value, at: str, operator: Operator, attribute: Attribute | None) -> bool:
        """Check what a type cannot: the tree's total of listed values, and unknown codes."""
        if operator.takes is Takes.LIST:
            before, self._listed = self._listed, self._listed + len(value.stored)
            if before <= LISTED_LIMIT < self._listed:
                self.problem(
                    at,
                    "too_many_values",
                    _("The lists of a tree have at most 5,000 values in all."),
                )
                return False
        if attribute is None or attribute.choices is None:
            return True
        codes = value.stored if isinstance(value.stored, list) else [value.stored]
        try:
            behind = self._nodes_behind(attribute, codes)
        except BadValue as refusal:
            self.problem(at, refusal.code, refusal.message)
            return False
        closed = attribute.choices.closed
        # Saving the tree warned of unknown open choices; stored trees do not look up these many
        # codes.
        unknown = self._unknown(attribute, codes) if closed or not self.stored else []
        if unknown:
            message = _("“%(label)s” has no %(codes)s.") % {
                "label": attribute.label,
                "codes": ", ".join(quote_value(code) for code in unknown[:5]),
            }
            problem = Problem(at, "unknown_choice", message)
            if closed and not self.stored:
                self.problems.append(problem)
                return False
            self.warnings.append(problem)
        return self._has_room(behind, at)

    def may_stand(self, attribute: Attribute, at: str) -> bool:
        """Return whether an attribute may be in the tree, with all trees that it refers to."""
        try:
            return self._has_room(attribute.nodes_of_itself(self.segment), at)
        except BadValue as refusal:
            self.problem(at, refusal.code, refusal.message)
            return False

    def _has_room(self, behind: int, at: str) -> bool:
        """Count nodes that the tree refers to; report where they are too many."""
        before, self._behind = self._behind, self._behind + behind
        if before <= EXPANDED_LIMIT < self._behind:
            self.problem(
                at,
                "too_many_nodes",
                _("With the segments that it refers to, the tree has more than 2,000 nodes."),
            )
            return False
        return True

    def _nodes_behind(self, attribute: Attribute, codes: list[str]) -> int:
        key = (attribute.code, *codes)
        if key not in self._behind_codes:
            self._behind_codes[key] = attribute.nodes_behind(codes, self.segment)
        return self._behind_codes[key]

    def _unknown(self, attribute: Attribute, codes: list[str]) -> list[str]:
        assert attribute.choices is not None
        source = id(attribute.choices)
        new = [code for code in codes if (source, code) not in self._known]
        if new:
            known = attribute.choices.names(new)
            self._known.update({(source, code): code in known for code in new})
        return [code for code in codes if not self._known[source, code]]
