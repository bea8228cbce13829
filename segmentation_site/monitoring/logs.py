"""Filters of log lines."""

import logging

from django.core.exceptions import PermissionDenied, SuspiciousOperation

from core.tracing.request_id import request_names

TICK = "segments.tick"


class NotEachTick(logging.Filter):
    """Drops Celery's lines that the tick was sent, received and done: three each second."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is about something else than the tick, or above INFO."""
        return record.levelno > logging.INFO or TICK not in record.getMessage()


class RefusalsInOneLine(logging.Filter):
    """Drops the traceback of a refused request: the refusal is no fault of the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; the log has one line for a refusal."""
        if record.exc_info and isinstance(
            record.exc_info[1], PermissionDenied | SuspiciousOperation
        ):
            record.exc_info = record.exc_text = None
        return True


class NobodysAddress(logging.Filter):
    """Replaces a request's address by its pattern: the address may have a customer's number."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; put the matched pattern in the place of the address."""
        match = getattr(getattr(record, "request", None), "resolver_match", None)
        if match is not None and isinstance(record.args, tuple):
            path = record.request.path  # type: ignore[attr-defined]
            record.args = tuple(f"/{match.route}" if one == path else one for one in record.args)
        return True


class RequestIds(logging.Filter):
    """Gives each line the ids of the request and the trace in which it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; `record.ids` is empty outside of a request."""
        ids = " ".join(f"{name}={value}" for name, value in request_names().items())
        record.ids = f" [{ids}]" if ids else ""
        return True
