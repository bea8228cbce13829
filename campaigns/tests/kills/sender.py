"""A process that sends what is due; with `late` it marks after sending, as nobody may."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from campaigns import sending  # noqa: E402
from campaigns.delivery.claiming import identify  # noqa: E402
from campaigns.models import Message, MessageState  # noqa: E402


def claim_nothing(at):
    """Take the next message without saying so to anybody."""
    message = Message.objects.filter(state="scheduled").order_by("due_at", "pk").first()
    if message is not None:
        message.attempts += 1
        if message.message_id is None:
            identify(message)
        found = Message.objects.filter(pk=message.pk)
        found.update(message_id=message.message_id, attempts=message.attempts)
    return message


def still_ours(message, at, **values):
    Message.objects.filter(pk=message.pk).update(**values)
    return True


def end_late(message, state, reason, reply="", **more):
    Message.objects.filter(pk=message.pk).update(state=state, reason=reason, **more)
    return state


def mark_late(message, rows, at, reply=""):
    end_late(message, MessageState.SENT, "", reply, sent_at=at)


if __name__ == "__main__":
    if sys.argv[1:] == ["late"]:
        sending.claim, sending.still_ours = claim_nothing, still_ours
        sending._end, sending.mark_sent = end_late, mark_late
    while Message.objects.filter(state__in=(MessageState.SCHEDULED, MessageState.SENDING)).exists():
        sending.send_due()
        time.sleep(0.2)
