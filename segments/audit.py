"""Subjects of segments, and of what belongs to them, in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import AuditSubject, Subject

PRIORITY_LIST, WEBHOOK, SCHEDULED_EXPORT = "priority_list", "webhook", "scheduled_export"
SEGMENT, OVERRIDE = AuditSubject.SEGMENT, AuditSubject.OVERRIDE
FIELDS = {
    "tags": _("tags"),
    "project": _("project"),
    "protect": _("protected from changes by hand"),
}
SUBJECTS = (
    Subject(SEGMENT, SEGMENT.label, fields=FIELDS, model="segments.Segment"),
    # Entries name customers by their numbers, which may read like a column.
    Subject(
        OVERRIDE,
        OVERRIDE.label,
        texts=("reason",),
        model="segments.MembershipOverride",
        keys_are_names=True,
    ),
    Subject(PRIORITY_LIST, _("priority list"), model="segments.PriorityList"),
    Subject(
        WEBHOOK,
        _("webhook"),
        fields={
            "kinds": _("who enters and leaves"),
            "secret": _("signing secret"),
            "at": _("when"),
            "replayed": _("delivery sent again"),
        },
        model="segments.WebhookEndpoint",
    ),
    Subject(
        SCHEDULED_EXPORT,
        _("scheduled export"),
        fields={"begun_by_hand": _("run by hand"), "started_anew": _("changes from now on")},
        model="segments.ScheduledExport",
    ),
)
