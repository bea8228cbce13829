"""What sequences have stored: their messages and runs."""

from datetime import timedelta

from campaigns.models import Message, Run


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
