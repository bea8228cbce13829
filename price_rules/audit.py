"""What the audit log calls our things."""

from django.utils.translation import gettext_lazy as _

from core.audit import Subject
from customers.models import AuditAction

RULE = "price_rules.rule"
COUPON = "price_rules.coupon"
# Coupons are never deleted: what ends is that one is kept for an order.
DEEDS = {AuditAction.DELETED.value: _("given back")}
SUBJECTS = (Subject(RULE, _("price rule")), Subject(COUPON, _("coupon"), deeds=DEEDS))
