"""Ranges as SQL conditions: on a column, on an expression, on the customers of each zone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, F, Func, Q, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, In, IsNull, LessThanOrEqual

from conditions.language.windows import Range, Ranges, ZonedRanges, ends_of, points_and_spans
from conditions.sql.expressions import QUOTIENT_BOUND, QuotientCompared, RoundedQuotient
from conditions.sql.place import Context, Place
from conditions.sql.truth import NEVER, Truth, any_of

_LOOKUPS: Mapping[str, Any] = {"gte": GreaterThanOrEqual, "lte": LessThanOrEqual}
_SIGNS = {"gte": ">=", "lte": "<="}


def in_zone(website: str, websites: Sequence[int] | None, truth: Truth) -> Truth:
    """Return `truth` for the customers of `websites` only (None: for all customers)."""
    if websites is None:
        return truth
    return Truth(Q(**{f"{website}__in": list(websites)}) & truth.q, truth.certain)


def by_zone(context: Context, place: Place, make: Any) -> Combinable:
    """Return the SQL expression `make(clock)` for the zone of each customer."""
    clocks = context.moment.clocks
    if len(clocks) == 1:
        return make(clocks[0][1])  # type: ignore[no-any-return]
    return Case(
        *(When(**{f"{place.website}__in": list(ids or ())}, then=make(c)) for ids, c in clocks)
    )


def expression_within(expression: Any, ranges: Ranges) -> Truth:
    """Return that the SQL `expression` lies in one of `ranges`; unknown where it is NULL."""
    points, spans = points_and_spans(ranges)
    return any_of(
        one_of(expression, points), *(Truth(_range_truth(expression, one)) for one in spans)
    )


def one_of(expression: Any, values: Sequence[int]) -> Truth:
    """Return that the SQL `expression` is one of `values`; unknown where it is NULL."""
    return Truth(Q(In(expression, list(values)))) if values else NEVER


def _range_truth(expression: Any, bounds: Range) -> Q:
    # NULL satisfies neither end; a separate IS NOT NULL would compute the expression once more.
    ends = [Q(_compare_bound(expression, sign, end)) for sign, end in ends_of(bounds)]
    return Q(*ends) if ends else Q(IsNull(expression, False))


def _compare_bound(expression: Any, sign: str, end: Any) -> Any:
    if isinstance(expression, RoundedQuotient) and abs(end) < QUOTIENT_BOUND:
        return QuotientCompared(expression, sign=_SIGNS[sign], bound=end)
    return _LOOKUPS[sign](expression, end)


def path_within(
    path: str, website: str, zoned: ZonedRanges, wrap: Any, *, bounded: bool = False
) -> Truth:
    """Return that the column at `path` lies in the ranges for the website at the path `website`.

    Unknown where the column is NULL. `bounded`: the column cannot hold every whole number, so that
    Django replaces a bound outside of its range with TRUE, for missing values too.
    """
    if len(zoned) > 1:
        some = [(ids, ranges) for ids, ranges in zoned if ranges]
        if not some:
            return NEVER
        within = WithinForWebsite(F(path), F(website), zoned=some)
        # One range around all ranges, so that an index on the column can be used.
        lows, highs = zip(*(pair for _ids, ranges in some for pair in ranges), strict=True)
        around = (None if None in lows else min(lows), None if None in highs else max(highs))
        return Truth(_path_between(path, around, wrap, bounded=bounded) & Q(within))
    ranges = zoned[0][1]
    points, spans = points_and_spans(ranges)
    if len(points) < 2:
        return any_of(*(Truth(_path_between(path, one, wrap, bounded=bounded)) for one in ranges))
    return any_of(
        Truth(Q(**{f"{path}__in": [wrap(point) for point in points]})),
        *(Truth(_path_between(path, one, wrap, bounded=bounded)) for one in spans),
    )


def _path_between(path: str, bounds: Range, wrap: Any, *, bounded: bool) -> Q:
    low, high = bounds
    ends = ends_of(bounds)
    if ends and low == high:
        return Q(**{path: wrap(low)})
    known = {f"{path}__isnull": False} if not ends or (bounded and len(ends) < 2) else {}
    return Q(**known, **{f"{path}__{sign}": wrap(end) for sign, end in ends})


class WithinForWebsite(Func):
    """A value lies in the ranges of the customer's website; unknown where it is missing.

    One expression covers all zones: the same condition as separate lookups takes several times as
    long to compile.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, value: Any, website: Any, *, zoned: ZonedRanges) -> None:
        self.zoned = zoned
        super().__init__(value, website)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        value, website = (compiler.compile(part) for part in self.get_source_expressions())
        tests, params = [], []
        for websites, ranges in self.zoned:
            for bounds in ranges:
                test, its_params = _said_between(value, bounds, connection)
                ids = ", ".join(str(int(pk)) for pk in websites or ())
                tests.append(f"({website[0]} IN ({ids}) AND {test})")
                params += [*website[1], *its_params]
        return f"({' OR '.join(tests)})", params


def _said_between(value: tuple[str, Any], bounds: Range, connection: Any) -> tuple[str, list[Any]]:
    sql, params = value
    ends = ends_of(bounds)
    if not ends:
        return f"{sql} IS NOT NULL", list(params)
    tests = [f"{sql} {_SIGNS[sign]} %s" for sign, _end in ends]
    found = [one for _sign, end in ends for one in (*params, adapt_bound(end, connection))]
    return " AND ".join(tests), found


def adapt_bound(bound: Any, connection: Any) -> Any:
    """Return a day or an aware instant as a parameter of the connection's database."""
    if isinstance(bound, datetime):
        return connection.ops.adapt_datetimefield_value(bound)
    return connection.ops.adapt_datefield_value(bound)
