"""Coverage of websites by rows that list website or store codes in a JSON column."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from core.access.website_limits import may_see
from core.access.website_limits import websites_of as limit_of
from core.resources.coverage import Coverage
from customers.models import Store, Website

# Stands for the website of a code that no longer exists; no website limit includes this key.
UNKNOWN = 0


class _Codes(Coverage):
    """Rows with codes in the column `column`; none: all websites."""

    def __init__(self, column: str) -> None:
        self.column = column

    def websites_of(self, row: Any) -> Collection[int]:
        codes = getattr(row, self.column)
        if not codes:
            return ()
        known = self._websites_by_code(codes)
        return {known.get(code, UNKNOWN) for code in codes}

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        limit = limit_of(user)
        if limit is None:
            return rows
        named = list(rows.order_by().values_list("pk", self.column))
        known = self._websites_by_code({code for _key, codes in named for code in codes})
        seen = [
            key
            for key, codes in named
            if may_see({known.get(code, UNKNOWN) for code in codes}, limit)
        ]
        return rows.filter(pk__in=seen)

    @abstractmethod
    def _websites_by_code(self, codes: Collection[str]) -> Mapping[str, int]:
        """Return the internal key of the website of each known code."""


class WebsiteCodes(_Codes):
    """Rows with codes of websites in the column `column`; none: all websites."""

    def _websites_by_code(self, codes: Collection[str]) -> Mapping[str, int]:
        return dict(Website.objects.filter(code__in=codes).values_list("code", "pk"))

    def fill(self, row: Any, user: Any) -> None:
        limit = limit_of(user)
        if limit is not None and not getattr(row, self.column):
            rows = Website.objects.filter(pk__in=sorted(limit)).order_by("pk")
            setattr(row, self.column, list(rows.values_list("code", flat=True)))


class StoreCodes(_Codes):
    """Rows with codes of stores in the column `column`, which cover the websites of the stores.

    Rows without a store cover all websites.
    """

    def _websites_by_code(self, codes: Collection[str]) -> Mapping[str, int]:
        return dict(Store.objects.filter(code__in=codes).values_list("code", "website"))
