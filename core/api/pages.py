"""Cursor pagination of long lists: a cursor keeps its place while rows are added and deleted."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DataError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Endpoint
from core.api.parameters import Parameter
from core.api.refusals import invalid
from core.problems import Problem

Row = TypeVar("Row", bound=Model)
MOST = 1_000
USUAL = 100


class LimitField(serializers.IntegerField):
    """How many rows at most, from 1 to 1,000 (DRF reads more as a number: "1_0", " 7 ")."""

    default_error_messages = {"out_of_range": gettext_lazy("From 1 to %(most)s.")}

    def __init__(self) -> None:
        super().__init__(required=False, min_value=1, max_value=MOST)

    def to_internal_value(self, data: Any) -> int:
        digits = str(data).lstrip("0")
        # Python refuses to read numbers with very many digits.
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MOST))
        if not (is_number and int(digits) <= MOST):
            text = str(self.error_messages["out_of_range"]) % {"most": f"{MOST:,}"}
            raise serializers.ValidationError(text, code="out_of_range")
        return int(digits)


LIMIT = Parameter("limit", LimitField(), "How many rows at most; 100 where it is not said.")
CURSOR = Parameter(
    "cursor",
    serializers.CharField(required=False),
    "Where to go on: what `next` or `previous` of another page says.",
)
PAGED = (LIMIT, CURSOR)
# The result of decoding a cursor that has no position.
NOWHERE = Cursor(offset=0, reverse=False, position=None)


class Pages(CursorPagination):
    """Pages in the order of a unique column."""

    def __init__(self, column: str, size: int) -> None:
        self.ordering = column
        self.page_size = size

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            found = super().decode_cursor(request)
        except NotFound as error:
            raise no_cursor() from error
        if found == NOWHERE:
            raise no_cursor()
        return found


def no_cursor() -> Exception:
    """Return the API's 400 for a cursor that no page of the list has returned."""
    return invalid(Problem("cursor", "invalid_cursor", _("This is no cursor of this list.")))


def page_of(
    rows: QuerySet[Row],
    column: str,
    to_json: Callable[[Row], Any],
    view: Endpoint,
    *,
    prepare: Callable[[list[Row]], None] | None = None,
) -> Response:
    """Return the requested page of `rows`, ordered by `column`, each row as JSON.

    The view's operation declares the parameters `PAGED`. `prepare` is called with the rows of the
    page unless the page is empty. Raises the API's 400 for a cursor that is not one of `column`.
    """
    pages = Pages(column, view.query.get("limit", USUAL))
    try:
        found: list[Row] = list(pages.paginate_queryset(rows, view.request, view) or [])
    except (ValueError, DataError) as error:
        # The cursor can be decoded, but its position is no value of this column.
        if "cursor" not in view.query:
            raise
        raise no_cursor() from error
    if prepare and found:
        prepare(found)
    return pages.get_paginated_response([to_json(row) for row in found])
