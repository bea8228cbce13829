"""The subjects of price rules in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Subject
from customers.models import AuditAction

RULE = "price_rules.rule"
COUPON = "price_rules.coupon"
# The audit action DELETED of a coupon mostly means that its reservation for an order was released.
DEEDS = {AuditAction.DELETED.value: _("given back")}
FIELDS = {
    "order": _("order number"),
    "count": _("number of codes"),
    "prefix": _("prefix"),
}
SUBJECTS = (
    Subject(RULE, _("price rule"), model="price_rules.CartPriceRule"),
    Subject(COUPON, _("coupon"), deeds=DEEDS, fields=FIELDS, model="price_rules.Coupon"),
)
