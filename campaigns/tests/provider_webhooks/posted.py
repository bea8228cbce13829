"""What providers post, as their documentation shows it, each about one message."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

SECRET = "zq-secret"
KEY = "zq-key"
ADDRESS = "1@shop.example"


def postmark(reference, kind, at, number=1):
    """Return a record of Postmark's: its kind is a `RecordType`, or the type of a bounce."""
    body = {"MessageID": f"pm-{number}", "Metadata": {"tranche_message": reference}, "Tag": ""}
    if kind in ("Delivery", "Open", "Click"):
        when = "DeliveredAt" if kind == "Delivery" else "ReceivedAt"
        return body | {"RecordType": kind, "Recipient": ADDRESS, when: at.isoformat()}
    if kind in ("ManualSuppression", "SpamComplaint"):
        more = {"SuppressSending": True, "SuppressionReason": kind, "ChangedAt": at.isoformat()}
        return body | {"RecordType": "SubscriptionChange", "Recipient": ADDRESS} | more
    more = {"ID": number, "Type": kind, "BouncedAt": at.isoformat()}
    return body | {"RecordType": "Bounce", "Email": ADDRESS} | more


def brevo(reference, kind, at, number=1):
    """Return an event of Brevo's."""
    return {
        "event": kind,
        "email": ADDRESS,
        "id": number,
        "ts_epoch": int(at.timestamp() * 1000),
        "message-id": f"<{number}@relay.example>",
        "X-Mailin-custom": json.dumps({"tranche_message": reference}),
    }


def mailgun(reference, kind, at, number=1, key=KEY, **more):
    """Return an event of Mailgun's, signed by `key`."""
    stamp, token = str(int(at.timestamp())), f"token-{number}"
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": digest},
        "event-data": {
            "event": kind,
            "id": str(number),
            "timestamp": at.timestamp(),
            "recipient": ADDRESS,
            "message": {"headers": {"message-id": f"{number}@mg.example"}},
            "user-variables": {"tranche_message": reference},
            **more,
        },
    }


def mailersend(reference, kind, at, number=1):
    """Return an event of MailerSend's, which knows tags only."""
    email = {"message": {"id": f"ms-{number}"}, "recipient": {"email": ADDRESS}}
    data = {"id": str(number), "type": kind, "email": email | {"tags": [reference]}}
    return {"type": f"activity.{kind}", "data": data | {"created_at": at.isoformat()}}


def basic(user="tranche", password=SECRET):
    """Return the header of HTTP's basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def signed(body, key=KEY):
    """Return the header by which MailerSend signs."""
    return {"Signature": hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()}


def post(client, esp, body, headers=None):
    """Post a body, JSON unless it is bytes; with basic authentication where nothing is told."""
    text = body if isinstance(body, bytes) else json.dumps(body)
    headers = basic() if headers is None else headers
    return client.generic(
        "POST", f"/m/hooks/{esp}/", text, content_type="application/json", headers=headers
    )


EARLY = datetime(2026, 4, 10, 13, tzinfo=UTC)
