"""The changes of a segment since a position in the change log, as CSV or XML."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet

from core.access.website_limits import Websites
from customers.models import Customer
from segments.export.columns import ROWS_PER_READ, CellType, Column
from segments.export.formats.cells import WRITTEN
from segments.export.formats.csv_lines import BOM, csv_line, csv_writers
from segments.export.formats.xml_lines import xml_attributes, xml_elements, xml_head
from segments.models import MembershipChange, Segment
from segments.rules.website_limits.websites import changes_within

# The columns of the change itself, before the requested columns of the customer.
OWN = ("sequence", "kind", "at")
# The sources of columns start at the membership, which a customer who has left does not have.
TO_CUSTOMER = "customer__"


def changes_of(
    segment: Segment, allowed_websites: Websites, using: str
) -> QuerySet[MembershipChange]:
    """Return the changes of `segment` by customers of `allowed_websites` (None: all)."""
    changes = MembershipChange.objects.using(using).filter(segment=segment)
    among = changes_within(allowed_websites)
    return changes if among is None else changes.filter(among)


def delta_head(columns: Sequence[Column], *, bom: bool) -> bytes:
    """Return the header line of a CSV."""
    return (BOM if bom else b"") + csv_line([*OWN, *(column.name for column in columns)])


def csv_changes(
    changes: QuerySet[MembershipChange],
    columns: Sequence[Column],
    *,
    since: int,
    until: int,
    raw: bool,
    using: str,
) -> Generator[bytes, None, None]:
    """Yield a line for each change with `since` < sequence <= `until`, in that order."""
    writers = csv_writers(columns, raw=raw)
    for own, values in _rows(changes, columns, since, until, using):
        cells = (
            "" if value is None else write(value)
            for write, value in zip(writers, values, strict=True)
        )
        yield csv_line([*own, *cells])


def xml_changes_head(segment: Segment, *, since: int, until: int) -> bytes:
    """Return the declaration and the opening tag."""
    return xml_head("changes", segment, since=str(since), until=str(until))


def xml_changes(
    changes: QuerySet[MembershipChange],
    columns: Sequence[Column],
    *,
    since: int,
    until: int,
    using: str,
) -> Generator[bytes, None, None]:
    """Yield an element for each change with `since` < sequence <= `until`, in that order."""
    for own, values in _rows(changes, columns, since, until, using):
        attributes = xml_attributes(dict(zip(OWN, own, strict=True)))
        yield f"<change{attributes}>{xml_elements(columns, values)}</change>\n".encode()


def _rows(
    changes: QuerySet[MembershipChange],
    columns: Sequence[Column],
    since: int,
    until: int,
    using: str,
) -> Iterator[tuple[tuple[str, str, str], Sequence[Any]]]:
    """Yield each change and the values of its customer, which are None for a deleted customer."""
    changes = changes.filter(sequence__lte=until)
    nobody = [None] * len(columns)
    while True:
        batch = changes.filter(sequence__gt=since).order_by("sequence")[:ROWS_PER_READ]
        page = list(batch.values_list("sequence", "kind", "at", "customer_id"))
        if not page:
            return
        # The id of an erased customer is None.
        values = _values_of({pk for *_own, pk in page if pk is not None}, columns, using)
        for sequence, kind, at, customer_id in page:
            own = (str(sequence), kind, WRITTEN[CellType.DATETIME](at))
            yield own, nobody if customer_id is None else values.get(customer_id, nobody)
        since = page[-1][0]


def _values_of(ids: set[int], columns: Sequence[Column], using: str) -> dict[int, Sequence[Any]]:
    sources = {f"c{index}": _of_customer(column) for index, column in enumerate(columns)}
    # Sources that are subqueries refer to the customer by this name.
    customers = Customer.objects.using(using).annotate(customer_id=F("pk")).annotate(**sources)
    rows = customers.filter(pk__in=ids).values_list("pk", *sources)
    return {pk: values for pk, *values in rows}


def _of_customer(column: Column) -> Any:
    if not isinstance(column.source, F):
        return column.source
    path: str = column.source.name  # type: ignore[attr-defined]
    return F(path.removeprefix(TO_CUSTOMER))
