"""Pages without what their viewer may not see: columns, fields, searches, filters, look-ups."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

from core.access.personal import may_see, strictest_of

Column = TypeVar("Column", bound=Callable[..., Any])

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object


def shows(*columns: str) -> Callable[[Column], Column]:
    """Declare which columns of its row a method of a page is made of."""

    def declare(method: Column) -> Column:
        method.made_of = columns  # type: ignore[attr-defined]
        return method

    return declare


class OwnLookups(Base):
    """A list that filters by nothing in its address but what it offers: no guessing by letters."""

    # Lookups in links from other pages, besides those of `list_filter`.
    linked: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return whether `lookup` is one of a filter that this user is shown, or of a link."""
        path = _columns_of(self.model, lookup)
        filters = self.get_list_filter(request)
        if not path:
            return any(
                isinstance(one, type)
                and issubclass(one, SimpleListFilter)
                and one.parameter_name == lookup
                for one in filters
            )
        # No database has a text with a NUL in it.
        if "\0" in str(value):
            return False
        offered = [one[0] if isinstance(one, tuple | list) else one for one in filters]
        allowed = [_columns_of(self.model, str(one)) for one in (*offered, *self.linked)]
        return path in allowed


class GuardedAdmin(OwnLookups):
    """A page of a model whose personal columns only those see who may (`core.access.personal`)."""

    def get_list_display(self, request: HttpRequest) -> Any:
        return [one for one in super().get_list_display(request) if self._shown(request, one)]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [
            one
            for one in super().get_list_filter(request)
            if self._shown(request, one[0] if isinstance(one, tuple | list) else one)
        ]

    def get_search_fields(self, request: HttpRequest) -> Any:
        return [one for one in super().get_search_fields(request) if self._shown(request, one)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = []
        for name, options in super().get_fieldsets(request, obj):
            rows = [self._row(request, row) for row in options["fields"]]
            if fields := [row for row in rows if row]:
                found.append((name, {**options, "fields": fields}))
        return found

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        # Rows that hold anything personal are for those who may see it; there are no half ones.
        return [
            one
            for one in super().get_inlines(request, obj)
            if may_see(request.user, strictest_of(one.model))
        ]

    def _row(self, request: HttpRequest, row: Any) -> Any:
        if not isinstance(row, tuple | list):
            return row if self._shown(request, row) else None
        return tuple(one for one in row if self._shown(request, one))

    def _shown(self, request: HttpRequest, column: Any) -> bool:
        if isinstance(column, str) and hasattr(type(self), column):
            column = getattr(type(self), column)
        paths = (column,) if isinstance(column, str) else getattr(column, "made_of", ())
        return may_see(request.user, strictest_of(self.model, paths))


def _columns_of(model: type[Model], lookup: str) -> tuple[str, ...]:
    """Return the columns that `lookup` goes through; a row is the same as its key."""
    found: list[str] = []
    at: type[Model] | None = model
    for part in lookup.split(LOOKUP_SEP):
        if at is None:
            break
        if part == "pk" or (found and at._meta.pk and part == at._meta.pk.name):
            break
        try:
            field = at._meta.get_field(part)
        except FieldDoesNotExist:
            break
        found.append(field.name)
        at = field.related_model
    return tuple(found)
