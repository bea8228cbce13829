"""The warning that no worker is running."""

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.clock import now
from segments.engine.workers import is_missing, last_seen


def worker_warning() -> str:
    """Return a warning where no worker has been seen for some minutes; "" otherwise."""
    if not is_missing():
        return ""
    seen = last_seen()
    if seen is None:
        return _("No worker has been seen yet, so nothing is refreshed.")
    return _("No worker has been seen for %(time)s, so nothing is refreshed.") % {
        "time": timesince(seen, now())
    }
