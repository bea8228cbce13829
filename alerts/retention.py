"""For how long alerts and what they are judged by are kept."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.timezone import get_default_timezone, localdate

from alerts.habit.judgement import DAYS_READ
from alerts.models import Alert, AlertMessage, JudgedSize, MessageState, NoticedImport
from customers.privacy.retention import Rule

# Imports explain changes of a week at most.
KEEP_IMPORTS = timedelta(days=90)


def old_alerts(at: datetime) -> QuerySet[Alert]:
    """Return the ended alerts that are older than the change log."""
    return Alert.objects.filter(ended_at__lt=at - timedelta(days=settings.KEEP_CHANGES_DAYS))


def old_sizes(at: datetime) -> QuerySet[JudgedSize]:
    """Return the sizes that no judgement reads any more."""
    first = localdate(at, get_default_timezone()) - timedelta(days=DAYS_READ + 1)
    return JudgedSize.objects.filter(day__lt=first)


def old_imports(at: datetime) -> QuerySet[NoticedImport]:
    """Return the notices of old imports."""
    return NoticedImport.objects.filter(at__lt=at - KEEP_IMPORTS)


def old_messages(at: datetime) -> QuerySet[AlertMessage]:
    """Return old messages that do not wait."""
    ended = AlertMessage.objects.exclude(state=MessageState.WAITING)
    return ended.filter(created_at__lt=at - timedelta(days=settings.KEEP_DELIVERIES_DAYS))


RULES = (
    Rule("alerts.alert", old_alerts),
    Rule("alerts.alertmessage", old_messages),
    Rule("alerts.judgedsize", old_sizes),
    Rule("alerts.noticedimport", old_imports),
)
