"""Ranks: operators that compare a figure with those of others, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.language.operators.ranks import RANKS, Measure, RankOperator
from conditions.language.types import NumberType, RangeType, ValueType
from conditions.nodes.ranks import RankedRows, RankedValue
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Group
from conditions.parsing.conditions import RANK_KEYS, Conditions, times_json
from conditions.parsing.findings import path_to
from conditions.ranking.population import IN_SCOPE, Chosen, Members, Population, find_memberships
from conditions.ranking.rank import PARTS, Rank
from conditions.sql.place import Relation
from core.text.exact_numbers import BadValue, number_of

MOST = 1_000_000
TIES = ("in", "out")
SCOPE = "scope"
# The keys of a relation group about its rows and periods, for any kind of comparison.
OF_ROWS = ("conditions", "first", "last", "periods")


def rank_operator(raw: Mapping[str, Any]) -> RankOperator | None:
    """Return the operator of a node's rank; None for any other node."""
    name = raw.get("operator")
    return RANKS.get(name) if isinstance(name, str) else None


def takes_rank(type_: ValueType, operator: RankOperator) -> bool:
    """Return whether figures of a type can have such a rank: only numbers have an average."""
    return isinstance(type_, RangeType if operator.is_place else NumberType)


def is_ranked(attribute: Attribute) -> bool:
    """Return whether ranks can compare an attribute; the database must have its value."""
    is_figure = attribute.relation is None and isinstance(attribute.type, RangeType)
    return is_figure and not (attribute.infinite or attribute.values_only)


