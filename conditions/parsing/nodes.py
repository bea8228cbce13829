"""Nodes: the root, groups, relation groups, and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Aggregate, Figure
from conditions.language.operators import Operator
from conditions.language.types import Value
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import MATCHES, Group, Node
from conditions.parsing.conditions import RANK_KEYS
from conditions.parsing.findings import path_to
from conditions.parsing.ranks import Ranks, rank_operator
from conditions.parsing.row_limits import KEYS_OF_TIME, RowLimits
from conditions.sql.place import Relation
from core.text.formats import quote_value

DEPTH_LIMIT = 10
NODE_LIMIT = 200


@dataclass
class Nodes(RowLimits, Ranks):
    """Reads a whole tree."""

    _nodes: int = 0

    def root(self, raw: Any, relation: Relation | None = None) -> Group | None:
        if not isinstance(raw, Mapping) or not {"match", "conditions"} & set(raw):
            self.problem(
                "",
                "not_a_group",
                _("A tree is a group: an object with “match” and “conditions”."),
            )
            return None
        if {"attribute", "relation", "steps"} & set(raw):
            self.problem(
                "",
                "not_a_group",
                _("The root is a group; put the condition into its “conditions”."),
            )
            return None
        node = self._group(raw, "", relation, 1)
        return node if isinstance(node, Group) else None

    def _node(self, raw: Any, path: str, relation: Relation | None, depth: int) -> Node | None:
        if not self.counts_node(path, depth):
            return None
        if isinstance(raw, Mapping):
            if "attribute" in raw:
                if rank_operator(raw) is not None:
                    return self.ranked_value(raw, path, relation, depth)
                return self.condition(raw, path, relation)
            if "relation" in raw:
                return self._relation_group(raw, path, relation, depth)
            if "steps" in raw:
                return self.chain(raw, path, relation, depth)
            if "match" in raw or "conditions" in raw:
                return self._group(raw, path, relation, depth)
        self.problem(
            path,
            "not_a_node",
            _(
                "A node is a group (“match”, “conditions”), a condition (“attribute”), a relation "
                "group (“relation”) or an order of events (“steps”)."
            ),
        )
        return None

    def chain(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> Node | None:
        """Return the order of events that `raw` is, or None where it is not valid.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def counts_node(self, path: str, depth: int) -> bool:
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
            return False
        return True

    def _group(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> Group | None:
        self.check_keys(raw, path, {"match", "conditions"})
        match = self._match(raw, path, required=True)
        children = self._children(raw, path, relation, depth, required=True)
        if children is None or match is None:
            return None
        if not raw["conditions"] and depth > 1:
            self.problem(
                path_to(path, "conditions"),
                "empty_group",
                _("The group is empty: give it a condition, or remove it."),
            )
        return Group(path, _with_children(raw, children), match, children)

    def population_group(self, raw: Mapping[str, Any], path: str, depth: int) -> Group | None:
        node = self._node(raw, path, None, depth)
        return node if isinstance(node, Group) else None

    def _match(self, raw: Mapping[str, Any], path: str, *, required: bool) -> str | None:
        if "match" not in raw:
            if not required:
                return "all"
            self.problem(
                path_to(path, "match"),
                "missing_key",
                _("“match” is missing: one of %(allowed)s.") % {"allowed": ", ".join(MATCHES)},
            )
            return None
        match = raw["match"]
        if not isinstance(match, str) or match not in MATCHES:
            self.not_one_of(path_to(path, "match"), "unknown_match", match, MATCHES)
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
        at = path_to(path, "conditions")
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

    def _relation_group(
        self, raw: Mapping[str, Any], path: str, outer: Relation | None, depth: int
    ) -> RelationGroup | None:
        self.check_keys(
            raw,
            path,
            {"relation", "aggregate", "of", "operator", "value", "match", "conditions", *RANK_KEYS}
            | KEYS_OF_TIME,
        )
        rank = rank_operator(raw)
        if rank is None:
            self.refuse_rank_keys(raw, path)
        relation = self.relation(raw["relation"], path_to(path, "relation"), outer)
        aggregate = self._aggregate(raw, path)
        before = len(self.problems)
        limit, periods = self.limit_and_periods(raw, path, relation, outer, aggregate, depth)
        are_right = len(self.problems) == before
        group = self.rows_group(raw, path, relation, depth)
        if relation is None or aggregate is None:
            return None
        ready, of, operator, value = self._figure(raw, path, relation, aggregate)
        if rank is not None and outer is not None:
            self.refuse_rank_of_rows(path)
            return None
        if not ready or group is None or not are_right:
            return None
        json_ = dict(group.json)
        if value is not None:
            json_["value"] = value.stored
        if limit is not None:
            json_[limit.end] = limit.group.json if limit.is_group else limit.number
        if periods is not None:
            json_["periods"] = {"unit": periods.periods.unit, "count": periods.periods.count}
        node = RelationGroup(
            path, json_, relation, aggregate, of, operator, value, group, limit, periods
        )
        return node if rank is None else self.ranked_rows(raw, node, depth)

    def rows_group(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> Group | None:
        match = self._match(raw, path, required=False)
        if relation is None:
            return None
        children = self._children(raw, path, relation, depth, required=False)
        if match not in {None, "all"} and not raw.get("conditions"):
            self.problem(
                path_to(path, "match"),
                "unused_key",
                _("Without conditions every row counts; “match” can only be “all”."),
            )
        if children is None or match is None:
            return None
        json_ = _with_children(raw, children) if "conditions" in raw else dict(raw)
        return Group(path, json_, match, children)

    def relation(self, name: Any, at: str, outer: Relation | None) -> Relation | None:
        relation = registry.find_relation(name) if isinstance(name, str) else None
        if relation is None:
            self.problem(
                at,
                "unknown_relation",
                _("%(name)s is not a relation.") % {"name": quote_value(name)},
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
            self.not_one_of(path_to(path, "aggregate"), "unknown_aggregate", name, AGGREGATES)
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
                path_to(path, key),
                "unused_key",
                _("“%(aggregate)s” takes no “%(key)s”.")
                % {"aggregate": aggregate.name, "key": key},
            )
        if not isinstance(aggregate, Figure):
            return not misplaced, None, None, None
        if not aggregate.is_offered(relation):
            self.problem(
                path_to(path, "aggregate"),
                "wrong_relation",
                _("“%(aggregate)s” needs rows with a time of their own; “%(relation)s” have none.")
                % {"aggregate": aggregate.name, "relation": relation.name},
            )
            return False, None, None, None
        of = self._of(raw, path, relation, aggregate) if aggregate.needs_of else None
        if aggregate.needs_of and of is None:
            return False, None, None, None
        type_ = aggregate.result_type(of)
        if (rank := rank_operator(raw)) is not None:
            return self.may_rank(type_, rank, path) and not misplaced, of, None, None
        operator = self.operator(raw, path, type_, among=set(aggregate.operators(of)))
        if operator is None:
            return False, None, None, None
        if isinstance(raw.get("value"), Mapping):
            self.problem(
                path_to(path, "value"),
                "not_comparable",
                _("An aggregate is compared with a value, not with an attribute."),
            )
            return False, None, None, None
        found, value = self.value(raw, path, type_, operator, aggregate.choosing(of))
        return found and not misplaced, of, operator, value

    def _of(
        self, raw: Mapping[str, Any], path: str, relation: Relation, aggregate: Figure
    ) -> Attribute | None:
        at = path_to(path, "of")
        if "of" not in raw:
            self.problem(
                at,
                "missing_key",
                _("“%(aggregate)s” needs “of”: an attribute of the rows.")
                % {"aggregate": aggregate.name},
            )
            return None
        of = self.attribute(raw["of"], at, relation)
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
        if not aggregate.accepts(of):
            self.problem(
                at,
                "wrong_type",
                _("“%(label)s” (%(type)s) has no “%(aggregate)s”.")
                % {"label": of.label, "type": of.type.label, "aggregate": aggregate.name},
            )
            return None
        return of


def _with_children(raw: Mapping[str, Any], children: list[Node]) -> dict[str, Any]:
    return {**raw, "conditions": [child.json for child in children]}
