"""Quantifiers: tests whether there are chosen rows."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from conditions.bases.aggregates.base import Quantifier
from conditions.sql.truth import all_hold, complement


def _all_chosen(chosen: Iterator[bool]) -> bool:
    return next(chosen, False) and all(chosen)


QUANTIFIERS: Mapping[str, Quantifier] = {
    one.name: one
    for one in (
        Quantifier(
            name="exists",
            words=_("there is one"),
            truth=lambda rows, chosen: chosen().some(),
            holds=any,
        ),
        Quantifier(name="not_exists", words=_("there is none"), twin="exists"),
        Quantifier(
            name="every",
            words=_("there are some, and each"),
            truth=lambda rows, chosen: all_hold(
                rows.some(), complement(chosen(negated=True).some())
            ),
            holds=_all_chosen,
        ),
        Quantifier(
            name="stopped",
            words=_("some in each period, then none"),
            needs_periods=True,
        ),
    )
}
