"""Actions on webhooks: changing the secret, testing, sending again, keeping a limit."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from core.access.website_limits import is_limited
from core.audit import AuditAction, record
from core.clock import now
from segments.audit import WEBHOOK
from segments.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from segments.webhooks.delivery import new_delivery
from segments.webhooks.signature import new_secret


def keep_limit(sender: Any, instance: User, **kwargs: Any) -> None:
    """Store the websites of a limited user, who is deleted, at the user's webhooks.

    Receives `pre_delete`: afterwards nothing would limit them.
    """
    if not is_limited(instance):
        return
    for endpoint in WebhookEndpoint.objects.filter(created_by=instance):
        allowed = sorted(endpoint.allowed_websites or ())
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(websites=allowed)


def change_secret(endpoint: WebhookEndpoint, author: User) -> WebhookEndpoint:
    """Give `endpoint` a new secret, with which all deliveries are signed from now on."""
    with transaction.atomic():
        endpoint.secret = new_secret()
        endpoint.save(update_fields=["secret"])
        after = {"secret": "changed", "at": now().isoformat()}
        record(author, AuditAction.CHANGED, WEBHOOK, _endpoint_key(endpoint), after=after)
    return endpoint


def test_endpoint(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Queue a test delivery without changes, sent once, also to an inactive endpoint."""
    with transaction.atomic():
        waiting = endpoint.deliveries.filter(is_test=True, state=DeliveryState.WAITING).first()
        if waiting is not None:
            return waiting
        # Make the next look wake a worker at once.
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(woken_at=None)
        return new_delivery(endpoint, [], is_test=True)


def replay(delivery: WebhookDelivery, author: User) -> WebhookDelivery:
    """Queue a delivery that was given up again, under its old id and before newer deliveries."""
    with transaction.atomic():
        dead = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.DEAD, is_test=False
        )
        if dead.update(state=DeliveryState.WAITING, attempts=0):
            WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
                not_before=None, woken_at=None
            )
            after = {"replayed": delivery.message_id}
            name = _endpoint_key(delivery.endpoint)
            record(author, AuditAction.CHANGED, WEBHOOK, name, after=after)
        delivery.refresh_from_db()
    return delivery


def _endpoint_key(endpoint: WebhookEndpoint) -> str:
    return str(endpoint.pk)
