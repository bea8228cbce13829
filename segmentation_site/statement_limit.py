"""No request keeps the database busy with one statement for longer than it may.

What a merchant looks for, sorts by or filters decides how much the database has to read. What is
known to be costly has a shorter limit of its own (`core.database.time_limit`); this one is for
all the rest, of `settings.WEB_STATEMENT_SECONDS`. On PostgreSQL only: SQLite is one machine's,
whose owner is the only one who waits.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.api.refusals import refusal_as_response
from core.database.time_limit import was_cancelled

WAIT = 60


def limit_statements() -> None:
    """Give each connection of this process the limit from now on; called by web processes."""
    connection_created.connect(_limit, dispatch_uid="segmentation_site.statement_limit")


def _limit(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    if connection.vendor == "postgresql" and settings.WEB_STATEMENT_SECONDS:
        limit = f"{round(settings.WEB_STATEMENT_SECONDS * 1000)}ms"
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])


class StatementLimitMiddleware:
    """Answers 503 where a statement was ended, with what one can do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the answer to a request whose statement was ended; None for other errors."""
        if not isinstance(error, OperationalError) or not was_cancelled(error):
            return None
        text = _("The database needed too long for this: ask for less at once, or later again.")
        if request.path.startswith("/api/"):
            return refusal_as_response(HTTPStatus.SERVICE_UNAVAILABLE, text, wait=WAIT)
        context = admin.site.each_context(request) | {"title": _("That took too long")}
        page = TemplateResponse(
            request,
            "admin/too_long.html",
            context | {"text": text},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Retry-After": str(WAIT)},
        )
        return page.render()
