"""The rate limit of hand-overs: all senders together keep to MAIL_PER_MINUTE."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from campaigns.models import HandOver, Pace

# A little more than a minute: a mail takes a moment from its turn to the server.
WINDOW = timedelta(seconds=62)


def take_turn(at: datetime) -> float:
    """Record that a mail leaves at `at` and return 0; or return the seconds until one may leave.

    Runs in the caller's transaction: a rollback also undoes the turn. No minute has more than
    MAIL_PER_MINUTE turns over all senders: each waits for the row lock of the sender before.
    """
    most = settings.MAIL_PER_MINUTE
    if not most:
        return 0.0
    with transaction.atomic():
        Pace.objects.get_or_create(pk=1)
        Pace.objects.select_for_update().get(pk=1)
        since = at - WINDOW
        # The oldest of the last MAIL_PER_MINUTE mails: when it has left the window, the next may
        # leave.
        last = HandOver.objects.filter(at__gt=since).order_by("-at").values_list("at", flat=True)
        oldest = list(last[most - 1 : most])
        if oldest:
            return max((oldest[0] - since).total_seconds(), 0.001)
        HandOver.objects.create(at=at)
        HandOver.objects.filter(at__lte=since).delete()
    return 0.0
