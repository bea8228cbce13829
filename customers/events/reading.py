"""Reads JSON as events: the names in each event, and the event's data as rows of typed values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core.clock import is_ahead, now
from core.database.fields import ExactDecimalField
from core.problems import Problem
from customers.events.types import TYPES, Below, EventType
from customers.imports.problems import REASONS, BadCell, BrokenFile, shorten_cell
from customers.imports.staging import cells
from customers.imports.staging.cells import Convert, Value
from customers.imports.staging.staging_tables import (
    ATTRIBUTES,
    Known,
    StoredAttribute,
    attribute_convert,
    convert_of,
    element_convert,
)
from customers.imports.tables import Elements, Table
from customers.models import AttributeType

MOST_EVENTS = 1_000
MOST_ROWS_BELOW = 1_000
ID_CHARACTERS = 255
KEYS = ("type", "id", "occurred_at", "data")
# A number of more digits is beyond any column, and would be long to write out.
MOST_DIGITS = 40


@dataclass(frozen=True)
class Event:
    """One event as it was sent; `path` is its place in a list, such as `[7]`.

    `occurred_at` is never later than the event's arrival by more than clocks differ; `is_undated`
    says that the event was dated later, and `occurred_at` is the arrival.
    """

    path: str
    name: str
    id: str
    occurred_at: datetime
    data: Mapping[str, Any]
    is_undated: bool = False

    @property
    def type(self) -> EventType:
        """The event's type, which determines the data that the event may have."""
        return TYPES[self.name]

    def at(self, place: str) -> str:
        """Return the path of `place` within the event."""
        return f"{self.path}.{place}" if self.path else place


@dataclass
class Row:
    """The row in an event: the values of the columns that it has, as an import reads them.

    The value of a list column is a list; `below` has the rows of each list of rows in the event.
    `at` is when the event happened, at the latest now; `is_undated` as for the event.
    """

    path: str
    at: datetime
    is_undated: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    attributes: dict[StoredAttribute, Value] = field(default_factory=dict)
    below: dict[str, list["Row"]] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def __contains__(self, column: str) -> bool:
        return column in self.values

    def place(self, column: str) -> str:
        """Return the path to one of its columns."""
        return f"{self.path}.{column}"


def problem(path: str, code: str, value: Any = "") -> Problem:
    """Return the problem at `path` in the words of an import."""
    return Problem(path, code, str(REASONS[code]).format(value=shorten_cell(str(value))))


def events_in(body: Any) -> tuple[list[Event], list[Problem]]:
    """Return the valid events of a body (one event or a list), and the problems of the others."""
    if isinstance(body, list):
        if not 1 <= len(body) <= MOST_EVENTS:
            text = _("From 1 to %(most)s events.") % {"most": f"{MOST_EVENTS:,}"}
            return [], [Problem("", "number_of_events", text)]
        given = [(f"[{number}]", one) for number, one in enumerate(body)]
    else:
        given = [("", body)]
    events: list[Event] = []
    problems: list[Problem] = []
    for path, one in given:
        found = _event(path, one)
        if isinstance(found, Event):
            events.append(found)
        else:
            problems += found
    return events, problems


def _event(path: str, given: Any) -> Event | list[Problem]:
    if not isinstance(given, Mapping):
        return [Problem(path, "not_an_event", _("An event is an object."))]

    def path_of(key: str) -> str:
        return f"{path}.{key}" if path else key

    problems = [
        Problem(path_of(str(key)), "unknown_field", _("An event has no “%(key)s”.") % {"key": key})
        for key in given
        if key not in KEYS
    ]
    problems += [problem(path_of(key), "missing") for key in KEYS if given.get(key) in (None, "")]
    name, number, data = given.get("type"), given.get("id"), given.get("data")
    if name not in (None, "") and (not isinstance(name, str) or name not in TYPES):
        problems.append(problem(path_of("type"), "choice", name))
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if number not in (None, ""):
        problems += _wrong_text(path_of("id"), number, ID_CHARACTERS)
    moment = moment_of(given.get("occurred_at"))
    if given.get("occurred_at") not in (None, "") and moment is None:
        text = _("A time of the calendar with its offset is needed, such as 2026-04-10T12:00:00Z.")
        problems.append(Problem(path_of("occurred_at"), "no_time", text))
    if data not in (None, "") and not isinstance(data, Mapping):
        problems.append(Problem(path_of("data"), "not_an_object", _("The data are an object.")))
    if problems:
        return problems
    assert isinstance(name, str) and isinstance(number, str) and isinstance(data, Mapping)
    assert moment is not None
    is_undated = is_ahead(moment)
    return Event(path, name, number, now() if is_undated else moment, data, is_undated)


def _wrong_text(path: str, value: Any, limit: int) -> list[Problem]:
    try:
        cell = cell_of(value, models.CharField())
        if len(cell) > limit:
            raise BadCell("long")
    except BadCell as error:
        return [problem(path, error.code, value)]
    return []


