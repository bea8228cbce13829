"""Permanent bounces: Anymail's events do not mark them, the providers' own data does."""

from collections.abc import Callable, Mapping
from typing import Any

# Reasons of Anymail's that are about the address itself.
FOR_GOOD = ("bounced", "invalid")
POSTMARK = ("HardBounce", "BadEmailAddress")
# Classes of SparkPost: invalid recipient, no recipient, unsubscribed.
SPARKPOST = ("10", "30", "90")
UNISENDER_GO = ("err_user_unknown", "err_user_inactive", "err_domain_inactive")


def is_hard(esp: str, event: Any) -> bool:
    """Return whether a bounce or refusal (Anymail's event) of the provider `esp` is permanent.

    The provider's data may have any shape: an unexpected one raises KeyError, TypeError or
    AttributeError.
    """
    judge = JUDGES.get(esp)
    if judge is None or event.event_type != "bounced":
        return event.reject_reason in FOR_GOOD
    return judge(event.esp_event)


def _of_postmark(raw: Mapping[str, Any]) -> bool:
    return raw.get("Type", raw.get("SuppressionReason")) in POSTMARK


def _of_sparkpost(raw: Mapping[str, Any]) -> bool:
    (event,) = raw["msys"].values()
    return event.get("bounce_class") in SPARKPOST


def _of_unisender_go(raw: Mapping[str, Any]) -> bool:
    return raw.get("delivery_info", {}).get("delivery_status") in UNISENDER_GO


JUDGES: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "brevo": lambda raw: raw["event"] in ("hard_bounce", "invalid_email"),
    "mailersend": lambda raw: raw["data"]["type"] == "hard_bounced",
    "mailjet": lambda raw: bool(raw.get("hard_bounce")),
    "mandrill": lambda raw: raw["event"] == "hard_bounce",
    "postmark": _of_postmark,
    "resend": lambda raw: raw["data"]["bounce"].get("type") == "Permanent",
    "sendgrid": lambda raw: raw.get("type") != "blocked",
    "sparkpost": _of_sparkpost,
    "unisender-go": _of_unisender_go,
}
