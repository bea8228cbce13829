"""Subjects of alerts in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Subject

ALERT = "alerts.alert"
CHANNEL = "alerts.channel"
MUTED = "alerts.muted"
SUBJECTS = (
    Subject(ALERT, _("alert"), model="alerts.Alert"),
    Subject(CHANNEL, _("alert channel"), model="alerts.AlertChannel"),
    Subject(MUTED, _("muted alerts of a segment"), model="alerts.MutedSegment"),
)
