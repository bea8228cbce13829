"""The SQL of marks, from changed rows to their customers, for both databases."""

from typing import Any

from django.db import models

from core.database.fields import FoldedJSONField, FoldedTextField
from customers.changes.declared import Marked, hops, rollups
from customers.models import Customer, DirtyCustomer, UncheckedText

DIRTY = DirtyCustomer._meta.db_table
CUSTOMER = Customer._meta.db_table
UNCHECKED = UncheckedText._meta.db_table
# The temporary table for the customers of a bulk write, who are marked once at its end.
TOUCHED = "import_touched"
EMPTY = "''"
QUOTE = '"'


def columns(marked: Marked) -> list[str]:
    """Return the columns of a row whose changes count, the key first; quoted."""
    # A folded text is checked against its source, so that the source counts as well.
    sources = {field.source for field in _folded(marked)}
    fields: list[models.Field[Any, Any]] = [
        field
        for field in marked.model._meta.concrete_fields
        if field.primary_key or field.name in sources or marked.counts(field.name)
    ]
    return [f'"{field.column}"' for field in fields]


def key_column(marked: Marked) -> str:
    """Return the column of a row's key."""
    return str(marked.model._meta.pk.column)


def leading_columns(marked: Marked) -> list[str]:
    """Return those columns of a row that `mark` and `touch` read; quoted."""
    also = ["external_id"] if marked.model is Customer else []
    return _quote_names([key_column(marked), *(column for column, _others in hops(marked)), *also])


def text_columns(marked: Marked) -> list[str]:
    """Return those columns of a row that `check_texts` reads; quoted."""
    names = [key_column(marked)]
    for field in _folded(marked):
        names += [_source(marked.model, field), str(field.column)]
    return _quote_names(names)


def _quote_names(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in dict.fromkeys(names)]


def customers_of(marked: Marked, rows: str) -> str:
    """Return the query for the customers that `rows` (a table or query) concern, as `customer_id`.

    Where the rows of this model do not lead to single customers, the query returns one row with
    null, which stands for all customers, unless `rows` is empty.
    """
    ways = []
    for column, others in hops(marked):
        at, joins = f'r."{column}"', ""
        for number, (model, same, then) in enumerate(others):
            table = model._meta.db_table
            joins += f' JOIN "{table}" AS h{number} ON h{number}."{same}" = {at}'
            at = f'h{number}."{then}"'
        ways.append(f"SELECT {at} AS customer_id FROM {rows} AS r{joins} WHERE {at} IS NOT NULL")
    if not ways:
        return (
            f"SELECT CAST(NULL AS bigint) AS customer_id WHERE EXISTS (SELECT 1 FROM {rows} AS r)"
        )
    # UNION removes duplicate customers.
    return (
        " UNION ".join(ways) if len(ways) > 1 else ways[0].replace("SELECT", "SELECT DISTINCT", 1)
    )


def changed_columns(marked: Marked, old: str, new: str, distinct: str, is_any: str = "{}") -> str:
    """Return the SQL expression for the names of the columns in which `old` and `new` differ.

    Its value has commas between the names, as marks store them; null where the keys differ, so that
    these are two different rows. `distinct` is the SQL operator by which two values differ, with
    null as a value. `is_any` is a template around a comparison, and tests whether the comparison
    holds for any of several pairs of rows.
    """
    key, *others = (
        (name.strip(QUOTE), is_any.format(f"{old}.{name} {distinct} {new}.{name}"))
        for name in columns(marked)
    )
    names = " || ".join(f"CASE WHEN {differ} THEN ',{name}' ELSE '' END" for name, differ in others)
    return f"CASE WHEN {key[1]} THEN NULL ELSE ltrim({names or EMPTY}, ',') END"


def mark(marked: Marked, rows: str, now: str, *, gone: bool = False, changed: str = "NULL") -> str:
    """Return the statement that marks the customers of `rows`; `gone`: they have been deleted.

    `changed` is the expression for the columns that differ from before (`changed_columns`).
    """
    if gone and marked.model is Customer:
        found, number = f"SELECT r.id AS customer_id, r.external_id FROM {rows} AS r", "external_id"
    else:
        found, number = customers_of(marked, rows), "NULL"
    return (
        f"INSERT INTO {DIRTY} (customer_id, reason, external_id, source_table, source_columns, at)"
        f" SELECT customer_id, 'event', {number}, '{marked.model._meta.db_table}', {changed}, {now}"
        f" FROM ({found}) AS found"
    )


