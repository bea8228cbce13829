"""The page before a start for present members: who would be started, and who had it before."""

from typing import Any

from django.conf import settings

from campaigns.audience.senders import stores_without_sender
from campaigns.models import Sequence, Trigger
from campaigns.sequences.members import reason_against_start
from campaigns.sequences.start_forecast import outlook_of
from campaigns.words import reason_counts_texts, refusal_text
from core.clock import now


def can_start(sequence: Sequence) -> bool:
    """Return whether the present members can be started now."""
    return (
        sequence.is_active
        and sequence.trigger == Trigger.ENTER
        and sequence.segment is not None
        and sequence.segment.is_active
        and sequence.starting_at is None
    )


def start_context(sequence: Sequence) -> dict[str, Any]:
    """Return the context of the page for a start of `sequence`."""
    found = outlook_of(sequence, now())
    rows = sequence.steps.filter(is_active=True).order_by("delay_minutes", "number")
    steps = list(rows.select_related("template"))
    return {
        "sequence": sequence,
        "outlook": found,
        "excluded": reason_counts_texts(found.excluded),
        "held_back": reason_counts_texts(found.held_back),
        "first_mail": steps[0] if steps else None,
        "has_one_mail": len(steps) == 1,
        "without_sender": stores_without_sender(found.stores),
        "asks_for_code": found.members > settings.CONFIRM_ABOVE,
        "hindrance": refusal_text(why)
        if (why := reason_against_start(sequence, found.as_of))
        else "",
        "mail_is_off": not settings.MAIL_ENABLED,
    }
