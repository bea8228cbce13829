"""Long lists, a page at a time: a cursor keeps its place while rows come and go."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conditions.language.errors import Problem
from segments.api.problems import invalid

Row = TypeVar("Row", bound=Model)
MOST = 1_000


class Pages(CursorPagination):
    """Pages in the order of a unique column; `?limit=` says how many rows, `?cursor=` where."""

    page_size = 100

    def __init__(self, column: str) -> None:
        self.ordering = column

    def get_page_size(self, request: Request) -> int:
        wanted = request.query_params.get("limit")
        if wanted is None:
            return self.page_size
        digits = wanted.lstrip("0")
        # Not every number of digits is one that Python reads.
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MOST))
        if not (is_number and int(digits) <= MOST):
            message = _("From 1 to %(most)s.") % {"most": f"{MOST:,}"}
            raise invalid(Problem("limit", "out_of_range", message))
        return int(digits)


def page_of(
    rows: QuerySet[Row],
    column: str,
    to_json: Callable[[Row], Any],
    request: Request,
    view: APIView,
    *,
    looked: Callable[[list[Row]], None] | None = None,
) -> Response:
    """Return the page of `rows` that is asked for, in the order of `column`, each as JSON.

    `looked` is called with the rows that are shown, if any are.
    """
    pages = Pages(column)
    found: list[Row] = list(pages.paginate_queryset(rows, request, view) or [])
    if looked and found:
        looked(found)
    return pages.get_paginated_response([to_json(row) for row in found])


def check_parameters(request: Request, *known: str) -> None:
    """Refuse query parameters that are not `known`, and texts that no database keeps."""
    problems = faults_of_parameters(request, *known)
    if problems:
        raise invalid(*problems)


def faults_of_parameters(request: Request, *known: str) -> list[Problem]:
    """Return what is wrong with the query parameters, of which there are those `known`."""
    problems = [
        Problem(name, "unknown_field", _("There is no parameter “%(name)s”.") % {"name": name})
        for name in request.query_params
        if name not in known
    ]
    return problems + [
        Problem(name, "nul", _("There is a NUL in it."))
        for name, values in request.query_params.lists()
        if name in known and "\0" in "".join(values)
    ]
