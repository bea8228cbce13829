"""What sequences have stored: their steps, messages and runs."""

from datetime import timedelta

from campaigns.editing.sequences import SEQUENCES
from campaigns.models import Message, Run, Sequence


def new_step(
    number, delay_minutes, template, coupon_rule=None, coupon_days=0, coupon_prefix="", active=True
):
    """Return the document of a step."""
    return {
        "number": number,
        "delay_minutes": delay_minutes,
        "template": template,
        "coupon_rule": coupon_rule,
        "coupon_days": coupon_days,
        "coupon_prefix": coupon_prefix,
        "is_active": active,
    }


def steps_of(sequence):
    """Return the documents of the steps that are stored."""
    return SEQUENCES.document_of(Sequence.objects.get(pk=sequence.pk))["steps"]


def states(**filters):
    """Return step, state and reason of messages, oldest first."""
    rows = Message.objects.filter(**filters).order_by("pk")
    return list(rows.values_list("step", "state", "reason"))


def dues(since, **filters):
    """Return how many hours after `since` messages are due, oldest message first."""
    rows = Message.objects.filter(**filters).order_by("pk")
    return [(row.due_at - since) / timedelta(hours=1) for row in rows]


def runs(sequence):
    """Return state and reason of the runs of a sequence, oldest first."""
    rows = Run.objects.filter(sequence=sequence).order_by("pk")
    return list(rows.values_list("state", "reason"))
