"""A sender whose clock runs faster than any other; it begins when all are ready."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import django

# So many seconds pass on the clock within one.
FACTOR = 60


def hurried_clock(begun):
    """Return a clock that is right at `begun` (Unix time), and hurries from then on."""
    return lambda: datetime.fromtimestamp(begun + (time.time() - begun) * FACTOR, tz=UTC)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()

    from campaigns.models import Message, MessageState
    from campaigns.sending import send_due
    from core import clock

    begun, ready, go = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    clock.now = hurried_clock(begun)
    ready.touch()
    while not go.exists():
        time.sleep(0.01)
    while Message.objects.filter(state=MessageState.SCHEDULED).exists():
        send_due()
