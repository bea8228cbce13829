"""The keys `first`, `last` and `periods` of relation groups: which rows, and which periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.bases.aggregates import Aggregate
from conditions.bases.row_periods import RowPeriods
from conditions.bases.row_time import RowTime
from conditions.language.periods import MOST_PERIODS, Periods
from conditions.language.windows import UNITS
from conditions.nodes.row_limit import MOST_ROWS, RowLimit
from conditions.nodes.tree import Group
from conditions.parsing.findings import path_to
from conditions.parsing.row_times import Moments
from conditions.sql.place import Relation
from core.text.exact_numbers import BadValue, number_of

ENDS = ("first", "last")
KEYS_OF_TIME = {"at", "periods", *ENDS}


@dataclass
class RowLimits(Moments):
    """Reads which rows a relation group looks at."""

    def counts_node(self, path: str, depth: int) -> bool:
        """Count a node, and return whether the nodes below are read; report a problem if too many.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def rows_group(
        self, raw: Mapping[str, Any], path: str, relation: Relation | None, depth: int
    ) -> Group | None:
        """Return the group by which the object `raw` at `path` chooses rows of `relation`.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def limit_and_periods(
        self,
        raw: Mapping[str, Any],
        path: str,
        relation: Relation | None,
        outer: Relation | None,
        aggregate: Aggregate | None,
        depth: int,
    ) -> tuple[RowLimit | None, RowPeriods | None]:
        """Return `first` or `last` and `periods` of a relation group, as far as they are valid.

        `outer` and `depth` are those of the group. Reports what is wrong.
        """
        if relation is None or aggregate is None:
            return None, None
        if not self._keys_fit(raw, path, outer, aggregate):
            return None, None
        end = next((key for key in ENDS if key in raw), None)
        periods = self._periods(raw, path, aggregate) if aggregate.needs_periods else None
        if end is None and not aggregate.needs_periods:
            return None, None
        time = self.row_time(raw, path, relation, asking=end or "aggregate")
        limit = None if end is None else self._limit(raw, path, end, relation, time, depth)
        if time is None or periods is None:
            return limit, None
        if not aggregate.compares:  # `stopped`: no rows in the last complete period.
            periods = periods.before_the_last()
        return limit, RowPeriods(time, periods)

    def _limit(
        self,
        raw: Mapping[str, Any],
        path: str,
        end: str,
        relation: Relation,
        time: RowTime | None,
        depth: int,
    ) -> RowLimit | None:
        at, found = path_to(path, end), raw[end]
        number = self._number_of_rows(found, at)
        group: Group | None = Group(at, {}, "all", [])
        is_group = isinstance(found, Mapping)
        if is_group:
            is_read = self.counts_node(at, depth + 1)
            group = self.rows_group(found, at, relation, depth + 1) if is_read else None
        if number is None or group is None or time is None:
            return None
        group = replace(group, json={**group.json, "rows": number})
        return RowLimit(end, number, time, group, is_group)

    def _keys_fit(
        self, raw: Mapping[str, Any], path: str, outer: Relation | None, aggregate: Aggregate
    ) -> bool:
        """Return whether `at`, `first`, `last` and `periods` may stand in the relation group `raw`.

        Reports `only_of_customers` where it stands at a row of `outer`, and `unused_key`.
        """
        keys = [key for key in raw if key in KEYS_OF_TIME]
        if outer is not None:
            if aggregate.needs_periods and "periods" not in keys:
                keys.append("aggregate")
            for key in keys:
                self.problem(
                    path_to(path, key),
                    "only_of_customers",
                    _(
                        "“%(key)s” is about all rows of a customer: move the relation group out "
                        "of “%(outer)s”."
                    )
                    % {"key": key, "outer": outer.name},
                )
            return not keys
        unused = {}
        ends = [key for key in keys if key in ENDS]
        if len(ends) > 1:
            unused[ends[1]] = _("A group has “first” or “last”, not both: remove one.")
        if keys == ["at"] and not aggregate.needs_periods:
            unused["at"] = _("“at” says by which time rows are first, last or in a period.")
        if "periods" in keys and not aggregate.needs_periods:
            unused["periods"] = _("“%(aggregate)s” takes no “periods”.") % {
                "aggregate": aggregate.name
            }
        for key, message in unused.items():
            self.problem(path_to(path, key), "unused_key", message)
        return not unused

    def _number_of_rows(self, raw: Any, path: str) -> int | None:
        """Return the number of `first` or `last` rows at `path`; None after reporting a problem."""
        if not isinstance(raw, Mapping):
            return self._whole(raw, path, MOST_ROWS)
        self.check_keys(raw, path, {"rows", "match", "conditions"})
        return self._whole_at(raw, "rows", path, MOST_ROWS)

    def _periods(self, raw: Mapping[str, Any], path: str, aggregate: Aggregate) -> Periods | None:
        """Return the periods of the relation group `raw` at `path`; None with a problem."""
        at = path_to(path, "periods")
        if "periods" not in raw:
            self.problem(
                at,
                "missing_key",
                _("“%(aggregate)s” needs “periods”, such as %(example)s.")
                % {"aggregate": aggregate.name, "example": '{"unit": "month", "count": 6}'},
            )
            return None
        found = raw["periods"]
        if not isinstance(found, Mapping):
            self.problem(at, "not_an_object", _("“periods” is an object with “unit” and “count”."))
            return None
        self.check_keys(found, at, {"unit", "count"})
        unit = self._unit(found, at)
        count = self._whole_at(found, "count", at, MOST_PERIODS)
        return None if unit is None or count is None else Periods(unit, count)

    def _unit(self, raw: Mapping[str, Any], path: str) -> str | None:
        if "unit" not in raw:
            self._missing("unit", path)
            return None
        unit = raw["unit"]
        if not isinstance(unit, str) or unit not in UNITS:
            self.not_one_of(path_to(path, "unit"), "unknown_choice", unit, UNITS)
            return None
        return unit

    def _whole_at(self, raw: Mapping[str, Any], key: str, path: str, most: int) -> int | None:
        if key not in raw:
            self._missing(key, path)
            return None
        return self._whole(raw[key], path_to(path, key), most)

    def _whole(self, raw: Any, at: str, most: int) -> int | None:
        """Return `raw` as a whole number from 1 to `most`; None after reporting a problem."""
        number: Decimal | None
        try:
            number = number_of(raw)
        except BadValue as error:
            # A number that is too large to be read is certainly out of range.
            number = Decimal(0) if error.code in {"out_of_range", "not_finite"} else None
        if number is None or number != number.to_integral_value():
            self.problem(at, "not_a_whole_number", _("A whole number is needed here."))
            return None
        if not 1 <= number <= most:
            self.problem(
                at,
                "out_of_range",
                _("The number must lie between 1 and %(limit)s.") % {"limit": f"{most:,}"},
            )
            return None
        return int(number)

    def _missing(self, key: str, path: str) -> None:
        self.problem(path_to(path, key), "missing_key", _("“%(key)s” is missing.") % {"key": key})
