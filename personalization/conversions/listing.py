"""Attributed conversions of a period and a placement, as rows and as CSV."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from core.text.codes import CODE
from core.text.formulas import guard_formula
from personalization.conversions.documents import ConversionSerializer
from personalization.models import AttributedConversion
from segments.export.formats.csv_lines import csv_line

# Permissions to see conversions, in the API and in the admin.
NEEDED = ("personalization.view_analytics",)
COLUMNS = (
    *("order", "customer", "at", "revenue", "model", "personalization_contribution", "share"),
    *("placements", "lift", "lift_low", "lift_high", "lift_basis"),
)
ROWS_PER_READ = 1_000


def conversions_of(
    since: datetime | None, until: datetime | None, placement: str | None = None
) -> QuerySet[AttributedConversion]:
    """Return the conversions from `since` until just before `until` (aware), None: any.

    With `placement`, those with a touch of it.
    """
    rows = AttributedConversion.objects.select_related("customer")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if placement is None:
        return rows
    # Any other text is not the code of a placement, and SQLite compares texts without case.
    if not CODE.regex.match(placement):  # type: ignore[union-attr]
        return rows.none()
    return rows.filter(placements__contains=f" {placement} ")


def csv_lines(rows: QuerySet[AttributedConversion]) -> Iterator[bytes]:
    """Yield the header and a line for each of `rows` (RFC 4180), guarded against formulas."""
    yield csv_line(COLUMNS)
    as_document = ConversionSerializer().to_representation
    for row in rows.iterator(chunk_size=ROWS_PER_READ):
        document = as_document(row)
        lift = row.lift or {"value": "", "interval": ["", ""], "basis": ""}
        amounts = ("revenue", "personalization_contribution", "share")
        cells = {name: document[name] or "" for name in amounts}
        yield csv_line(
            [
                guard_formula(row.number),
                guard_formula(row.customer.external_id),
                document["at"],
                cells["revenue"],
                row.model,
                cells["personalization_contribution"],
                cells["share"],
                row.placements.strip(),
                *(str(one) for one in (lift["value"], *lift["interval"], lift["basis"])),
            ]
        )
