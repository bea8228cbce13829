"""An attributed conversion as others read it: in the signal, in the API and in webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.api.parsing import ClockField
from personalization.models import AttributedConversion

Document = dict[str, Any]
TOPIC = "conversion_attributed"
CLOCK = ClockField()


def conversion_values(row: AttributedConversion) -> Document:
    """Return the values of a conversion whose customer is loaded; amounts are Decimals.

    `corrects` is there, and true, where the state replaces one that was sent before.
    """
    found: Document = {
        "order": row.number,
        "customer": row.customer.external_id,
        "at": row.at,
        "revenue": row.revenue,
        "model": row.model,
        "personalization_contribution": row.contribution,
        "share": row.share,
        "touches": row.touches,
        "lift_achieved": row.lift,
    }
    return found | ({"corrects": True} if row.revision > 1 else {})


def conversion_document(row: AttributedConversion) -> Document:
    """Return the same as JSON: amounts and shares are texts of 4 decimals, instants of UTC."""
    found = conversion_values(row)
    share = found["share"]
    return found | {
        "at": CLOCK.to_representation(row.at),
        "revenue": f"{row.revenue:.4f}",
        "personalization_contribution": f"{row.contribution:.4f}",
        "share": None if share is None else f"{share:.4f}",
    }


def message_of(reference: Sequence[int]) -> Mapping[str, Any] | None:
    """Return the body of a webhook message about a row and its revision; None: it was erased.

    The figures are the latest ones; `corrects` is that of the revision.
    """
    key, revision = reference
    row = AttributedConversion.objects.select_related("customer").filter(pk=key).first()
    if row is None:
        return None
    row.revision = revision
    return conversion_document(row)
