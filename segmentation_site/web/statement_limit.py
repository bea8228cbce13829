"""A limit on the time of each database statement in a request.

A merchant's search, filters and sort order decide how much the database has to read. Statements
that are known to be costly have a shorter limit of their own (`core.database.time_limit`); all
others have the limit `settings.WEB_STATEMENT_SECONDS`. Only PostgreSQL has the limit: a SQLite
database is on one machine, and only the owner of the machine waits. A request that cannot write
because of other transactions, on either database, gets the same kind of response: nothing is saved,
and the request may be sent again.
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
from core.database.idle_timeouts import is_busy
from core.database.time_limit import was_cancelled

# Seconds after which it is worth asking again.
TOO_LONG_WAIT = 60
BUSY_WAIT = 5


def limit_statements() -> None:
    """Give each connection of this process the limit from now on; called by web processes."""
    connection_created.connect(_limit, dispatch_uid="segmentation_site.web.statement_limit")


def _limit(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    if connection.vendor == "postgresql" and settings.WEB_STATEMENT_SECONDS:
        limit = f"{round(settings.WEB_STATEMENT_SECONDS * 1000)}ms"
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])


class StatementLimitMiddleware:
    """Answers 503 where a statement was ended or the database is busy, with what one can do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the answer to a request that may succeed later; None for other errors."""
        if not isinstance(error, OperationalError):
            return None
        if was_cancelled(error):
            title = _("That took too long")
            text = _("The database needed too long for this: ask for less at once, or later again.")
            remedy = _("Nothing was changed. A narrower search or a filter makes it faster.")
            wait = TOO_LONG_WAIT
        elif is_busy(error):
            title = _("The database is busy")
            text = _("Others are writing to the database just now: try again in a moment.")
            remedy = _(
                "Nothing was changed. Reload this page to send the same again, or go back to what"
                " you have typed."
            )
            wait = BUSY_WAIT
        else:
            return None
        if request.path.startswith("/api/"):
            return refusal_as_response(HTTPStatus.SERVICE_UNAVAILABLE, text, wait=wait)
        context = admin.site.each_context(request)
        page = TemplateResponse(
            request,
            "admin/unavailable.html",
            context | {"title": title, "text": text, "remedy": remedy},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Retry-After": str(wait)},
        )
        return page.render()
