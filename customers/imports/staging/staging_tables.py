"""Staging: the typed rows of one CSV file in a temporary table, whatever the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.fields import ExactDecimalField, folded_fields
from core.text.folding import fold_all
from customers.imports.problems import BrokenFile, ImportProblem
from customers.imports.staging import cells
from customers.imports.staging.cells import Convert, Value
from customers.imports.staging.copying import OpenCopy, copy_text
from customers.imports.tables import Elements, Table
from customers.models import AttributeType
from customers.models.shop import DEFAULT_GROUP, DEFAULT_STORE, DEFAULT_WEBSITE

ATTRIBUTES = "attributes."
# The number of list elements written at once: meanwhile the rows' COPY is interrupted.
ROWS_TOGETHER = 10_000
DEFAULT_CODES = {
    "websites": DEFAULT_WEBSITE,
    "stores": DEFAULT_STORE,
    "customer_groups": DEFAULT_GROUP,
}
FoldAll = Callable[[Sequence[str | None]], Sequence[str]]
Fold = tuple[int, FoldAll]


@dataclass(frozen=True)
class StoredAttribute:
    """A custom attribute as it stands in the database."""

    id: int
    code: str
    type: str
    options: frozenset[str]


@dataclass
class Known:
    """The lookups of small files while rows are read: ids by code, refused codes, attributes."""

    ids: Mapping[str, Mapping[str, int]]
    refused: Mapping[str, set[str]]
    definitions: Mapping[str, StoredAttribute]


@dataclass
class Layout:
    """How the cells of a file become the columns of its staging table."""

    # One for each column of the header, in its order.
    converts: list[Convert] = field(default_factory=list)
    lists: dict[int, tuple[str, Elements]] = field(default_factory=dict)
    # The staging table's columns that the rows fill, in their order.
    filled: list[str] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    # Each column of the staging table with its type and default.
    ddl: list[str] = field(default_factory=list)
    attributes: list[StoredAttribute] = field(default_factory=list)


def staged_name(table: Table, column: str) -> str:
    """Return the staging column that holds `column`."""
    if column == "sku":
        return "sku"
    if column in table.references:
        return f"ref_{column}"
    return str(table.field_of(column).column)


def layout(
    table: Table, header: Sequence[str], line: int, known: Known, connection: BaseDatabaseWrapper
) -> Layout:
    """Return how rows under `header` are staged; BrokenFile with every column that is wrong."""
    _check_header(table, header, line, known)
    plan = Layout()
    present: list[str] = []
    for column in header:
        if column.startswith(ATTRIBUTES):
            definition = known.definitions[column.removeprefix(ATTRIBUTES)]
            plan.attributes.append(definition)
            plan.converts.append(attribute_convert(definition))
            _add(plan, f"attribute_{definition.id}", _attribute_type(definition, connection))
            if definition.type == AttributeType.TEXT:
                plan.folds.append((len(plan.filled) - 1, fold_all))
                present.append(f"attribute_{definition.id}_folded")
        elif column in table.lists:
            plan.lists[len(plan.converts)] = (column, table.lists[column])
            plan.converts.append(_list_convert(table.lists[column], known))
        else:
            plan.converts.append(convert_of(table, column, known))
            _add(plan, staged_name(table, column), _ddl(table, column, known, connection))
            for name, part in _folded(table, column):
                plan.folds.append((len(plan.filled) - 1, part))
                present.append(name)
    for name in present:
        _add(plan, name, "text")
    for column in table.codes:
        if column in table.optional:
            default_id(table, column, known)
    for column in table.columns:
        if column not in header and column not in table.lists:
            name = staged_name(table, column)
            plan.ddl.append(f'"{name}" {_ddl(table, column, known, connection)}')
            plan.ddl += [f"\"{name}\" text DEFAULT ''" for name, _part in _folded(table, column)]
    plan.filled.append("source_line")
    plan.ddl.append("source_line bigint")
    return plan


class Stage:
    """A temporary table that is written in batches and read by set-based statements.

    PostgreSQL receives the rows through `copying`, a COPY that stays open until `written`.
    """

    def __init__(
        self, copying: OpenCopy, name: str, ddl: Iterable[str], filled: Sequence[str]
    ) -> None:
        self.name = f"import_{name}"
        self._copying = copying
        self._connection = connection = copying.connection
        self._waiting: list[Sequence[Value]] = []
        # The columns by which other tables find the rows, and those that ANALYZE reads.
        self._key: Sequence[str] = ()
        self._known = "source_line"
        columns = ", ".join(f'"{column}"' for column in filled)
        marks = ", ".join(["%s"] * len(filled))
        self._copy = f"COPY {self.name} ({columns}) FROM STDIN"
        self._insert = f"INSERT INTO {self.name} ({columns}) VALUES ({marks})"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {self.name} ({', '.join(ddl)})")

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add `rows`, a few together."""
        self._waiting += rows
        if len(self._waiting) >= ROWS_TOGETHER:
            self._write_waiting()

    def write_columns(self, columns: Sequence[Sequence[Value]]) -> None:
        """Add as many rows as each of `columns` has values; none where there are no columns."""
        if not columns or not columns[0]:
            return
        if self._connection.vendor == "postgresql":
            self._copying.write(self._copy, copy_text(columns))
            return
        with self._connection.cursor() as cursor:
            cursor.executemany(self._insert, list(zip(*columns, strict=True)))

    def _write_waiting(self) -> None:
        rows, self._waiting = self._waiting, []
        self.write_columns(list(zip(*rows, strict=True)))

    def written(self, key: Sequence[str], joined: Sequence[str] = ()) -> None:
        """Write the waiting rows, end the COPY, and prepare the table for joins.

        Other tables find the rows by `key`; the rows find other tables' rows by `joined`.
        """
        self._key = key
        self._write_waiting()
        self._copying.close()
        with self._connection.cursor() as cursor:
            if self._connection.vendor == "postgresql":
                known = ", ".join(f'"{column}"' for column in dict.fromkeys((*key, *joined)))
                self._known = known or "source_line"
                cursor.execute(f"ANALYZE {self.name} ({self._known})")
            else:
                self.index()

    def index(self) -> None:
        """Let other tables look up single rows; on SQLite they always can."""
        if self._key:
            columns = ", ".join(f'"{column}"' for column in self._key)
            with self._connection.cursor() as cursor:
                cursor.execute(f"CREATE INDEX {self.name}_key ON {self.name} ({columns})")

    def keep(self, condition: str) -> None:
        """Forget the rows `s` for which `condition` does not hold."""
        with self._connection.cursor() as cursor:
            if self._connection.vendor == "postgresql":
                # Rows that are deleted would be passed over by every statement that follows.
                left = f"{self.name}_left"
                cursor.execute(
                    f"CREATE TEMPORARY TABLE {left} AS SELECT * FROM {self.name} AS s"
                    f" WHERE {condition}"
                )
                cursor.execute(f"DROP TABLE {self.name}")
                cursor.execute(f"ALTER TABLE {left} RENAME TO {self.name}")
                cursor.execute(f"ANALYZE {self.name} ({self._known})")
            else:
                cursor.execute(f"DELETE FROM {self.name} AS s WHERE NOT ({condition})")

    def drop(self) -> None:
        """Forget the rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {self.name}")


def _check_header(table: Table, header: Sequence[str], line: int, known: Known) -> None:
    problems = []
    for index, column in enumerate(header):
        custom = table.attributes and column.startswith(ATTRIBUTES)
        if not column:
            number = str(index + 1)
            problems.append(ImportProblem(table.file, line, "", "unnamed_column", number))
        elif column not in table.columns and not (
            custom and column.removeprefix(ATTRIBUTES) in known.definitions
        ):
            problems.append(ImportProblem(table.file, line, column, "unknown_column"))
        elif column in header[:index]:
            problems.append(ImportProblem(table.file, line, column, "column_twice"))
    problems += [
        ImportProblem(table.file, line, column, "column_missing")
        for column in table.required
        if column not in header
    ]
    if problems:
        raise BrokenFile(*problems)


def _add(plan: Layout, name: str, ddl: str) -> None:
    plan.filled.append(name)
    plan.ddl.append(f'"{name}" {ddl}')


def _folded(table: Table, column: str) -> list[tuple[str, FoldAll]]:
    if column in table.references:
        return [("sku_folded", fold_all)] if column == "sku" else []
    return [
        (str(copy.column), copy.fold_all)
        for copy in folded_fields(table.model, [table.field_of(column).name])
    ]


def convert_of(table: Table, column: str, known: Known) -> Convert:
    """Return how a cell of `column` is read."""
    needed = column in table.required
    if column in table.codes:
        file = table.codes[column]
        convert = cells.ids_by_code(known.ids[file], known.refused[file])
        empty: Value = None
        if not needed and column not in table.filled_later:
            empty = default_id(table, column, known)
    elif column in table.references:
        convert, empty = cells.Text(_reference_limit(column)), None
    else:
        target = table.field_of(column)
        convert = table.converts.get(column) or field_convert(target)
        empty = empty_of(table, column)
        if not needed and empty == "":
            takes_empty = isinstance(target, models.CharField) and not target.choices
            return convert if takes_empty else cells.Optional(convert, "")
    return cells.Required(convert) if needed else cells.Optional(convert, empty)


def field_convert(target: models.Field[object, object]) -> Convert:
    """Return how a cell for the model field `target` is read."""
    if target.choices:
        return cells.choice({value for value, _label in target.flatchoices})
    if isinstance(target, ExactDecimalField):
        return cells.number
    if isinstance(target, models.BooleanField):
        return cells.boolean
    if isinstance(target, models.DateTimeField):
        return cells.moment
    if isinstance(target, models.DateField):
        return cells.day
    if isinstance(target, models.PositiveIntegerField):
        return cells.count
    return cells.Text(target.max_length)


def default_id(table: Table, column: str, known: Known) -> int:
    """Return the id of the default website, store or group, for rows that name none.

    Raises BrokenFile where the default does not exist.
    """
    file = table.codes[column]
    code = DEFAULT_CODES[file]
    try:
        return known.ids[file][code]
    except KeyError:
        raise BrokenFile(ImportProblem(table.file, None, column, "unknown", code)) from None


def empty_of(table: Table, column: str) -> Value:
    """Return the value that an empty or absent cell of a plain column is stored as."""
    target = table.field_of(column)
    if column in table.filled_later:
        return None
    if isinstance(target, models.CharField) and target.null:
        return ""
    if isinstance(target, ExactDecimalField):
        return target.get_prep_value(target.get_default()) if target.has_default() else None
    if isinstance(target, models.JSONField):
        return "[]"
    return target.get_default() if target.has_default() else None


def _ddl(table: Table, column: str, known: Known, connection: BaseDatabaseWrapper) -> str:
    """Return the type and the default of the staging column of `column`."""
    if column in table.references:
        return "text"
    target = table.field_of(column)
    kind = str(target.db_type(connection))
    if column in table.required or column in table.filled_later:
        return kind
    empty = default_id(table, column, known) if column in table.codes else empty_of(table, column)
    if empty is None:
        return kind
    literal = f"'{empty}'" if isinstance(empty, str) else str(empty)
    return f"{kind} DEFAULT {literal}"


def _reference_limit(column: str) -> int:
    return 255 if column == "sku" else 64


def element_convert(elements: Elements, known: Known) -> Convert:
    """Return how one element of a list is read."""
    if elements.codes_of:
        return cells.ids_by_code(known.ids[elements.codes_of], known.refused[elements.codes_of])
    target = elements.model._meta.get_field(elements.column)
    return cells.Text(target.max_length)  # type: ignore[union-attr]


def _list_convert(elements: Elements, known: Known) -> Convert:
    as_id = element_convert(elements, known)
    # The only cells that are many values; they go to a staging table of their own.
    return lambda cell: [as_id(part) for part in cells.parts(cell)]  # type: ignore[return-value]


def attribute_convert(definition: StoredAttribute) -> Convert:
    """Return how a cell of a custom attribute is read."""
    converts: dict[AttributeType, Convert] = {
        AttributeType.TEXT: cells.Text(None),
        AttributeType.NUMBER: cells.number,
        AttributeType.DATE: cells.day,
        AttributeType.CHOICE: cells.choice(definition.options),
        AttributeType.BOOLEAN: cells.boolean,
    }
    return cells.Optional(converts[AttributeType(definition.type)], None)


def _attribute_type(definition: StoredAttribute, connection: BaseDatabaseWrapper) -> str:
    types: dict[AttributeType, models.Field[object, object]] = {
        AttributeType.NUMBER: ExactDecimalField(),
        AttributeType.DATE: models.DateField(),
        AttributeType.BOOLEAN: models.BooleanField(),
    }
    column = types.get(AttributeType(definition.type))
    return str(column.db_type(connection)) if column else "text"
