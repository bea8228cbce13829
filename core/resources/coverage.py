"""The websites that rows of a resource cover, and access of users who are limited to websites.

A limited user may see a row that covers a website of the limit, or all websites, and may write a
row that names at least one website and only websites of the limit.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from core.access.website_limits import OutsideWebsites, check_covers, may_change, may_see
from core.access.website_limits import websites_of as limit_of


class Coverage:
    """How the rows of a resource cover websites; subclasses override `websites_of`."""

    def websites_of(self, row: Any) -> Collection[int]:
        """Return the internal keys of the websites that `row` names; empty: it covers all.

        Subclasses override this method; the base raises NotImplementedError.
        """
        raise NotImplementedError

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Return those of `rows` that `user` may see.

        The rows are checked one by one, since there are few.
        """
        limit = limit_of(user)
        if limit is None:
            return rows
        return rows.filter(pk__in=[row.pk for row in rows if may_see(self.websites_of(row), limit)])

    def check_writing(self, row: Any, user: Any) -> None:
        """Raise OutsideWebsites unless `user` may write `row` as it is."""
        if limit_of(user) is not None:
            check_covers(user, self.websites_of(row))

    def is_writable(self, row: Any, user: Any) -> bool:
        """Return whether `user` may write `row`, and so may see all customers that `row` covers."""
        limit = limit_of(user)
        return limit is None or may_change(self.websites_of(row), limit)

    def fill(self, row: Any, user: Any) -> None:
        """Set the websites of a new `row` that names none to the user's limit, if rows have any."""


class SeenByAll(Coverage):
    """Rows of the whole shop without customers: all users see them, unlimited users write them."""

    def websites_of(self, row: Any) -> Collection[int]:
        return ()

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return rows


class SeenByNone(Coverage):
    """Rows that limited users neither see nor write; the default of a resource."""

    def websites_of(self, row: Any) -> Collection[int]:
        return ()

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        if limit_of(user) is not None:
            raise OutsideWebsites
        return rows
