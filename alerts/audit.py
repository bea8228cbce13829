"""Subjects of alerts in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Subject

ALERT = "alerts.alert"
CHANNEL = "alerts.channel"
MUTED = "alerts.muted"
SUBJECTS = (
    Subject(ALERT, _("alert")),
    Subject(CHANNEL, _("alert channel")),
    Subject(MUTED, _("muted alerts of a segment")),
)
