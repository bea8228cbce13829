"""Which websites the rows of a resource cover, and what somebody who is limited may do with them.

A row is seen where it covers a website of the limit, or all; it is written where all its websites
are in the limit and it names at least one.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from core.access.website_limits import OutsideWebsites, check_covers, may_change, may_see
from core.access.website_limits import websites_of as limit_of


class Coverage:
    """How the rows of a resource cover websites; a kind of row overrides `websites_of`."""

    def websites_of(self, row: Any) -> Collection[int]:
        """Return the internal keys of the websites that `row` names; empty: it covers all.

        Subclasses override this method; the base raises NotImplementedError.
        """
        raise NotImplementedError

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Return those of `rows` that `user` may see.

        Rows of which there are few are looked at one by one.
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
        """Return whether `user` may write `row`, of which then all customers are the user's."""
        limit = limit_of(user)
        return limit is None or may_change(self.websites_of(row), limit)

    def fill(self, row: Any, user: Any) -> None:
        """Give a new `row` without websites those of the limit, if rows have websites."""


class SeenByAll(Coverage):
    """Rows of the whole shop that name no customer: seen by all, written by those without limit."""

    def websites_of(self, row: Any) -> Collection[int]:
        return ()

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return rows


class SeenByNone(Coverage):
    """Rows that nobody who is limited to websites sees or writes; the default of a resource."""

    def websites_of(self, row: Any) -> Collection[int]:
        return ()

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        if limit_of(user) is not None:
            raise OutsideWebsites
        return rows
