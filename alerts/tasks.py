"""Celery tasks of alerts; each calls one function and may be lost or run twice."""

from celery import shared_task

from alerts.channels import sending
from alerts.checks import running
from core.clock import now


@shared_task(name="alerts.check")
def check_alerts() -> None:
    """Judge the sizes whose time of the day has come, and look at everything that may fail."""
    running.check_alerts(now(), only_due=True)


@shared_task(name="alerts.send")
def send_alerts() -> None:
    """Send the messages that are due to the channels."""
    sending.send_waiting()
