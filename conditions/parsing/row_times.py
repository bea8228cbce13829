"""The key `at`: the time by which the rows of a relation are in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.bases.row_time import RowTime
from conditions.language.types import DATETIME
from conditions.parsing.conditions import Conditions
from conditions.parsing.findings import path_to
from conditions.sql.place import Relation


@dataclass
class Moments(Conditions):
    """Reads the times of rows that nodes refer to."""

    def row_time(
        self, raw: Mapping[str, Any], path: str, relation: Relation, *, asking: str
    ) -> RowTime | None:
        """Return the time of the rows of `relation`: the one that `raw["at"]` names, or their own.

        `raw` is the node at `path`. Reports the problem and returns None where `at` is no datetime
        attribute of the rows (`unknown_attribute`, `wrong_relation` or `wrong_type` at `at`), or
        where there is no `at` and the relation has no time (`wrong_relation` at the key `asking`).
        """
        if "at" in raw:
            at = self._at(raw["at"], path_to(path, "at"), relation)
            return None if at is None else RowTime(relation, at)
        if not relation.time:
            self.problem(
                path_to(path, asking),
                "wrong_relation",
                _(
                    "The rows of “%(relation)s” have no time of their own: name one of their "
                    "datetimes in “at”, or choose another relation."
                )
                % {"relation": relation.name},
            )
            return None
        return RowTime(relation)

    def _at(self, code: Any, at: str, relation: Relation) -> Attribute | None:
        attribute = self.attribute(code, at, relation)
        if attribute is None:
            return None
        if attribute.type is not DATETIME:
            self.problem(
                at,
                "wrong_type",
                _("“%(label)s” (%(type)s) is no datetime: “at” names when the rows happened.")
                % {"label": attribute.label, "type": attribute.type.label},
            )
            return None
        return attribute
