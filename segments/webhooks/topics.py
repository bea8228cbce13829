"""Topics: messages of other apps that a webhook may subscribe to, beside the change log.

A message is queued in the transaction of its cause, as a delivery that refers to the app's own
rows; its body is rendered when it is sent, so that it never contains erased customers.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.clock import now
from core.registries import Registry, Words
from segments.models import WebhookDelivery, WebhookEndpoint

# Numbers by which an app finds the rows of a message.
Reference = Sequence[int]


class MessageBody(Protocol):
    """Returns the data of a message as JSON; None where its rows are deleted."""

    def __call__(self, reference: Reference, /) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class Topic:
    """A topic of messages: the `type` of the payload, a label for users, and the data."""

    name: str
    label: Words
    body: MessageBody


TOPICS: Registry[Topic] = Registry("webhook topic")


def new_message_id() -> str:
    """Return the id of a message, the same for each of its attempts."""
    return f"msg_{secrets.token_hex(16)}"


def queue_messages(topic: str, references: Iterable[Reference]) -> None:
    """Queue a message for each of `references`, for each active webhook that subscribes to `topic`.

    Messages are about customers of all websites, so a webhook whose creator is limited to websites
    gets none. Call it in the transaction of the messages' cause.
    """
    active = WebhookEndpoint.objects.filter(is_active=True).select_related("created_by")
    subscribed = [one for one in active if topic in one.topics and one.allowed_websites is None]
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
