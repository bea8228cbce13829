"""A chain of events as SQL: rows of one step, each with a row of the step before.

The query begins with the rows of the last step. Each earlier step is an EXISTS on rows of the same
customer, so that a database can look these up by the customer, or join all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value

from conditions.chains.step import ChainStep
from conditions.language.windows import MICROSECOND
from conditions.nodes.row_limit import ends_of
from conditions.sql.expressions import Compared, Moved
from conditions.sql.place import Context, Place, Rows, place_of_row
from conditions.sql.truth import Truth, all_hold, complement, existing


def chain_truth(steps: Sequence[ChainStep], place: Place, context: Context) -> Truth:
    """Return that the customer at `place` has a chain of these steps, for the database."""
    present = [step for step in steps if not step.is_absent]
    rows = _rows(present[0], place, context)
    for before, step in pairwise(present):
        rows = _rows(step, place, context).where(_follows(step, before, rows, context))
    if steps[-1].is_absent:
        rows = rows.where(_is_not_followed(present[-1], steps[-1], rows, place, context))
    return rows.some()


def _rows(step: ChainStep, place: Place, context: Context) -> Rows:
    """Return the rows that a step chooses, those without a time left out."""
    rows = place.rows_of(step.relation)
    if step.children:
        rows = rows.where(step.truth(rows.place, context))
    if step.only is not None:
        return ends_of(rows, step.only, 1, step.time, context)
    return rows.where(step.time.is_known(rows.place, context))


def _follows(step: ChainStep, before: ChainStep, rows: Rows, context: Context) -> Truth:
    """Return that a row of `step` follows one of `rows`, which the step `before` has chosen."""
    time, product = _seen_from_inside(step, context)
    earlier = before.time.expression(rows.place, context)
    links: list[Any] = [Compared(earlier, time, sign="<")]
    if step.after is not None and step.after.number:
        links.append(Compared(earlier, Moved(time, hours=-step.after.hours), sign="<="))
    if step.within is not None:
        links.append(Compared(earlier, Moved(time, hours=-step.within.hours), sign=">="))
    if step.same_product:
        links += _is_about_product(before, product, rows, context)
    return existing(_exists(rows, links, step))


def _is_not_followed(
    before: ChainStep, step: ChainStep, rows: Rows, place: Place, context: Context
) -> Truth:
    """Return the test that no row of `step` follows a row of `before` or can follow one later."""
    following = _rows(step, place, context)
    time, product = _seen_from_inside(before, context)
    later = step.time.expression(following.place, context)
    links: list[Any] = [Compared(later, time, sign=">")]
    if step.within is not None:
        links.append(Compared(later, Moved(time, hours=step.within.hours), sign="<="))
    if step.same_product:
        links += _is_about_product(step, product, following, context)
    absent = complement(existing(_exists(following, links, before)))
    if step.within is None:
        return absent
    over = context.moment.as_of - step.within.length - MICROSECOND
    return all_hold(before.time.within([(None, [(None, over)])], rows.place, context), absent)


def _exists(rows: Rows, links: Sequence[Any], around: ChainStep) -> Exists:
    """Return that one of `rows` has these `links` to a row of the step `around`.

    Both rows belong to the same customer.
    """
    linked = rows.where(Truth(Q(*links)))
    return Exists(linked.filtered(**{rows.link: OuterRef(around.relation.link)}))


def _is_about_product(step: ChainStep, product: Any, rows: Rows, context: Context) -> Iterator[Any]:
    """Yield that one of `rows`, of `step`, is about the `product` of the row around it."""
    assert step.sku is not None
    sku = step.sku.expressions(rows.place, context)[0]
    yield Compared(sku, product, sign="=")
    yield Compared(sku, Value(""), sign=">")


def _seen_from_inside(step: ChainStep, context: Context) -> tuple[Any, Any]:
    """Return a row's time and, if it has one, its product, as expressions for a sub-query."""
    place, sku = place_of_row(step.relation), step.sku
    time = _outer(step.time.expression(place, context))
    return time, None if sku is None else _outer(sku.expressions(place, context)[0])


def _outer(expression: Any) -> Any:
    """Return the expression for the row of the outer query."""
    if isinstance(expression, F):
        return OuterRef(getattr(expression, "name"))  # noqa: B009 - the stubs lack it
    copy = expression.copy()
    copy.set_source_expressions([_outer(one) for one in expression.get_source_expressions()])
    return copy
