"""Health checks: whether this process is alive, and whether it has all that it needs."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from celery import current_app
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from core.database.upgrades.kinds import needed_migrations
from customers.changes.triggers import faults

logger = logging.getLogger(__name__)

# How long the broker may take to answer (seconds).
BROKER_SECONDS = 2


def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200: the process is alive. The database is not checked: a restart would not help."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 if no check finds a problem, otherwise 503 with the names of the failed checks."""
    missing = _missing()
    if not missing:
        return JsonResponse({"status": "ready"})
    body = {"status": "unavailable", "missing": missing}
    return JsonResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _missing() -> dict[str, str]:
    missing = _failing({"database": _database})
    if not missing:  # Without a database the two would only wait for it once more.
        missing |= _failing({"migrations": _migrations, "triggers": _triggers})
    return missing | _failing({"broker": _broker})


def _failing(checks: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Return the problems that `checks` find, by name; checks without a problem are left out."""
    found = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except Exception as error:
            # A driver's message may hold addresses and names of users: it goes to the log only.
            logger.warning("Not ready: %s: %s", name, error)
            found[name] = "does not answer"
    return {name: problem for name, problem in found.items() if problem}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    """Name the pending migrations, except those that drop columns; newer ones do no harm."""
    return ", ".join(str(migration) for migration in needed_migrations(connection))


def _triggers() -> str:
    wrong = faults()
    return f"{len(wrong)} not as they should be" if wrong else ""


def _broker() -> str:
    options = {
        **getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}),
        "socket_connect_timeout": BROKER_SECONDS,
        "socket_timeout": BROKER_SECONDS,
    }
    with current_app.connection_for_write(
        connect_timeout=BROKER_SECONDS, transport_options=options
    ) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    return ""