@dataclass
class Ranks(Conditions):
    """Reads ranks."""

    _is_in_population: bool = False

    def population_group(self, raw: Mapping[str, Any], path: str, depth: int) -> Group | None:
        """Read the group that chooses a population, a node like any other.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def ranked_value(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> RankedValue | None:
        """Read a condition whose operator is that of a rank."""
        operator = RANKS[raw["operator"]]
        self.check_keys(raw, path, {"attribute", "operator", "value", *RANK_KEYS})
        attribute = self.attribute(raw["attribute"], path_to(path, "attribute"), relation)
        if attribute is None or not self.may_stand(attribute, path_to(path, "attribute")):
            return None
        if relation is not None or attribute.relation is not None:
            self.refuse_rank_of_rows(path)
            return None
        if not self.may_rank(attribute.type, operator, path):
            return None
        if not is_ranked(attribute):
            self.problem(
                path_to(path, "attribute"),
                "not_comparable",
                _("“%(label)s” cannot be compared with the figures of others: choose another one.")
                % {"label": attribute.label},
            )
            return None
        rank, json_ = self.rank(raw, path, operator, depth)
        if rank is None:
            return None
        return RankedValue(path, json_, attribute, operator, None, rank=rank)

    def ranked_rows(
        self, raw: Mapping[str, Any], node: RelationGroup, depth: int
    ) -> RankedRows | None:
        """Return a relation group, read without its rank, together with its rank."""
        rank, json_ = self.rank(raw, node.path, RANKS[raw["operator"]], depth)
        if rank is None:
            return None
        of_rows = {key: node.json[key] for key in OF_ROWS if key in node.json}
        return RankedRows(
            node.path,
            json_ | of_rows,
            node.relation,
            node.aggregate,
            node.of,
            None,
            None,
            node.group,
            node.limit,
            node.periods,
            rank=rank,
        )

    def refuse_rank_of_rows(self, path: str) -> None:
        """Report a rank of something that belongs to rows."""
        self.problem(
            path_to(path, "operator"),
            "only_of_customers",
            _(
                "Customers are compared with each other, not rows: compare a figure of a relation "
                "group, such as the largest (max) or the sum."
            ),
        )

    def may_rank(self, type_: ValueType, operator: RankOperator, path: str) -> bool:
        """Return whether figures of a type can have such a rank; report it where they cannot."""
        fits = takes_rank(type_, operator)
        if not fits:
            text = _("“%(name)s” is for numbers and dates; “%(type)s” is neither.")
            if not operator.is_place:
                text = _("“%(name)s” is for numbers; “%(type)s” is none.")
            self.problem(
                path_to(path, "operator"),
                "wrong_operator",
                text % {"name": operator.label, "type": type_.label},
            )
        return fits

    def rank(
        self, raw: Mapping[str, Any], path: str, operator: RankOperator, depth: int
    ) -> tuple[Rank | None, dict[str, Any]]:
        """Return a node's rank, and the node as it is stored; None where the rank is wrong."""
        before = len(self.problems)
        json_ = dict(raw)
        number, times = Decimal(0), Decimal(1)
        if operator.is_place:
            number = self._number(raw, path, operator)
            self._refuse(raw, path, operator, "times")
        else:
            self._refuse(raw, path, operator, "value")
            self._refuse(raw, path, operator, "ties")
            times = self._factor(raw, path)
        ties = self._choice(raw, path, "ties", TIES) if operator.is_place else None
        per = self._choice(raw, path, "per", PARTS)
        among = self._population(raw, path, depth)
        if len(self.problems) > before or among is None:
            return None, {}
        if "value" in raw:
            whole = operator.measure is Measure.NUMBER
            json_["value"] = int(number) if whole else format(number.normalize(), "f")
        if isinstance(among, Chosen) and isinstance(among.group, Group):
            json_["among"] = among.group.json
        found = Rank(operator, number, times, per or "", among, ties_out=ties == "out")
        return found, times_json(json_)

    def _number(self, raw: Mapping[str, Any], path: str, operator: RankOperator) -> Decimal:
        at = path_to(path, "value")
        if "value" not in raw:
            self.problem(
                at, "missing_value", _("“%(name)s” needs a value.") % {"name": operator.label}
            )
            return Decimal(0)
        try:
            number = number_of(raw["value"])
        except BadValue as error:
            self.problem(at, error.code, error.message)
            return Decimal(0)
        if operator.measure is Measure.PERCENT:
            if not 0 < number <= 100:
                text = _("The number must be above 0, and at most 100.")
                self.problem(at, "out_of_range", text)
        elif number != number.to_integral_value():
            self.problem(at, "not_a_whole_number", _("A whole number is needed here."))
        elif not 1 <= number <= MOST:
            text = _("The number must lie between 1 and %(limit)s.") % {"limit": f"{MOST:,}"}
            self.problem(at, "out_of_range", text)
        return number

    def _factor(self, raw: Mapping[str, Any], path: str) -> Decimal:
        try:
            return number_of(raw["times"]) if "times" in raw else Decimal(1)
        except BadValue as error:
            self.problem(path_to(path, "times"), error.code, error.message)
            return Decimal(1)

    def _refuse(self, raw: Mapping[str, Any], path: str, operator: RankOperator, key: str) -> None:
        if key in raw:
            text = _("“%(name)s” takes no “%(key)s”.") % {"name": operator.label, "key": key}
            self.problem(path_to(path, key), "unused_key", text)

    def _choice(self, raw: Mapping[str, Any], path: str, key: str, allowed: Any) -> str | None:
        if key not in raw:
            return None
        chosen = raw[key]
        if isinstance(chosen, str) and chosen in allowed:
            return chosen
        self.not_one_of(path_to(path, key), "unknown_choice", chosen, allowed)
        return None

    def _population(self, raw: Mapping[str, Any], path: str, depth: int) -> Population | None:
        at = path_to(path, "among")
        if self._is_in_population:
            self.problem(
                at,
                "nested_among",
                _(
                    "The customers who are compared with cannot depend on a rank themselves: make "
                    "a segment of it, and compare with its members."
                ),
            )
            return None
        among = raw.get("among", SCOPE)
        if among == SCOPE:
            return IN_SCOPE
        if not isinstance(among, Mapping):
            known = [SCOPE, '{"segment": ...}', '{"match": ...}']
            self.not_one_of(at, "unknown_choice", among, known)
            return None
        if "segment" in among:
            return self._members(among, at)
        return self._parse_population(among, at, depth)

    def _members(self, among: Mapping[str, Any], at: str) -> Members | None:
        before = len(self.problems)
        self.check_keys(among, at, {"segment"})
        code, memberships = among["segment"], find_memberships()
        where = path_to(at, "segment")
        if memberships is None or not isinstance(code, str):
            text = _("There is no segment “%(code)s”.") % {"code": code}
            self.problem(where, "unknown_segment", text)
            return None
        try:
            behind = self._nodes_behind(memberships, [code])
        except BadValue as refusal:
            self.problem(where, refusal.code, refusal.message)
            return None
        if not self._has_room(behind, where) or len(self.problems) > before:
            return None
        return Members(code)

    def _parse_population(self, among: Mapping[str, Any], at: str, depth: int) -> Chosen | None:
        before = len(self.problems)
        if set(among) - {"match", "conditions"}:
            self.check_keys(among, at, {"match", "conditions", "segment"})
            return None
        self._is_in_population = True
        group = self.population_group(among, at, depth + 1)
        self._is_in_population = False
        return None if group is None or len(self.problems) > before else Chosen(group)
