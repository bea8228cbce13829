"""Lines of an order, a refund or a cart, as an import would store them, and their totals."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from core.database.fields import from_units, to_units
from core.problems import Problem
from customers.events.reading import Row, problem
from customers.events.shop import Shop
from customers.events.values import as_stored, assign, in_base, is_beyond
from customers.imports.shop_tables.pair import Pair
from customers.imports.staging.staging_tables import Known
from customers.imports.storing.sql import line_total


def check_lines(pair: Pair, rows: Sequence[Row], rate: int, path: str) -> list[Problem]:
    """Return why lines cannot be stored; `path` is that of their list."""
    problems = []
    parents = {str(row["line"]): row["parent_line"] for row in rows}
    seen: set[str] = set()
    for row in rows:
        line, parent = str(row["line"]), row["parent_line"]
        if line in seen:
            problems.append(problem(row.place("line"), "duplicate", line))
        seen.add(line)
        if parent is not None and parent not in parents:
            problems.append(problem(row.place("parent_line"), "no_parent_line", parent))
        elif parent is not None and _is_below_itself(line, parents):
            problems.append(problem(row.place("parent_line"), "line_cycle", parent))
        for column, units in _amounts(pair, row, rate).items():
            if is_beyond(units):
                problems.append(problem(row.place(column), "base_beyond"))
    if pair.figures and not problems:
        figures = _figures(pair, rows, rate)
        if is_beyond(figures["quantity"]) or is_beyond(figures["total"]):
            problems.append(problem(path, "lines_beyond", path))
    return problems


def make_lines(
    pair: Pair, rows: Sequence[Row], owner: models.Model, rate: int, shop: Shop, known: Known
) -> list[Any]:
    """Return the lines of `owner` as they are to be stored; `rate` brings money to the base."""
    names: dict[str, str] = {}
    for row in rows:
        sku = str(row["sku"])
        names[sku] = names.get(sku) or str(row["name"] or "")
    made: dict[str, Any] = {}
    for row in rows:
        sku = str(row["sku"])
        product = shop.product(sku, names[sku])
        line: Any = pair.lines.model()
        assign(pair.lines, row, line, known, new=True)
        setattr(line, pair.owner, owner)
        line.product = product
        line.name = line.name or product.name
        line.product_type = line.product_type or product.product_type
        for column, units in _amounts(pair, row, rate).items():
            setattr(line, column, None if units is None else from_units(units))
        if "added_at" in pair.lines.columns and row["updated_at"] is None:
            line.updated_at = line.added_at
        made[str(row["line"])] = line
    for row in rows:
        if row["parent_line"] is not None:
            made[str(row["line"])].parent = made[row["parent_line"]]
    return list(made.values())


def fill_figures(
    pair: Pair,
    row: Row,
    owner: Any,
    rate: int,
    lines: Sequence[Row] | None,
    stored: Callable[[], Iterable[Any]],
    *,
    new: bool,
) -> None:
    """Fill the figures of `owner` that its row leaves open from its lines.

    `lines` are its new ones, None where they stay; `stored` gives those then.
    """
    figures = None if lines is None else _figures(pair, lines, rate)
    for column, figure in pair.figures.items():
        if row[column] is None and (column in row or lines is not None or new):
            if figures is None:
                figures = _figures_stored(stored())
            target = owner._meta.get_field(column)
            value = figures[figure]
            setattr(owner, column, value if figure == "lines" else as_stored(target, value))


def _amounts(pair: Pair, row: Row, rate: int) -> dict[str, int | None]:
    """Return the money of a line in the base currency, in units."""
    columns = {*pair.amounts, "row_total"} & set(pair.lines.columns)
    found: dict[str, int | None] = {}
    for column in columns:
        given = row[column]
        found[column] = in_base(given, rate) if column in pair.amounts else given
    if "price" in pair.lines.columns and row["row_total"] is None:
        found["row_total"] = line_total(row["quantity"], row["price"], rate)
    return found


def _figures(pair: Pair, rows: Sequence[Row], rate: int) -> Mapping[str, int]:
    top = [row for row in rows if row["parent_line"] is None]
    totals = [_amounts(pair, row, rate).get("row_total") for row in top]
    return {
        "lines": len(top),
        "quantity": sum(row["quantity"] for row in top),
        "total": sum(total for total in totals if total is not None),
    }


def _is_below_itself(line: str, parents: Mapping[str, Any]) -> bool:
    seen: Counter[str] = Counter()
    at: str | None = line
    while at is not None:
        if seen[at]:
            return True
        seen[at] += 1
        at = parents.get(at)
    return False


def _figures_stored(lines: Iterable[Any]) -> Mapping[str, int]:
    top = [line for line in lines if line.parent is None]
    return {
        "lines": len(top),
        "quantity": sum(to_units(line.quantity) for line in top),
        "total": sum(to_units(line.row_total) for line in top if line.row_total is not None),
    }
