"""Compares one figure with the figures of a population, by queries of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections

from conditions.attribute import Attribute
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.borders import figures_in_rollup, has_border
from conditions.ranking.figures import KNOWN, figures_of
from conditions.ranking.rank import Rank
from conditions.sql.place import Context
from conditions.sql.ranges import adapt_bound
from conditions.sql.statement import Statement
from core.database.fields import UNITS_PER_ONE, quotient
from customers.models import Customer


def compared_with(
    rank: Rank,
    figure: Attribute,
    context: Context,
    *,
    without: int | None = None,
    part: int = 0,
    using: str | None = None,
) -> Compared:
    """Return the figures of the population of `rank`, in the scope of `context`.

    `without`: the key of a customer to leave out. `part`: the key of the part of the population to
    compare with, 0 for none. `using`: the database.
    """
    of_population = rank.among.context_of(context)
    customers = Customer.objects.using(using)
    figures: Statement | None
    try:
        if has_border(rank, figure, of_population):
            figures = figures_in_rollup(rank, figure, of_population, customers.db, without=without)
        else:
            population = customers.filter(rank.among.truth(of_population).q)
            others = population.exclude(pk=without) if without else population
            figures = figures_of(others, figure, rank, of_population, customers.db)
    except EmptyResultSet:
        figures = None
    return Compared(rank, figure, figures, part, customers.db)


class Compared:
    """Figures of one part, a row each as `figures_of` returns them; None: there are none."""

    def __init__(
        self, rank: Rank, figure: Attribute, figures: Statement | None, part: int, using: str
    ) -> None:
        self._rank, self._figure, self._figures = rank, figure, figures
        self._part, self._connection = part, connections[using]

    def counted(self, unit: Any) -> tuple[int, int, int]:
        """Return the number of figures, of better figures, and of equal figures."""
        if unit is None:
            ((size,),) = self._rows("COUNT(*)") or [(0,)]
            return size, 0, 0
        better = f"_figure {self._rank.sign} %s"
        columns = f"COUNT(*), COUNT(CASE WHEN {better} THEN 1 END)"
        bound = self._bound(unit)
        rows = self._rows(f"{columns}, COUNT(CASE WHEN _figure = %s THEN 1 END)", bound, bound)
        (found,) = rows or [(0, 0, 0)]
        return found[0], found[1], found[2]

    def before(self, unit: Any) -> int:
        """Return how many figures stand before the figure `unit`, for a rank by number.

        Counting stops once the place is lost. With ties left out equal figures count, too.
        """
        sign = f"{self._rank.sign}=" if self._rank.ties_out else self._rank.sign
        _one, most = self._rank.limit
        rows = self._rows(
            "1",
            after=f" AND _figure {sign} %s LIMIT %s",
            more=(self._bound(unit), most),
            query="SELECT COUNT(*) FROM ({}) AS counted",
        )
        return int(rows[0][0]) if rows else 0

    def amount(self, own: int | None = None) -> tuple[int, int | None]:
        """Return the number of figures, including the `own` figure, and their average or median.

        The amount is in units of `Rank.scale_of_amount`; None without any figures.
        """
        type_ = self._figure.type
        assert isinstance(type_, NumberType)
        ((size, total),) = self._rows("COUNT(*), COALESCE(SUM(_figure), 0)") or [(0, 0)]
        count = size + (own is not None)
        if not count:
            return 0, None
        if self._rank.measure is Measure.AVERAGE:
            whole = int(total) + (own or 0)
            return count, quotient(whole * (UNITS_PER_ONE // type_.scale), count)
        number = (count + 1) // 2
        if own is None:
            return count, self._number(number, 1)[0]
        around = self._number(max(number - 1, 1), 2 if number > 1 else 1)
        return count, sorted([*around, own])[min(number, 2) - 1]

    def at_place(self, place: int, size: int) -> int:
        """Return the figure of the customer at `place`, the best being 1, of `size`."""
        return self._number(size + 1 - place if self._rank.operator.is_top else place, 1)[0]

    def least_above_zero(self) -> int | None:
        """Return the smallest figure above 0; None where there is none."""
        found = self._rows("MIN(CASE WHEN _figure > 0 THEN _figure END)")
        return found[0][0] if found else None

    def _number(self, first: int, count: int) -> list[int]:
        """Return `count` figures in rising order from number `first` on, as far as there are."""
        order = " ORDER BY _figure LIMIT %s OFFSET %s"
        return [value for (value,) in self._rows("_figure", after=order, more=(count, first - 1))]

    def _bound(self, unit: Any) -> Any:
        return unit if isinstance(unit, int) else adapt_bound(unit, self._connection)

    def _rows(
        self,
        columns: str,
        *bounds: Any,
        after: str = "",
        more: Sequence[Any] = (),
        query: str = "{}",
    ) -> list[Any]:
        """Return the rows of `columns` of the figures, or of a `query` about these rows."""
        if self._figures is None:
            return []
        sql, params = self._figures
        rows = f"SELECT {columns} FROM ({sql}) AS figures WHERE _part = %s AND {KNOWN}{after}"
        with self._connection.cursor() as cursor:
            cursor.execute(query.format(rows), [*bounds, *params, self._part, *more])
            return list(cursor.fetchall())
