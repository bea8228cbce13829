"""One check: sizes that are due, and everything that may have failed."""

import logging
from datetime import datetime

from alerts.checks.alert_changes import keep_current
from alerts.checks.sizes import judge_sizes
from alerts.failures.findings import FAILURES
from alerts.models import Alert

logger = logging.getLogger(__name__)


def check_alerts(at: datetime, *, only_due: bool) -> list[Alert]:
    """Look at everything as of `at` (aware), store what has changed, return the new alerts.

    With `only_due`, sizes are judged when their time of the day has come (`judge_sizes`). A check
    that fails is logged and stops no other; its alerts stay as they are.
    """
    found: list[Alert] = []
    for failure in FAILURES:
        try:
            found += keep_current([failure.kind], list(failure.find(at)), at)
        except Exception:
            logger.exception("The check of %s failed", failure.name)
    return found + judge_sizes(at, only_due=only_due)
