"""Failed log-ins, counted in the database for all web processes by django-axes.

A lock covers an account from one IP address only, so that wrong guesses from another address do not
lock the owner out. An IP address is locked for all accounts after `SHARED` times as many failures,
since many people may share an address. Each lock expires by itself.
"""

import logging
from datetime import timedelta
from math import ceil
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username, get_cool_off, get_failure_limit
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest

from core.audit import AuditAction, AuditSubject, record
from core.clock import now

logger = logging.getLogger(__name__)

SHARED = 10


class Attempts(AxesDatabaseHandler):
    """The django-axes handler that counts failed log-ins and logs each of them.

    The audit log gets every failure before a lock, and the lock. Failures during a lock are left
    out of the audit log, so that a flood from one address adds at most `SHARED` times the limit.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures that count against the limit."""
        return max(
            _sum(rows) // weight for rows, weight in self._attempts_and_limits(request, credentials)
        )

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: Any = None,
        *,
        means: str = "password",
        reason: str = "wrong password",
        **kwargs: Any,
    ) -> None:
        """Count a failed log-in by `means`; record it with `reason`, and a lock that begins."""
        was_locked = request is not None and request.axes_locked_out
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is None:
            return
        name, origin = get_client_username(request, credentials) or "", request.axes_ip_address
        if not was_locked:
            refused = {"means": means, "reason": reason, "address": origin}
            record(None, AuditAction.REFUSED, AuditSubject.LOGIN, name[:64], after=refused)
        if not request.axes_locked_out:
            logger.warning("Log-in failed: user %r from %s", name, origin)
            return
        wait = self.seconds_left(request, credentials)
        logger.warning("Log-in refused for %s s: user %r from %s", wait, name, origin)
        if not was_locked:
            after = {"address": origin, "seconds": wait}
            record(None, AuditAction.LOCKED, AuditSubject.LOGIN, name[:64], after=after)

    def reset_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> int:
        """Forget this account's failures from this address; the address's others stay.

        Otherwise the owner of one account could guess the password of another without limit, by
        logging in to their own account after every few guesses.
        """
        account, _address = self.filter_user_attempts(request, credentials)
        deleted, _rows = account.delete()
        return int(deleted)

    def seconds_left(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the seconds for which log-ins are still refused; 0 where they are not."""
        limit = get_failure_limit(request, credentials)
        cool_off = get_cool_off(request) or timedelta()
        latest = [
            rows.aggregate(latest=Max("attempt_time"))["latest"]
            for rows, weight in self._attempts_and_limits(request, credentials)
            if _sum(rows) // weight >= limit
        ]
        return max((ceil((one + cool_off - now()).total_seconds()) for one in latest), default=0)

    def _attempts_and_limits(
        self, request: HttpRequest, credentials: dict[str, Any] | None
    ) -> list[tuple[QuerySet[Any], int]]:
        account, address = self.get_user_attempts(request, credentials)
        return [(account, 1), (address, SHARED)]


def seconds_locked(request: HttpRequest, credentials: dict[str, Any]) -> int:
    """Return the seconds for which `request` may not try these credentials; 0: it may."""
    AxesProxyHandler.update_request(request)
    handler: Attempts = AxesProxyHandler.get_implementation()
    return handler.seconds_left(request, credentials)


def _sum(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(sum=Sum("failures_since_start"))["sum"] or 0)
