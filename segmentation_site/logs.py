"""What is worth a line in the log."""

import logging

TICK = "segments.tick"


class NotEachTick(logging.Filter):
    """Leaves out that Celery sent, received and did the tick: that is three lines each second."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is more than that."""
        return record.levelno > logging.INFO or TICK not in record.getMessage()
