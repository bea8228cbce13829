"""Lists that stay fast at a million rows: bounded counts, searches by prefix, no mass actions."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.access.website_limits import limit_rows
from core.admin.guarded import GuardedAdmin
from core.admin.labels import delete_nothing_beside, name_parts
from core.admin.website_pages import LIST, may_open
from core.text.folding import fold

M = TypeVar("M", bound=Model)

# Folded texts are compared in byte order, in which no character comes after this one.
LAST_CHARACTER = "\U0010ffff"


class BoundedPaginator(Paginator[Any]):
    """Pages over the first rows of a list, of which no more than these are ever counted."""

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        try:
            return rows.order_by()[: self.LIMIT].count()
        except OverflowError as error:  # SQLite's, for a key in the address that none can be
            raise IncorrectLookupParameters from error

    @property
    def is_cut_off(self) -> bool:
        """Return whether the list goes on (or ends exactly) where the pages end."""
        return self.count == self.LIMIT


class BigListAdmin(GuardedAdmin, admin.ModelAdmin[M]):
    """Base of all pages of shop data; its `search_fields` are searched by prefix."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Counts at the filters would be counts of everyone.
    show_facets = admin.ShowFacets.NEVER
    search_help_text = _("Finds what begins with these characters.")
    # An action on “all” would reach rows that the list neither counts nor shows.
    actions = None
    # Where a row's website is found; empty: the pages are refused to people with a limit.
    website_path = ""

    @property
    def website_pages(self) -> Collection[str]:
        """The pages that are there for people who are limited to websites.

        None of them adds a row: the error for a number that is taken would reveal that another
        website has the row.
        """
        if not self.website_path:
            return ()
        return (LIST, "change_view", "delete_view", "history_view", "export_action")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Forms of other rows offer a link to add one.
        return super().has_add_permission(request) and may_open(self, "add_view", request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        return limit_rows(rows, request.user, self.website_path) if self.website_path else rows

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            name_parts(field)
            delete_nothing_beside(field)
        return field

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        term = fold(search_term.strip())
        if term:
            columns = [str(column) for column in self.get_search_fields(request)]
            queryset = queryset.filter(self.matches(term, columns))
        return queryset, False

    def matches(self, term: str, columns: Sequence[str]) -> Q:
        """Return the condition that a row is found by the folded `term` in one of `columns`."""
        found = Q()
        for column in columns:
            found |= begins_with(column, term)
        return found


def begins_with(column: str, term: str) -> Q:
    """Return the condition that `column` begins with the folded `term`.

    For a folded column as a range, which an index serves on every database; any other is one of
    the few columns of few rows that have no folded copy.
    """
    # PostgreSQL refuses a text with NUL, and no stored text has one.
    if "\0" in term:
        return Q(pk__in=[])
    if not column.endswith("_folded"):
        return Q(**{f"{column}__istartswith": term})
    return Q(**{f"{column}__gte": term, f"{column}__lt": term + LAST_CHARACTER})
