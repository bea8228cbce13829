"""From JSON to nodes, or to every problem with its path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregated import AGGREGATES, Aggregate, result_type
from conditions.comparison import Against
from conditions.errors import InvalidTree, Problem
from conditions.operators import Operator, Takes
from conditions.place import Relation
from conditions.tree import MATCHES, Condition, Group, Node, RelationGroup
from conditions.types import (
    TYPES,
    BadValue,
    NumberType,
    RangeType,
    Value,
    ValueType,
    comparable,
    number_of,
    quoted,
)
from conditions.warnings import warnings_of

DOCUMENT_LIMIT = 256 * 1024
DEPTH_LIMIT = 10
NODE_LIMIT = 200
EXPANDED_LIMIT = 2_000
LISTED_LIMIT = 5_000
ALL_OPERATORS = {name for type_ in TYPES.values() for name in type_.operators}
_NUMERIC = {"number", "money", "integer"}


def parse_tree(
    tree: str | bytes | Mapping[str, Any] | Group,
    *,
    segment: str | None = None,
    stored: bool = False,
) -> Group:
    """Return the root of `tree`, which is JSON (text or already read) or already parsed.

    `segment` is the code of the segment whose tree it is, which it must not lead back to. With
    `stored` the tree was accepted once: a closed choice that has gone since is a warning. Raises
    `InvalidTree` with every problem, in document order.
    """
    if isinstance(tree, Group):
        return tree
    parsing = Parsing(segment=segment, stored=stored)
    raw = _read(tree)
    root = parsing.root(raw)
    if parsing.problems or root is None:
        raise InvalidTree(parsing.problems)
    return replace(root, warnings=(*parsing.warnings, *warnings_of(root)))


def _read(tree: str | bytes | Mapping[str, Any]) -> Any:
    """Return the document, read with decimals for numbers and nothing dropped."""
    try:
        if isinstance(tree, str | bytes):
            text = tree.decode() if isinstance(tree, bytes) else tree
            _refuse_beyond_limit(text)
            return json.loads(
                text,
                parse_float=Decimal,
                parse_int=_whole,
                parse_constant=_refuse_constant,
                object_pairs_hook=_without_repetition,
            )
        _refuse_beyond_limit(json.dumps(tree, default=str, ensure_ascii=False))
        return tree
    except RecursionError as error:
        raise _refused("too_deep", _("The document is nested too deep to be read.")) from error
    except _Refused as error:
        raise _refused(error.code, error.message) from error
    except (ValueError, TypeError) as error:
        raise _refused("not_json", _("This is not JSON: %(error)s") % {"error": error}) from error


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message


def _refused(code: str, message: str) -> InvalidTree:
    return InvalidTree([Problem("", code, message)])


def _refuse_beyond_limit(text: str) -> None:
    if len(text) > DOCUMENT_LIMIT or len(text.encode(errors="surrogatepass")) > DOCUMENT_LIMIT:
        raise _Refused("too_large", _("The document is larger than 256 KB."))


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 30 else Decimal(digits)


def _refuse_constant(name: str) -> None:
    raise _Refused("not_finite", _("%(name)s is not a number of JSON.") % {"name": name})


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(
            "repeated_key", _("The key “%(key)s” stands twice in one object.") % {"key": twice}
        )
    return found


@dataclass
class Parsing:
    """One reading of a document: what has been found so far."""

    segment: str | None = None
    stored: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _nodes: int = 0
    _listed: int = 0
    _behind: int = 0
    _attributes: dict[str, Attribute | None] = field(default_factory=dict)
    _known: dict[tuple[int, str], bool] = field(default_factory=dict)

    # Findings -----------------------------------------------------------------------------------
    def problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def _check_keys(self, raw: Mapping[str, Any], path: str, allowed: set[str]) -> None:
        for key in raw:
            if key not in allowed:
                self.problem(
                    _at(path, str(key)),
                    "unknown_key",
                    _("“%(key)s” is not a key here; the keys are %(allowed)s.")
                    % {"key": key, "allowed": ", ".join(sorted(allowed))},
                )

    # Nodes --------------------------------------------------------------------------------------
    def root(self, raw: Any) -> Group | None:
        if not isinstance(raw, Mapping) or not {"match", "conditions"} & set(raw):
            self.problem(
                "",
                "not_a_group",
                _("A tree is a group: an object with “match” and “conditions”."),
            )
            return None
        if "attribute" in raw or "relation" in raw:
            self.problem(
                "",
                "not_a_group",
                _("The root is a group; put the condition into its “conditions”."),
            )
            return None
        node = self._group(raw, "", None, 1)
        return node if isinstance(node, Group) else None

    def _node(self, raw: Any, path: str, relation: Relation | None, depth: int) -> Node | None:
        self._nodes += 1
        if self._nodes == NODE_LIMIT:  # the root is the first of them
            self.problem(
                path,
                "too_many_nodes",
                _("A tree has at most %(limit)s nodes.") % {"limit": NODE_LIMIT},
            )
        if depth > DEPTH_LIMIT:
            self.problem(
                path,
                "too_deep",
                _("A tree is at most %(limit)s levels deep.") % {"limit": DEPTH_LIMIT},
            )
            return None
        if isinstance(raw, Mapping):
            if "attribute" in raw:
                return self._condition(raw, path, relation)
            if "relation" in raw:
                return self._relation_group(raw, path, relation, depth)
            if "match" in raw or "conditions" in raw:
                return self._group(raw, path, relation, depth)
        self.problem(
            path,
            "not_a_node",
            _(
                "A node is a group (“match”, “conditions”), a condition (“attribute”) or a "
                "relation group (“relation”)."
            ),
        )
        return None

    def _group(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> Group | None:
        self._check_keys(raw, path, {"match", "conditions"})
        match = self._match(raw, path, required=True)
        children = self._children(raw, path, relation, depth, required=True)
        if children is None or match is None:
            return None
        if not raw["conditions"] and depth > 1:
            self.problem(
                _at(path, "conditions"),
                "empty_group",
                _("The group is empty: give it a condition, or remove it."),
            )
        return Group(path, _with_children(raw, children), match, children)

    def _match(self, raw: Mapping[str, Any], path: str, *, required: bool) -> str | None:
        if "match" not in raw:
            if not required:
                return "all"
            self.problem(
                _at(path, "match"),
                "missing_key",
                _("“match” is missing: one of %(allowed)s.") % {"allowed": ", ".join(MATCHES)},
            )
            return None
        match = raw["match"]
        if not isinstance(match, str) or match not in MATCHES:
            self.problem(
                _at(path, "match"),
                "unknown_match",
                _("%(value)s is not one of %(allowed)s.")
                % {"value": quoted(match), "allowed": ", ".join(MATCHES)},
            )
            return None
        return match

    def _children(
        self,
        raw: Mapping[str, Any],
        path: str,
        relation: Relation | None,
        depth: int,
        *,
        required: bool,
    ) -> list[Node] | None:
        at = _at(path, "conditions")
        if "conditions" not in raw:
            if not required:
                return []
            self.problem(at, "missing_key", _("“conditions” is missing: a list of nodes."))
            return None
        if not isinstance(raw["conditions"], list):
            self.problem(at, "not_a_list", _("“conditions” is a list of nodes."))
            return None
        nodes = [
            self._node(child, f"{at}[{index}]", relation, depth + 1)
            for index, child in enumerate(raw["conditions"])
        ]
        return [node for node in nodes if node is not None]

    # Conditions ---------------------------------------------------------------------------------
    def _condition(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None
    ) -> Condition | None:
        self._check_keys(raw, path, {"attribute", "operator", "value"})
        attribute = self._attribute(raw["attribute"], _at(path, "attribute"), relation)
        if attribute is None:
            return None
        operator = self._operator(raw, path, attribute.type)
        if operator is None:
            return None
        if isinstance(raw.get("value"), Mapping):
            against = self._against(raw["value"], path, attribute, operator, relation)
            if against is None:
                return None
            json_ = {**raw, "value": _against_json(raw["value"])}
            return Condition(path, json_, attribute, operator, against)
        found, value = self._value(raw, path, attribute.type, operator, attribute)
        if not found:
            return None
        json_ = dict(raw) if value is None else {**raw, "value": value.stored}
        return Condition(path, json_, attribute, operator, value)

    def _find(self, code: str) -> Attribute | None:
        if code not in self._attributes:
            self._attributes[code] = registry.find_attribute(code)
        return self._attributes[code]

    def _attribute(self, code: Any, at: str, relation: Relation | None) -> Attribute | None:
        attribute = self._find(code) if isinstance(code, str) else None
        if attribute is None:
            self.problem(
                at, "unknown_attribute", _("%(code)s is not an attribute.") % {"code": quoted(code)}
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

    def _operator(
        self, raw: Mapping[str, Any], path: str, type_: ValueType, *, among: set[str] | None = None
    ) -> Operator | None:
        at = _at(path, "operator")
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
                % {"name": quoted(name), "type": type_.label, "allowed": ", ".join(allowed)},
            )
            return None
        return type_.operators[name]

    def _value(
        self,
        raw: Mapping[str, Any],
        path: str,
        type_: ValueType,
        operator: Operator,
        attribute: Attribute | None,
    ) -> tuple[bool, Value | None]:
        """Return whether the value is right, and the value (None where none is taken)."""
        at = _at(path, "value")
        if operator.takes is Takes.NOTHING:
            if "value" in raw:
                self.problem(
                    at, "unused_key", _("“%(name)s” takes no value.") % {"name": operator.name}
                )
                return False, None
            return True, None
        if "value" not in raw:
            self.problem(
                at, "missing_value", _("“%(name)s” needs a value.") % {"name": operator.name}
            )
            return False, None
        try:
            value = type_.parse(operator, raw["value"])
        except BadValue as error:
            self.problem(at, error.code, error.message)
            return False, None
        return self._fits(value, at, operator, attribute), value

    def _fits(self, value: Value, at: str, operator: Operator, attribute: Attribute | None) -> bool:
        """Check what a value alone does not tell: the lists' sum, the codes."""
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
        refusal = attribute.refuses(codes, self.segment)
        if refusal is not None:
            self.problem(at, refusal.code, refusal.message)
            return False
        closed = attribute.choices.closed
        # What a stored tree was warned of once it is not asked again: open choices can be many.
        unknown = self._unknown(attribute, codes) if closed or not self.stored else []
        if unknown:
            message = _("“%(label)s” has no %(codes)s.") % {
                "label": attribute.label,
                "codes": ", ".join(quoted(code) for code in unknown[:5]),
            }
            problem = Problem(at, "unknown_choice", message)
            if closed and not self.stored:
                self.problems.append(problem)
                return False
            self.warnings.append(problem)
        before, self._behind = self._behind, self._behind + attribute.nodes_behind(codes)
        if before <= EXPANDED_LIMIT < self._behind:
            self.problem(
                at,
                "too_many_nodes",
                _("With the segments that it refers to, the tree has more than 2,000 nodes."),
            )
            return False
        return True

    def _unknown(self, attribute: Attribute, codes: list[str]) -> list[str]:
        assert attribute.choices is not None
        source = id(attribute.choices)
        new = [code for code in codes if (source, code) not in self._known]
        if new:
            known = attribute.choices.labels(new)
            self._known.update({(source, code): code in known for code in new})
        return [code for code in codes if not self._known[source, code]]

    def _against(
        self,
        raw: Mapping[str, Any],
        path: str,
        attribute: Attribute,
        operator: Operator,
        relation: Relation | None,
    ) -> Against | None:
        at = _at(path, "value")
        positive = operator if operator.twin is None else attribute.type.operators[operator.twin]
        if positive.compare is None or attribute.type.name in {"category", "segment"}:
            self.problem(
                at,
                "not_comparable",
                _("“%(name)s” takes a value, not another attribute.") % {"name": operator.name},
            )
            return None
        before = len(self.problems)
        self._check_keys(raw, at, {"attribute", "times"})
        times = self._times(raw, at, attribute)
        if "attribute" not in raw:
            self.problem(_at(at, "attribute"), "missing_key", _("“attribute” is missing."))
            return None
        other = self._other(raw["attribute"], _at(at, "attribute"), attribute, relation)
        if other is None or len(self.problems) > before:
            return None
        return Against(other, times)

    def _times(self, raw: Mapping[str, Any], at: str, attribute: Attribute) -> Decimal:
        if "times" not in raw:
            return Decimal(1)
        if not isinstance(attribute.type, NumberType):
            self.problem(_at(at, "times"), "unused_key", _("“times” is for numbers only."))
            return Decimal(1)
        try:
            return number_of(raw["times"])
        except BadValue as error:
            self.problem(_at(at, "times"), error.code, error.message)
            return Decimal(1)

    def _other(
        self, code: Any, at: str, attribute: Attribute, relation: Relation | None
    ) -> Attribute | None:
        # A condition directly on many rows is about one of them, and so is its other side.
        if relation is None and attribute.relation is not None:
            relation = registry.relation(attribute.relation)
        other = self._attribute(code, at, relation)
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

    # Relation groups ----------------------------------------------------------------------------
    def _relation_group(
        self, raw: Mapping[str, Any], path: str, outer: Relation | None, depth: int
    ) -> RelationGroup | None:
        self._check_keys(
            raw,
            path,
            {"relation", "aggregate", "of", "operator", "value", "match", "conditions"},
        )
        relation = self._relation(raw["relation"], _at(path, "relation"), outer)
        aggregate = self._aggregate(raw, path)
        match = self._match(raw, path, required=False)
        if relation is None:
            return None
        children = self._children(raw, path, relation, depth, required=False)
        if match not in {None, "all"} and not raw.get("conditions"):
            self.problem(
                _at(path, "match"),
                "unused_key",
                _("Without conditions every row counts; “match” can only be “all”."),
            )
        if aggregate is None:
            return None
        ready, of, operator, value = self._figure(raw, path, relation, aggregate)
        if not ready or children is None or match is None:
            return None
        json_ = _with_children(raw, children) if "conditions" in raw else dict(raw)
        if value is not None:
            json_["value"] = value.stored
        group = Group(path, {}, match, children)
        return RelationGroup(path, json_, relation, aggregate, of, operator, value, group)

    def _relation(self, name: Any, at: str, outer: Relation | None) -> Relation | None:
        relation = registry.find_relation(name) if isinstance(name, str) else None
        if relation is None:
            self.problem(
                at, "unknown_relation", _("%(name)s is not a relation.") % {"name": quoted(name)}
            )
            return None
        if outer is not None and outer.name not in relation.inside:
            self.problem(
                at,
                "wrong_relation",
                _("“%(name)s” cannot stand inside “%(outer)s”.")
                % {"name": name, "outer": outer.name},
            )
            return None
        return relation

    def _aggregate(self, raw: Mapping[str, Any], path: str) -> Aggregate | None:
        name = raw.get("aggregate", "exists")
        if not isinstance(name, str) or name not in AGGREGATES:
            self.problem(
                _at(path, "aggregate"),
                "unknown_aggregate",
                _("%(name)s is not one of %(allowed)s.")
                % {"name": quoted(name), "allowed": ", ".join(AGGREGATES)},
            )
            return None
        return AGGREGATES[name]

    def _figure(
        self, raw: Mapping[str, Any], path: str, relation: Relation, aggregate: Aggregate
    ) -> tuple[bool, Attribute | None, Operator | None, Value | None]:
        """Return whether `of`, `operator` and `value` fit the aggregate, and the three."""
        unused = [] if aggregate.needs_of else ["of"]
        unused += [] if aggregate.compares else ["operator", "value"]
        misplaced = [key for key in unused if key in raw]
        for key in misplaced:
            self.problem(
                _at(path, key),
                "unused_key",
                _("“%(aggregate)s” takes no “%(key)s”.")
                % {"aggregate": aggregate.name, "key": key},
            )
        of = self._of(raw, path, relation, aggregate) if aggregate.needs_of else None
        if not aggregate.compares:
            return not misplaced, None, None, None
        if aggregate.needs_of and of is None:
            return False, None, None, None
        type_ = result_type(aggregate, of)
        among = set(type_.operators)
        if aggregate.zero:
            among -= {"is_empty", "is_not_empty"}
        operator = self._operator(raw, path, type_, among=among)
        if operator is None:
            return False, None, None, None
        if isinstance(raw.get("value"), Mapping):
            self.problem(
                _at(path, "value"),
                "not_comparable",
                _("An aggregate is compared with a value, not with an attribute."),
            )
            return False, None, None, None
        found, value = self._value(raw, path, type_, operator, None)
        return found and not misplaced, of, operator, value

    def _of(
        self, raw: Mapping[str, Any], path: str, relation: Relation, aggregate: Aggregate
    ) -> Attribute | None:
        at = _at(path, "of")
        if "of" not in raw:
            self.problem(
                at,
                "missing_key",
                _("“%(aggregate)s” needs “of”: an attribute of the rows.")
                % {"aggregate": aggregate.name},
            )
            return None
        of = self._attribute(raw["of"], at, relation)
        if of is None:
            return None
        if of.prefix != relation.prefix:
            self.problem(
                at,
                "wrong_relation",
                _("“%(code)s” does not belong to “%(relation)s”.")
                % {"code": of.code, "relation": relation.name},
            )
            return None
        if of.many or not _can_aggregate(aggregate, of.type):
            self.problem(
                at,
                "wrong_type",
                _("“%(label)s” (%(type)s) has no “%(aggregate)s”.")
                % {"label": of.label, "type": of.type.label, "aggregate": aggregate.name},
            )
            return None
        return of


def _can_aggregate(aggregate: Aggregate, type_: ValueType) -> bool:
    if aggregate.name in {"sum", "avg"}:
        return type_.name in _NUMERIC
    if aggregate.name in {"min", "max"}:
        return isinstance(type_, RangeType)
    return True


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _with_children(raw: Mapping[str, Any], children: list[Node]) -> dict[str, Any]:
    return {**raw, "conditions": [child.json for child in children]}


def _against_json(raw: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(raw)
    if "times" in stored and not isinstance(stored["times"], str):
        stored["times"] = format(number_of(stored["times"]).normalize(), "f")
    return stored
