"""Whether anybody works on what is queued, said where it matters."""

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.clock import now
from segments.engine.workers import is_missing, last_seen


def worker_warning() -> str:
    """Return what to say where no worker has been seen for some minutes; "" where one was."""
    if not is_missing():
        return ""
    seen = last_seen()
    if seen is None:
        return _("No worker has been seen yet, so nothing is refreshed.")
    return _("No worker has been seen for %(time)s, so nothing is refreshed.") % {
        "time": timesince(seen, now())
    }
