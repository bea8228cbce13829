"""Reads a row of Maho's table of segments as a definition."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.exact_numbers import BadValue
from core.text.formats import quote_value
from core.text.json_documents import can_be_stored
from segments.maho.conversion import Conversion, convert
from segments.maho.document import Maps, read_json
from segments.maho.phrases import Negatives
from segments.maho.tree_nodes import Made
from segments.maho.values import BOOLEANS, code_of, elements
from segments.models import RefreshMode
from segments.rules.definition import Definition, Handling

# The beginning of a serialized PHP value: array, object, string, number, boolean or null.
PHP_SERIALISED = re.compile(r"\s*([aOCsidb]:[0-9+-]|N;)")
# The names of the parts of a definition in Maho's table.
COLUMNS = {"websites": "website_ids", "customer_groups": "customer_group_ids"}


@dataclass(frozen=True)
class ReadRow:
    """The contents of a row; `problems` are those found in its columns and its tree."""

    definition: Definition
    handling: Handling
    conversion: Conversion
    problems: Sequence[Problem]

    def in_maho(self, problems: Mapping[str, Sequence[Problem]]) -> list[Problem]:
        """Return the problems of the definition, by its parts, as problems of the row."""
        return [
            Problem(self._place(part, problem), problem.code, problem.message)
            for part, found in problems.items()
            for problem in found
        ]

    def _place(self, part: str, problem: Problem) -> str:
        if part == "conditions":
            return self.conversion.root.origin_of(problem.path)
        return COLUMNS.get(part, part)


def read_row(row: Mapping[str, Any], maps: Maps, negatives: Negatives) -> ReadRow:
    """Return the contents of `row`, with all problems that do not depend on other rows."""
    reading = _Reading(row, maps)
    definition = Definition(
        name=reading.text("name"),
        description=reading.text("description"),
        websites=reading.codes("website_ids", "website_id"),
        customer_groups=reading.codes("customer_group_ids", "group_id"),
    )
    handling = Handling(refresh_mode=reading.refresh_mode(), is_active=reading.is_active())
    conversion = reading.conversion(negatives)
    definition = replace(definition, conditions=conversion.root.json)
    return ReadRow(definition, handling, conversion, [*reading.problems, *conversion.problems])


def _nothing() -> Conversion:
    return Conversion(Made("", {"match": "all", "conditions": []}))


@dataclass
class _Reading:
    """The state of reading a row."""

    row: Mapping[str, Any]
    maps: Maps
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))

    def text(self, column: str) -> str:
        raw = self.row.get(column)
        if raw is None:
            return ""
        if not isinstance(raw, str):
            self.problem(
                column, "not_a_text", _("%(value)s is not a text.") % {"value": quote_value(raw)}
            )
            return ""
        if not can_be_stored(raw):
            self.problem(column, "invalid_text", _("The text is not valid Unicode, or has a NUL."))
            return ""
        return raw

    def codes(self, column: str, name: str) -> tuple[str, ...]:
        raw = self.row.get(column)
        if raw is None or raw == "":
            return ()
        try:
            return tuple(code_of(one, name, self.maps) for one in elements(raw))
        except BadValue as error:
            self.problem(column, error.code, error.message)
            return ()

    def refresh_mode(self) -> str:
        raw = self.row.get("refresh_mode") or RefreshMode.AUTO
        if raw not in (RefreshMode.AUTO, RefreshMode.MANUAL):
            self.problem(
                "refresh_mode",
                "unknown_choice",
                _("%(value)s is not “auto” or “manual”.") % {"value": quote_value(raw)},
            )
            return RefreshMode.AUTO
        return str(raw)

    def is_active(self) -> bool:
        raw = self.row.get("is_active")
        if raw is None or isinstance(raw, bool):
            return raw is not False
        if str(raw) not in BOOLEANS:
            self.problem(
                "is_active",
                "not_a_boolean",
                _("%(value)s is not 1 or 0.") % {"value": quote_value(raw)},
            )
            return True
        return BOOLEANS[str(raw)]

    def conversion(self, negatives: Negatives) -> Conversion:
        column = "conditions_serialized"
        raw = self.row.get(column)
        if raw is None or raw == "":
            self.problem(column, "missing_value", _("The conditions are missing."))
            return _nothing()
        if isinstance(raw, str):
            if PHP_SERIALISED.match(raw):
                self.problem(
                    column,
                    "php_serialized",
                    _("The conditions are serialised by PHP; only JSON can be imported."),
                )
                return _nothing()
            try:
                raw = read_json(raw)
            except (ValueError, RecursionError) as error:
                message = _("This is not JSON: %(error)s") % {"error": error}
                self.problem(column, "not_json", message)
                return _nothing()
        return convert(raw, self.maps, negatives)
