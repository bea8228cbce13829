"""The aggregate `stopped`: rows in each of several consecutive periods, and none since.

The last complete period is not one of them: it must be without rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conditions.bases.aggregates import FIGURES, Compiled, exact_total
from conditions.bases.row_figures.aggregated import in_ranges_by_row
from conditions.bases.row_periods import RowPeriods
from conditions.sql.place import Context, Place, Rows
from conditions.sql.truth import Truth, all_hold, complement

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


def stopped_truth(periods: RowPeriods, rows: Rows, place: Place, context: Context) -> Truth:
    """Return that `rows` lie in each of `periods` and none of them after, for the database."""
    inside = rows.where(periods.within(rows.place, context))
    compiled = Compiled(None, inside, context, None, exact_total, periods)
    count = periods.periods.count
    each = in_ranges_by_row(
        FIGURES["active_periods"].sql(compiled),
        [(None, [(count, count)])],
        inside,
        place,
        zero=True,
        wrap=int,
    )
    return all_hold(each, complement(rows.where(periods.after(rows.place, context)).some()))


def has_stopped(periods: RowPeriods, rows: Sequence[Any], facts: Facts) -> bool:
    """Return the same for a customer's `rows`, for the evaluator.

    `facts` are those of the customer, seen from a row.
    """
    numbers = {periods.number_of(row, facts) for row in rows} - {None}
    if len(numbers) < periods.periods.count:
        return False
    return not any(periods.is_after(row, facts) for row in rows)
