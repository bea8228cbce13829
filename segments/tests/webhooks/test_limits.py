"""What a webhook sends that somebody made before they were limited to websites."""

import json

import pytest

from customers.models import Customer, UserWebsite, Website
from segments.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from segments.refresh import refresh_segment
from segments.webhooks.delivery import deliver
from segments.webhooks.topics import queue_messages

# What is written is settled when its transaction has ended.
pytestmark = pytest.mark.django_db(transaction=True)


def test_webhook_made_before_the_limit_sends_customers_of_the_limit(
    endpoint, receiver, filled, author
):
    segment = filled(3)
    german = Website.objects.create(code="de", name="Germany")
    ours = Customer.objects.order_by("pk").first()
    Customer.objects.filter(pk=ours.pk).update(website=german)
    UserWebsite.objects.create(user=author, website=german)
    deliver(endpoint.pk)
    assert names(receiver) == [ours.external_id]
    # Nor of a segment that is hidden from its maker by now.
    segment.websites.add(Website.objects.exclude(pk=german.pk).first())
    refresh_segment(segment)
    deliver(endpoint.pk)
    assert names(receiver) == [ours.external_id]


def test_further_messages_end_with_the_limit(endpoint, receiver, author):
    """Catches orders of all websites that a topic sends to a limited creator, queued ones too."""
    WebhookEndpoint.objects.update(topics=["orders"])
    queue_messages("orders", [[1]])
    assert WebhookDelivery.objects.count() == 1
    UserWebsite.objects.create(user=author, website=Website.objects.first())
    queue_messages("orders", [[2]])
    deliver(endpoint.pk)
    assert WebhookDelivery.objects.get().state == DeliveryState.DEAD
    assert receiver.got == []


def names(receiver):
    return [
        change["customer"]
        for _headers, body in receiver.got
        for change in json.loads(body)["data"]["changes"]
    ]