def counts_new_rows(marked: Marked) -> bool:
    """Return whether a new row concerns a customer by itself."""
    return marked.marks and (not marked.fields or bool(marked.paths))


def has_growing_keys(marked: Marked) -> bool:
    """Return whether new rows have larger keys than all before, by which they can be found."""
    return isinstance(marked.model._meta.pk, models.AutoField)


def touch(marked: Marked, rows: str) -> str:
    """Return the statement that stores the customers of `rows` for the marks of a bulk write."""
    return f"INSERT INTO {TOUCHED} (customer_id) {customers_of(marked, rows)}"


def roll_up_rows(marked: Marked, event: str, rows: str) -> list[str]:
    """Return the statements that restore exactly one row per customer in each roll-up."""
    return [
        statement
        for model in rollups()
        if marked.model in (Customer, model)
        for statement in _rows_of_rollup(model._meta.db_table, marked.model is model, event, rows)
    ]


def _rows_of_rollup(table: str, is_own: bool, event: str, rows: str) -> list[str]:
    """Return these statements for the roll-up `table`; `rows` are its own rows or customers."""
    missing = f"NOT EXISTS (SELECT 1 FROM {table} AS x WHERE x.customer_id = c.id)"
    place = f"INSERT INTO {table} (customer_id) SELECT c.id FROM"
    match event:
        case "TRUNCATE" if not is_own:
            return [f"DELETE FROM {table}"]
        case "TRUNCATE":
            return [f"{place} {CUSTOMER} AS c WHERE {missing}"]
        case "DELETE" if is_own:
            still = f"{CUSTOMER} AS c ON c.id = r.customer_id"
            return [f"{place} {rows} AS r JOIN {still} WHERE {missing}"]
        case "INSERT" if not is_own:
            return [f"{place} {rows} AS c WHERE {missing}"]
        case "DELETE":
            return [f"DELETE FROM {table} WHERE customer_id IN (SELECT r.id FROM {rows} AS r)"]
    return []


def check_texts(marked: Marked, rows: str, lower: str, not_ascii: str) -> str | None:
    """Return the statement that notes those of `rows` whose folded columns may be stale.

    ASCII lower case (`lower` with a place for the text) is the folding of most texts; a text that
    folds otherwise is checked without need. Only texts of a JSON column that are `not_ascii` have a
    folded copy. None where the model has no folded columns.
    """
    doubts = [
        _doubt(field, source, lower, not_ascii)
        for field in _folded(marked)
        for source in _quote_names([_source(marked.model, field)])
    ]
    if not doubts:
        return None
    table, key = marked.model._meta.db_table, key_column(marked)
    return (
        f'INSERT INTO {UNCHECKED} ("table", row_id) SELECT \'{table}\', r."{key}"'
        f" FROM {rows} AS r WHERE {' OR '.join(doubts)}"
    )


def _doubt(field: FoldedTextField, source: str, lower: str, not_ascii: str) -> str:
    """Return the condition that the folded column `field` of a row `r` may be stale."""
    if isinstance(field, FoldedJSONField):
        text = f"CAST(r.{source} AS text)"
        return f"({not_ascii.format(text)} OR r.\"{field.column}\" <> '')"
    return f'{lower.format(f"COALESCE(r.{source}, {EMPTY})")} <> r."{field.column}"'


def _folded(marked: Marked) -> list[FoldedTextField]:
    """Return the columns that count and by which stale folded texts of a row are found.

    A column that folds a part of a text is stale together with the column of the whole text.
    """
    return [
        field
        for field in marked.model._meta.concrete_fields
        if isinstance(field, FoldedTextField) and field.part is None and marked.counts(field.name)
    ]


def _source(model: type[models.Model], field: FoldedTextField) -> str:
    source = model._meta.get_field(field.source)
    assert isinstance(source, models.Field)
    return str(source.column)
