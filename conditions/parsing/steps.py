"""The order of events: a list of steps, each of which follows the step before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from conditions import registry
from conditions.chains.chain import EventChain
from conditions.chains.step import ChainStep, sku_of
from conditions.language.gaps import AFTER, FEWEST_STEPS, MOST, MOST_STEPS, WITHIN, Gap
from conditions.parsing.findings import path_to
from conditions.parsing.nodes import Nodes
from conditions.parsing.row_limits import ENDS
from conditions.sql.place import Relation
from core.text.exact_numbers import BadValue, whole_number_of

KEYS = {"relation", "at", "match", "conditions", "only", *AFTER, *WITHIN, "same", "not"}
# The keys that compare a step with the step before; a first step has none of them.
OF_STEP_BEFORE = {*AFTER, *WITHIN, "same", "not"}


@dataclass(frozen=True)
class _Place:
    """The place of a step: its path, the raw step before, and whether it is the last."""

    path: str
    before: Any
    is_last: bool

    @property
    def is_first(self) -> bool:
        return self.before is None

    def at(self, key: str) -> str:
        return path_to(self.path, key)


@dataclass
class Steps(Nodes):
    """Reads a whole tree, steps included."""

    def chain(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> EventChain | None:
        self.check_keys(raw, path, {"steps"})
        at, listed = path_to(path, "steps"), raw["steps"]
        found = len(self.problems)
        if relation is not None:
            self.problem(
                at,
                "only_of_customers",
                _("An order of events is asked of a customer: it cannot stand inside rows."),
            )
        if not isinstance(listed, list):
            self.problem(at, "not_a_list", _("“steps” is a list of what happened, in order."))
            return None
        if not FEWEST_STEPS <= len(listed) <= MOST_STEPS:
            self.problem(
                at,
                "out_of_range",
                _("An order of events has %(fewest)s to %(most)s steps.")
                % {"fewest": FEWEST_STEPS, "most": MOST_STEPS},
            )
        last = len(listed) - 1
        steps = [
            self._step(one, _Place(f"{at}[{index}]", before, index == last), depth + 1)
            for index, (before, one) in enumerate(zip([None, *listed], listed, strict=False))
        ]
        ready = [step for step in steps if step is not None]
        if len(self.problems) > found or len(ready) < len(listed):
            return None
        return EventChain(path, {**raw, "steps": [step.json for step in ready]}, ready)

    def _step(self, raw: Any, place: _Place, depth: int) -> ChainStep | None:
        if not self.counts_node(place.path, depth):
            return None
        if not isinstance(raw, Mapping):
            self.problem(
                place.path, "not_a_node", _("A step is an object with a “relation”: its rows.")
            )
            return None
        self.check_keys(raw, place.path, KEYS)
        relation, time = None, None
        if "relation" in raw:
            relation = self.relation(raw["relation"], place.at("relation"), None)
        else:
            self.problem(
                place.at("relation"), "missing_key", _("“relation” is missing: which rows?")
            )
        if relation is not None:
            time = self.row_time(raw, place.path, relation, asking="relation")
        group = self.rows_group(raw, place.path, relation, depth)
        is_absent = self._is_absent(raw, place)
        self._check_unused(raw, place, is_absent=is_absent)
        only = self._only(raw, place)
        after, within = self._gap(raw, place, AFTER), self._gap(raw, place, WITHIN)
        if after is not None and within is not None and after.hours > within.hours:
            self.problem(
                place.at(f"within_{within.unit}"),
                "swapped_ends",
                _("The least time between the two events is above the greatest: swap them."),
            )
        same = self._same(raw, place, relation)
        if relation is None or time is None or group is None:
            return None
        json_ = dict(group.json)
        for name, gap in (("after", after), ("within", within)):
            if gap is not None:
                json_[f"{name}_{gap.unit}"] = gap.number
        group = replace(group, json={})
        return ChainStep(
            place.path, json_, relation, time, group, only, after, within, same, is_absent
        )

    def _check_unused(self, raw: Mapping[str, Any], place: _Place, *, is_absent: bool) -> None:
        """Report, in document order, the keys that have no meaning for the step at `place`."""
        seen: set[str] = set()
        for key in raw:
            pair = key.partition("_")[0]
            if place.is_first and key in OF_STEP_BEFORE:
                text = _("There is no step before the first one: “%(key)s” says nothing here.")
            elif is_absent and key in {*AFTER, "only"}:
                text = _("“%(key)s” says nothing of a step that is not to follow.")
            elif key in {*AFTER, *WITHIN} and pair in seen:
                text = _("Say “%(pair)s” in hours or in days, not in both.")
            else:
                seen |= {pair} if key in {*AFTER, *WITHIN} else set()
                continue
            self.problem(place.at(key), "unused_key", text % {"key": key, "pair": pair})

    def _is_absent(self, raw: Mapping[str, Any], place: _Place) -> bool:
        value = raw.get("not", False)
        if "not" not in raw or place.is_first:
            return False
        if not place.is_last:
            self.problem(
                place.at("not"), "not_last", _("Only the last step can be one that did not follow.")
            )
            return False
        if not isinstance(value, bool):
            self.problem(place.at("not"), "not_a_boolean", _("“not” is true or false."))
            return False
        return value

    def _only(self, raw: Mapping[str, Any], place: _Place) -> str | None:
        value = raw.get("only")
        if "only" in raw and value not in ENDS:
            self.not_one_of(place.at("only"), "unknown_choice", value, ENDS)
        return value if isinstance(value, str) else None

    def _gap(self, raw: Mapping[str, Any], place: _Place, keys: Sequence[str]) -> Gap | None:
        """Return the first of the two lengths of time that `raw` has; None without one."""
        for key in raw:
            if key in keys and not place.is_first:
                unit = key.partition("_")[2]
                try:
                    return Gap(whole_number_of(raw[key], MOST[unit]), unit)
                except BadValue as refusal:
                    self.problem(place.at(key), refusal.code, refusal.message)
                    return None
        return None

    def _same(self, raw: Mapping[str, Any], place: _Place, relation: Relation | None) -> bool:
        if "same" not in raw or place.is_first:
            return False
        if raw["same"] != "sku":
            self.not_one_of(place.at("same"), "unknown_choice", raw["same"], ["sku"])
            return False
        name = place.before.get("relation") if isinstance(place.before, Mapping) else None
        before = registry.find_relation(name) if isinstance(name, str) else None
        for one in (relation, before):
            if one is not None and sku_of(one) is None:
                self.problem(
                    place.at("same"),
                    "wrong_relation",
                    _("The rows of “%(relation)s” are about no product: they have no SKU.")
                    % {"relation": one.name},
                )
                return False
        return True
