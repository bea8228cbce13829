"""A filter of the list of customers: by the number of active segments in which they are."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from customers.admin.filters import CUSTOMER_FILTERS, CustomerFilter
from customers.models import Customer
from segments.admin.customer.segments import SEEN_BY
from segments.models import Membership, Segment
from segments.reports.spread import in_so_many
from segments.rules.website_limits.websites import seen_by

OFFERED = range(5)
DIGITS = 6


class SegmentCountFilter(admin.SimpleListFilter):
    """Active customers in exactly so many of the active segments that the reader sees."""

    title = gettext_lazy("number of segments")
    parameter_name = "segments"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = self._number()
        numbers = sorted({*OFFERED, 0 if chosen is None else chosen})
        return [(str(number), in_so_many(number)) for number in numbers]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        number = self._number()
        if number is None:
            return queryset
        segments = seen_by(Segment.objects.filter(is_active=True), request.user)
        rows = Membership.objects.filter(segment__in=segments.order_by().values("pk")).order_by()
        queryset = queryset.filter(is_active=True)
        if not number:
            return queryset.filter(~Exists(rows.filter(customer=OuterRef("pk"))))
        # Counted customer by customer: the list reads no more than its first rows.
        of_customer = rows.filter(customer=OuterRef("pk")).values("customer")
        counts = of_customer.annotate(count=Count("segment")).values("count")
        return queryset.alias(segments_count=Subquery(counts)).filter(segments_count=number)

    def _number(self) -> int | None:
        """Return the requested number; None without one. Raises IncorrectLookupParameters."""
        value = self.value()
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= DIGITS):
            raise IncorrectLookupParameters
        return int(value)


CUSTOMER_FILTERS.register(CustomerFilter("segment_count", SegmentCountFilter, SEEN_BY))
