"""Demo data around segments, for screenshots: price rules, webhooks, schedules, tokens, consent."""

from datetime import timedelta
from typing import Any


def beside(author: Any) -> None:
    """Leave some of each, in the states that their pages can show."""
    price_rules(author)
    webhooks(author)
    scheduled_exports(author)
    tokens(author)
    privacy(author)


def price_rules(author: Any) -> None:
    """Leave rules of several kinds, one with coupons and a batch that is being made."""
    from price_rules.coupons.batches import Wanted, begin_batch, make_coupons
    from price_rules.models import Coupon
    from price_rules.resource import PRICE_RULES
    from price_rules.till.redemption import redeem, release

    def rule(code: str, name: str, **values: Any) -> Any:
        return PRICE_RULES.create({"code": code, "name": name, **values}, author=author).row

    sku = {"attribute": "cart_item.sku", "operator": "starts_with", "value": "SKU-1"}
    orders = {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 2}
    best = {"operator": "is", "segments": ["best-customers"]}
    rule(
        "best-ten",
        "Ten per cent for the best",
        action="percent",
        value=10,
        segments=best,
        items={"match": "all", "conditions": [sku]},
        conditions={"match": "all", "conditions": [orders]},
        priority=-1,
    )
    rule(
        "five-off",
        "Five off from fifty",
        action="fixed_cart",
        value=5,
        min_subtotal=50,
    )
    rule("free", "Free shipping", action="none", free_shipping=True, is_active=False)
    spring = rule("spring", "Spring", action="percent", value=20, coupon="generated")
    PRICE_RULES.change(spring, {"value": 25, "uses_total": 1000}, author=author)
    make_coupons(begin_batch(spring, Wanted(20, prefix="SPRING-"), author=author))
    begin_batch(spring, Wanted(5000), author=author)
    coupon = Coupon.objects.first()
    redeem(coupon, "O-900001", None, author=author)
    release(coupon, "O-900001", author=author)


def webhooks(author: Any) -> None:
    """Make a webhook with delivered, waiting and given up deliveries, and one that is off."""
    from core.clock import now
    from segments.webhooks.delivery import new_delivery
    from segments.webhooks.resource import WEBHOOKS

    document = {"name": "Newsletter program", "url": "https://shop.example/in"}
    endpoint = WEBHOOKS.create(document, author=author).row
    for state, status, error in (
        ("delivered", 204, ""),
        ("dead", 500, "The server answered 500 Internal Server Error."),
        ("waiting", None, "The name “shop.example” is not known."),
    ):
        delivery = new_delivery(endpoint, list(range(1, 18)), is_test=False)
        delivery.state, delivery.status_code, delivery.error = state, status, error
        delivery.attempts, delivery.attempted_at = 3, now()
        delivery.save()
    new_delivery(endpoint, [], is_test=True)
    endpoint.failing_since = now() - timedelta(hours=3)
    endpoint.save(update_fields=["failing_since"])
    off = {"name": "Off", "url": "https://other.example/in", "is_active": False}
    WEBHOOKS.create(off, author=author)


def scheduled_exports(author: Any) -> None:
    """Make a scheduled export that was delivered and one that was not."""
    from core.clock import now
    from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS
    from segments.models import ScheduledExport

    for name, error in (("Nightly", ""), ("Weekly", "The folder of the destination is not there.")):
        document = {
            "name": name,
            "segment": "best-customers",
            "schedule": "0 5 * * *",
            "destination": "archive",
            "folder": "daily",
        }
        one = SCHEDULED_EXPORTS.create(document, author=author).row
        brought = None if error else now()
        ScheduledExport.objects.filter(pk=one.pk).update(
            begun_at=now(), brought_at=brought, error=error
        )


def tokens(author: Any) -> None:
    """Leave tokens that are valid, limited and revoked."""
    from django.contrib.auth.models import Permission

    from core.access.tokens import create_token, revoke_token
    from core.clock import now

    at = now()
    limits = Permission.objects.filter(codename__in=["view_segment", "view_members"])
    create_token(author, author=author, name="till", expires_at=at + timedelta(days=90))
    create_token(author, author=author, name="reader", expires_at=None, permissions=limits)
    made = create_token(author, author=author, name="old", expires_at=at + timedelta(days=1))
    revoke_token(made.token, author=author)


def privacy(author: Any) -> None:
    """Create a customer's consent, and an erasure in progress."""
    from core.clock import now
    from customers.models import ConsentState, Customer, Orders, Purpose
    from customers.privacy.consent import note_consent
    from customers.privacy.erasing import request_erasure

    customer = Customer.objects.filter(memberships__isnull=False).latest("orders__created_at")
    states = {Purpose.TRACKING: ConsentState.GRANTED, Purpose.PERSONALIZATION: ConsentState.REFUSED}
    note_consent(
        customer, states, source="form", author=author, at=now(), evidence="Ticked in the account."
    )
    gone = Customer.objects.filter(memberships=None, kind="guest").first()
    request_erasure(gone, Orders.ANONYMIZE, author=author)


def places() -> dict[str, str]:
    """Return the addresses of pages of single rows, by name."""
    from customers.models import ApiToken, Erasure
    from price_rules.models import CartPriceRule, Coupon
    from segments.models import ScheduledExport, WebhookEndpoint

    rows = {
        "rule": CartPriceRule.objects.get(code="best-ten"),
        "rule-with-coupons": CartPriceRule.objects.get(code="spring"),
        "coupon": Coupon.objects.first(),
        "webhook": WebhookEndpoint.objects.first(),
        "schedule": ScheduledExport.objects.last(),
        "token": ApiToken.objects.get(name="reader"),
        "erasure": Erasure.objects.get(),
    }
    return {
        name: f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/"
        for name, row in rows.items()
    }
