"""Subjects, fields and actions of this app in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject

PROPERTY = "personalization.behavior_property"
STOREFRONT = "personalization.storefront"
ALLOWED = "personalization.allowed_address"
RULE, RECOMMENDATIONS = "personalization.rule", "personalization.recommendations"
FIELDS = {
    "version": _("version in use"),
    "rolled_back": _("version that was withdrawn"),
    "reason": _("reason"),
}
SUBJECTS = (
    Subject(PROPERTY, _("property of behaviours"), model="personalization.BehaviorProperty"),
    Subject(STOREFRONT, _("storefront")),
    Subject(ALLOWED, _("allowed address")),
    Subject(RULE, _("recommendation rule"), model="personalization.PersonalizationRule"),
    Subject(RECOMMENDATIONS, _("recommendations"), fields=FIELDS),
)
PROMOTED = Action("promoted", _("promoted"))
BELOW_BASELINE = Action("below_baseline", _("replaced by a counter"))
ACTIONS = (PROMOTED, BELOW_BASELINE)
