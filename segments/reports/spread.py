"""Report: customers by the number of their segments, and how many are in none."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access.website_limits import Websites
from core.figures.charts import bar_chart
from core.figures.table import Cell, LinkedCount, Share, Table
from customers.models import Customer
from segments.models import Membership, Segment
from segments.reports.shown import Chart, Shown, bars_of

CUSTOMERS = Customer._meta.db_table
MEMBERSHIPS = Membership._meta.db_table
SEGMENTS = Segment._meta.db_table


def spread(
    segments: Sequence[Segment], days: int, until: datetime, *, allowed_websites: Websites = None
) -> Shown:
    """Return the report, which shows the present and ignores the period."""
    counts = customers_by_number_of_segments(segments, allowed_websites)
    total = sum(counts.values())
    rows: list[tuple[Cell, ...]] = [
        (
            in_so_many(number),
            LinkedCount(count, f"segments={number}"),
            Share(count / total if total else None),
        )
        for number, count in counts.items()
    ]
    title = _("Customers by the number of their segments")
    bars = bars_of(rows, 1)
    return Shown(
        Table((_("Segments"), _("Customers"), _("Share")), rows),
        [Chart(title, bar_chart(bars, title), bars=bars)],
    )


def customers_by_number_of_segments(
    segments: Iterable[Segment] = (), allowed_websites: Websites = None
) -> dict[int, int]:
    """Return how many active customers are in 0, 1, 2, ... active segments, by stored membership.

    With `allowed_websites`, only customers of these websites and only the given `segments` count;
    None: all customers and all segments. Runs one query, which groups inside the database.
    """
    of_websites = seen = ""
    if allowed_websites is not None:
        of_websites = f"AND c.website_id IN ({_sql_list(allowed_websites)})"
        seen = f"AND s.id IN ({_sql_list(one.pk for one in segments)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT segments, COUNT(*) FROM (
                SELECT COUNT(s.id) AS segments
                FROM {CUSTOMERS} c
                LEFT JOIN {MEMBERSHIPS} m ON m.customer_id = c.id
                LEFT JOIN {SEGMENTS} s ON s.id = m.segment_id AND s.is_active {seen}
                WHERE c.is_active {of_websites}
                GROUP BY c.id
            ) each_customer
            GROUP BY segments ORDER BY segments
            """
        )
        return dict(cursor.fetchall())


def _sql_list(keys: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(keys))) or "NULL"


def customers_in_no_segment() -> int:
    """Return how many active customers are in no active segment, by stored membership."""
    memberships = Membership.objects.filter(customer=OuterRef("pk"), segment__is_active=True)
    return Customer.objects.filter(~Exists(memberships), is_active=True).count()


def in_so_many(number: int) -> str:
    """Return in words that customers are in `number` segments."""
    if not number:
        return _("in no segment")
    return ngettext("in %(count)d segment", "in %(count)d segments", number) % {"count": number}
