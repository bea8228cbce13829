"""Topics: messages of other apps that a webhook may subscribe to, beside the change log.

A message is queued in the transaction that it is about, as a delivery that refers to the app's own
rows; its text is made when it is sent, so that nobody who was erased stands in it.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.clock import now
from core.registries import Registry, Words
from segments.models import WebhookDelivery, WebhookEndpoint

# Numbers by which an app finds what a message is about.
Reference = Sequence[int]


class MessageBody(Protocol):
    """Returns the data of a message as JSON; None where its rows are gone."""

    def __call__(self, reference: Reference, /) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class Topic:
    """What messages are about: the `type` of their document, a label for people, their body."""

    name: str
    label: Words
    body: MessageBody


TOPICS: Registry[Topic] = Registry("webhook topic")


def new_message_id() -> str:
    """Return the id of a message, the same for each of its attempts."""
    return f"msg_{secrets.token_hex(16)}"


def queue_messages(topic: str, references: Iterable[Reference]) -> None:
    """Queue a message for each of `references`, for each active webhook that subscribes to `topic`.

    To be called in the transaction that the messages are about.
    """
    subscribed = [
        endpoint
        for endpoint in WebhookEndpoint.objects.filter(is_active=True).only("pk", "topics")
        if topic in endpoint.topics
    ]
    if not subscribed:
        return
    at = now()
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoint,
            message_id=new_message_id(),
            topic=topic,
            sequences=list(reference),
            created_at=at,
        )
        for reference in references
        for endpoint in subscribed
    )
