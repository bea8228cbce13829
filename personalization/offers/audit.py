"""Subjects, fields and actions of offers in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject

OFFER, CUSTOMER_OFFER = "personalization.offer", "personalization.customer_offer"
FIELDS = {
    "protected": _("segments that ask for what is protected"),
    "offers": _("offers"),
    "offer": _("offer"),
    "order": _("order"),
    "amount": _("amount"),
}
SHOWN, REDEEMED = Action("shown", _("shown")), Action("redeemed", _("redeemed"))
ACTIONS = (SHOWN, REDEEMED)
SUBJECTS = (
    Subject(OFFER, _("offer"), fields=FIELDS, model="personalization.Offer"),
    Subject(CUSTOMER_OFFER, _("offers of a customer"), names_customers=True, fields=FIELDS),
)
