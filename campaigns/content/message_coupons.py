"""The coupon of a message: issued once, and taken back from a message that is not sent."""

from datetime import datetime, timedelta

from django.db.models import Q

from campaigns.content.contents import content_of_message, mentions
from campaigns.models import CampaignVariant, Message
from customers.models import Customer
from price_rules.coupons.issuing import issue_coupon, withdraw_coupon
from price_rules.coupons.uses import uses_of_code
from price_rules.models import CartPriceRule, Coupon

# The issuer of mail's coupons, as it stands in the coupons.
ISSUER = "campaigns"


def rule_of(message: Message) -> CartPriceRule | None:
    """Return the price rule of a message's coupon; None if the message gives no coupon."""
    if message.campaign is not None:
        return message.campaign.coupon_rule
    return message.of_step.coupon_rule if message.of_step is not None else None


def coupon_of(
    message: Message, variant: CampaignVariant | None, customer: Customer, at: datetime
) -> Coupon | None:
    """Return the coupon of a message, the same for each attempt; issue a coupon if there is none.

    The coupon is committed before the mail is handed over, so that a recipient never reads a code
    that is not stored. A step gives the code of an earlier step of its run if that code can still
    be used. A variant that shows nothing of a coupon gets none.
    """
    rule = rule_of(message)
    if rule is None:
        return None
    is_shown = variant is None or mentions(content_of_message(message, variant), "coupon")
    if message.coupon is None and is_shown:
        message.coupon = _earlier_coupon(message, rule, at) or _new_coupon(
            message, rule, customer, at
        )
        message.save(update_fields=["coupon"])
    return message.coupon


def take_back_coupon(message: Message) -> None:
    """Take the coupon from an unsent message, and withdraw it unless another message has it."""
    coupon = message.coupon
    if coupon is None:
        return
    message.coupon = None
    message.save(update_fields=["coupon"])
    if not Message.objects.filter(coupon=coupon).exists():
        withdraw_coupon(coupon)


def _new_coupon(message: Message, rule: CartPriceRule, customer: Customer, at: datetime) -> Coupon:
    step = message.of_step
    return issue_coupon(
        rule,
        customer,
        at,
        prefix=step.coupon_prefix if step else "",
        expires_at=at + timedelta(days=step.coupon_days) if step and step.coupon_days else None,
        issuer=ISSUER,
    )


def _earlier_coupon(message: Message, rule: CartPriceRule, at: datetime) -> Coupon | None:
    if message.run_id is None:
        return None
    given = Message.objects.filter(run=message.run_id, coupon__isnull=False)
    rows = Coupon.objects.filter(pk__in=given.values("coupon"), rule=rule)
    valid = rows.filter(Q(expires_at=None) | Q(expires_at__gt=at), customer=message.customer_id)
    unused = (one for one in valid.order_by("-pk") if not uses_of_code(one, at=at))
    return next(unused, None)
