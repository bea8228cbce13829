"""What the audit log calls our things."""

from django.utils.translation import gettext_lazy as _

from customers.audit import Subject

PLACEMENT = "personalization.placement"
VARIANT = "personalization.variant"
CONTENT = "personalization.content"
SUBJECTS = (
    Subject(PLACEMENT, _("placement")),
    Subject(VARIANT, _("variant")),
    Subject(CONTENT, _("content")),
)
