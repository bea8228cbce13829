"""Exports customers that another app has chosen, under the rules of exports of members."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext_noop

from core.text.formulas import guard_formula
from customers.models import Customer
from segments.database.concurrency_limit import DOWNLOADS, TOO_MANY_DOWNLOADS, TooMany, turn
from segments.export.allowed import may_export
from segments.export.contents import CONTENT_TYPES, ExportRefused
from segments.export.document import Counts
from segments.export.formats.csv_lines import csv_line
from segments.export.members import Stream, note_export
from segments.models import ExportAudit

# The number of customers that one query looks up.
LOOKED_UP = 5_000


class ExportBusy(ExportRefused):
    """The maximum number of downloads is running; the client may retry after 10 seconds."""

    retry_after = 10


@dataclass(frozen=True)
class CustomerRow:
    """The internal key of a customer, and the formatted cells after the column `id`."""

    key: int
    cells: Sequence[str]


def customer_ids(keys: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the internal key and the shop's id of the customers with these keys, in their order.

    Deleted customers are left out. Runs one query for each 5,000 keys.
    """
    for start in range(0, len(keys), LOOKED_UP):
        part = keys[start : start + LOOKED_UP]
        ids = dict(Customer.objects.filter(pk__in=part).values_list("pk", "external_id"))
        yield from ((key, ids[key]) for key in part if key in ids)


def export_customers(
    name: str, columns: Sequence[str], rows: Sequence[CustomerRow], *, user: User
) -> HttpResponseBase:
    """Return the download of a CSV of `rows`, streamed: the column `id`, then `columns`.

    The audit of exports stores `name` in the place of a segment's code. The settings leave out
    customers as in an export of members; the header `X-Left-Out` has their number. Raises
    PermissionDenied where `user` may not export, ExportRefused where there are more rows than
    `settings.EXPORT_ROW_LIMIT`, and ExportBusy where the maximum number of downloads is running.
    """
    if not may_export(user):
        raise PermissionDenied
    limit = settings.EXPORT_ROW_LIMIT
    if limit and len(rows) > limit:
        text = gettext_noop("An export may have at most %(limit)s rows; this one would have more.")
        raise ExportRefused(text, limit=limit)
    counts = Counts(total=len(rows))
    stream = Stream(_chunks(name, ("id", *columns), rows, user, counts), counts)
    try:
        left_out = stream.begin()
    except TooMany as error:
        raise ExportBusy(str(TOO_MANY_DOWNLOADS)) from error
    file = name.replace("/", "-").replace(":", "-")
    return StreamingHttpResponse(
        stream,
        content_type=CONTENT_TYPES["csv"],
        headers={
            "Content-Disposition": f'attachment; filename="{file}.csv"',
            "X-Left-Out": str(left_out),
        },
    )


def _chunks(
    name: str, columns: Sequence[str], rows: Sequence[CustomerRow], user: User, counts: Counts
) -> Generator[bytes, None, None]:
    with turn(user, kind=DOWNLOADS):
        audit = note_export(user, name, format="csv", columns=list(columns))
        try:
            counts.left_out = len(rows) - _kept_count(rows)
            yield csv_line(columns)
            remaining = iter(rows)
            while part := list(islice(remaining, LOOKED_UP)):
                lines = list(_lines(part))
                counts.rows += len(lines)
                yield b"".join(lines)
        finally:
            written = {"rows": counts.rows, "left_out": len(rows) - counts.rows}
            ExportAudit.objects.filter(pk=audit.pk).update(**written)


def _kept_count(rows: Sequence[CustomerRow]) -> int:
    """Return how many of the customers an export may contain."""
    if not settings.EXPORT_ONLY_ACCEPTING_MARKETING:
        return len(rows)
    return sum(
        _contactable_customers(rows[start : start + LOOKED_UP]).count()
        for start in range(0, len(rows), LOOKED_UP)
    )


def _contactable_customers(part: Sequence[CustomerRow]) -> QuerySet[Customer]:
    found = Customer.objects.filter(pk__in=[row.key for row in part])
    if settings.EXPORT_ONLY_ACCEPTING_MARKETING:
        found = found.filter(accepts_marketing=True)
    return found


def _lines(part: Sequence[CustomerRow]) -> Iterator[bytes]:
    ids = dict(_contactable_customers(part).values_list("pk", "external_id"))
    for row in part:
        if row.key in ids:
            yield csv_line([guard_formula(ids[row.key]), *row.cells])
