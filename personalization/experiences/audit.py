"""Subjects and fields of experiences in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Subject

PLACEMENT = "personalization.placement"
VARIANT = "personalization.variant"
CONTENT = "personalization.content"
FIELDS = {
    "code": _("code"),
    "is_active": _("active"),
    "page_type": _("page type"),
    "website": _("website"),
    "default_content": _("default content"),
    "selection": _("choice of the variant"),
    "goals": _("goals"),
    "explore": _("share of customers who get a random variant"),
    "audience": _("audience"),
    "context": _("only in"),
    "live": _("judge membership at each request"),
    "priority": _("priority"),
    "starts_at": _("from"),
    "ends_at": _("until"),
    "content": _("content"),
    "type": _("type"),
    "published_at": _("published"),
    "expires_at": _("expires"),
    "categories": _("categories"),
    "months": _("months"),
    "body": _("body"),
}
SUBJECTS = (
    Subject(PLACEMENT, _("place in the shop"), fields=FIELDS, model="personalization.Placement"),
    Subject(VARIANT, _("variant"), fields=FIELDS, model="personalization.ExperienceVariant"),
    Subject(CONTENT, _("content"), fields=FIELDS, model="personalization.ContentItem"),
)