def moment_of(value: Any) -> datetime | None:
    """Return an instant that was written with its offset; None where it was not."""
    if not isinstance(value, str) or cells.IS_TIME(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def cell_of(value: Any, target: models.Field[Any, Any] | None) -> str:
    """Return a JSON value as the cell of a CSV file that means the same; BadCell for none.

    `target` is what it is a value of, None for anything: yes and no are no text, nor are decimals.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if "\0" in value:
            raise BadCell("nul")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadCell("encoding")
        return value
    if isinstance(value, list | Mapping):
        raise BadCell("json_kind")
    is_text = isinstance(target, models.CharField | models.TextField)
    if isinstance(value, bool):
        if isinstance(target, models.BooleanField):
            return str(value).lower()
        raise BadCell("no_text" if is_text else "json_kind")
    if isinstance(value, int) and len(str(value)) <= MOST_DIGITS:
        return str(value)
    if isinstance(value, int | Decimal) and not is_text:
        return _format_number(Decimal(value))
    raise BadCell("no_text" if is_text else "json_kind")


def _format_number(number: Decimal) -> str:
    """Return a number without an exponent, and without zeros at its end that say nothing."""
    if number == 0:
        return "0"
    if abs(number.adjusted()) > MOST_DIGITS or len(number.as_tuple().digits) > MOST_DIGITS:
        raise BadCell("beyond" if number.adjusted() > 0 else "number")
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Cells:
    """Reads rows of data; adds the problems of the rows to `problems`."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self._known = known
        self._converts: dict[tuple[str, str], Convert] = {}
        self.problems: list[Problem] = []

    def row(self, event: Event) -> Row:
        """Return the row in `event`; the row is incomplete where the event has problems."""
        at = min(event.occurred_at, now())
        row = Row(event.at("data"), at, is_undated=event.is_undated)
        if event.type.table is None:
            self._read_numbers(row, event.type.numbers, event.data)
        else:
            self._read(row, event.type.table, event.data, below=event.type.below)
        return row

    def _read_numbers(self, row: Row, columns: Sequence[str], data: Mapping[str, Any]) -> None:
        for key in data:
            if key not in columns:
                self.problems.append(problem(row.place(key), "unknown_column"))
        for column in columns:
            found = self._cell(row.place(column), cells.Required(cells.Text(64)), data.get(column))
            row.values[column] = found

    def _read(
        self,
        row: Row,
        table: Table,
        data: Mapping[str, Any],
        *,
        below: Mapping[str, Below],
        owner: str = "",
    ) -> None:
        for key, value in data.items():
            if key in below:
                row.below[key] = self._rows(below[key], value, row.place(key), row.at)
            elif key == owner:
                # Whose row it is says the event itself.
                self.problems.append(problem(row.place(key), "unknown_column"))
            elif key in table.lists:
                row.values[key] = self._list(table, key, value, row.place(key))
            elif key in table.columns:
                convert = self._convert(table, key, row.place(key))
                target = None if key in table.references else table.field_of(key)
                text = models.CharField() if key in table.references else target
                row.values[key] = self._cell(row.place(key), convert, value, text)
            else:
                self._attribute(table, key, value, row)
        for column in table.required:
            if column != owner and column not in data:
                self.problems.append(problem(row.place(column), "missing"))

    def _rows(self, below: Below, value: Any, path: str, moment: datetime) -> list[Row]:
        if value is None or value == "":
            return []
        if not isinstance(value, list) or len(value) > MOST_ROWS_BELOW:
            text = _("A list of at most %(most)s rows.") % {"most": f"{MOST_ROWS_BELOW:,}"}
            self.problems.append(Problem(path, "not_a_list", text))
            return []
        rows = []
        for number, one in enumerate(value):
            row = Row(f"{path}[{number}]", moment)
            if isinstance(one, Mapping):
                self._read(row, below.table, one, below={}, owner=below.owner)
                rows.append(row)
            else:
                self.problems.append(Problem(row.path, "not_an_object", _("A row is an object.")))
        return rows

    def _list(self, table: Table, column: str, value: Any, path: str) -> list[Value]:
        kind: Elements = table.lists[column]
        convert = element_convert(kind, self._known[table.name])
        if isinstance(value, list):
            given = [(f"{path}[{number}]", one) for number, one in enumerate(value)]
        else:
            whole = self._cell(path, cells.Text(None), value)
            given = [(path, one) for one in cells.parts(str(whole or ""))]
        found = [self._cell(at, convert, one) for at, one in given if one not in ("", None)]
        return list(dict.fromkeys(found))

    def _attribute(self, table: Table, key: str, value: Any, row: Row) -> None:
        code = key.removeprefix(ATTRIBUTES)
        definition = self._known[table.name].definitions.get(code) if code != key else None
        if definition is None:
            self.problems.append(problem(row.place(key), "unknown_column"))
            return
        target: models.Field[Any, Any] = {
            AttributeType.NUMBER.value: ExactDecimalField(),
            AttributeType.BOOLEAN.value: models.BooleanField(),
        }.get(definition.type, models.TextField())
        convert = attribute_convert(definition)
        row.attributes[definition] = self._cell(row.place(key), convert, value, target)

    def _convert(self, table: Table, column: str, path: str) -> Convert:
        key = (table.name, column)
        if key not in self._converts:
            try:
                self._converts[key] = convert_of(table, column, self._known[table.name])
            except BrokenFile as error:
                # Not even the row is there that those belong to which name none.
                self.problems += [problem(path, one.code, one.value) for one in error.problems]
                return cells.Text(None)
        return self._converts[key]

    def _cell(
        self,
        path: str,
        convert: Convert,
        value: Any,
        target: models.Field[Any, Any] | None = models.CharField(),  # noqa: B008 - never changed
    ) -> Value:
        try:
            return convert(cell_of(value, target))
        except BadCell as error:
            said = value if error.value is None else error.value
            self.problems.append(problem(path, error.code, said))
            return None
