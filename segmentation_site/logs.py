"""What is worth a line in the log."""

import logging

from django.core.exceptions import PermissionDenied, SuspiciousOperation

from core.tracing.request_id import request_names

TICK = "segments.tick"


class NotEachTick(logging.Filter):
    """Leaves out that Celery sent, received and did the tick: that is three lines each second."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is more than that."""
        return record.levelno > logging.INFO or TICK not in record.getMessage()


class RefusalsInOneLine(logging.Filter):
    """Leaves out where in the code a request was refused: that is no fault of the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; of a refusal only the line is logged."""
        if record.exc_info and isinstance(
            record.exc_info[1], PermissionDenied | SuspiciousOperation
        ):
            record.exc_info = record.exc_text = None
        return True


class NobodysAddress(logging.Filter):
    """Shows of a request's address the pattern alone: a customer's number may stand in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; the address in the line becomes what it matched."""
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
