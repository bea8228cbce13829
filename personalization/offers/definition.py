"""What an offer says: all that can be written of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from personalization.editing.rows import plain, values_of
from personalization.models import Offer


@dataclass(frozen=True)
class OfferSays:
    """All of an offer but its code.

    `value` is a percentage, an amount or points, `budget` an amount in the base currency,
    `min_margin` a share from 0 to 1; instants are aware, the end is not included.
    """

    kind: str
    legal_basis: str
    value: Decimal | None = None
    audience: Mapping[str, Any] | None = None
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    budget: Decimal | None = None
    max_per_customer: int | None = None
    min_margin: Decimal | None = None
    is_active: bool = True


def offer_as_json(row: Offer) -> dict[str, Any]:
    """Return an offer as the API and the audit log have it."""
    said = {name: plain(value) for name, value in values_of(OfferSays, row).items()}
    return {"code": row.code, **said}
