"""What the audit log calls our things."""

from django.utils.translation import gettext_lazy as _

from customers.audit import Subject

RULE = "price_rules.rule"
COUPON = "price_rules.coupon"
SUBJECTS = (Subject(RULE, _("cart price rule")), Subject(COUPON, _("coupon")))
