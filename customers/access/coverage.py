"""Which websites rows cover that name websites, or stores, by their codes in a JSON list."""

from collections.abc import Collection
from typing import Any

from core.access.website_limits import websites_of as limit_of
from core.resources.coverage import Coverage
from customers.models import Store, Website

# What stands for a code that is none any more: no limit has it.
UNKNOWN = 0


class WebsiteCodes(Coverage):
    """Rows with codes of websites in the column `column`; none: all websites."""

    def __init__(self, column: str) -> None:
        self.column = column

    def websites_of(self, row: Any) -> Collection[int]:
        codes = getattr(row, self.column)
        if not codes:
            return ()
        known = dict(Website.objects.filter(code__in=codes).values_list("code", "pk"))
        return {known.get(code, UNKNOWN) for code in codes}

    def fill(self, row: Any, user: Any) -> None:
        limit = limit_of(user)
        if limit is not None and not getattr(row, self.column):
            rows = Website.objects.filter(pk__in=sorted(limit)).order_by("pk")
            setattr(row, self.column, list(rows.values_list("code", flat=True)))


class StoreCodes(Coverage):
    """Rows with codes of stores in the column `column`, which cover the websites of the stores.

    Rows without a store cover no website in particular, so all of them.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def websites_of(self, row: Any) -> Collection[int]:
        codes = getattr(row, self.column)
        if not codes:
            return ()
        known = dict(Store.objects.filter(code__in=codes).values_list("code", "website"))
        return {known.get(code, UNKNOWN) for code in codes}
