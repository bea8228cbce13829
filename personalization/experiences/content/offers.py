"""The offers that promotions show to a shopper, as responses contain them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.html import escape

from customers.models import Customer
from personalization.experiences.content.kinds import offers_wanted
from personalization.offers.evaluating import evaluate
from personalization.offers.words import amount_in_json


def offers_in(
    content: Mapping[str, Any],
    customer: Customer | None,
    as_of: datetime | None,
    *,
    for_html: bool,
) -> list[dict[str, Any]]:
    """Return the offers of `customer` (None: an unknown shopper) that the content asks for.

    `as_of` is the aware instant of a preview, None for now. With `for_html`, texts for shoppers are
    escaped.
    """
    wanted = offers_wanted(content)
    if not wanted:
        return []
    written = escape if for_html else str
    return [
        {
            "code": one.offer.code,
            "kind": one.offer.kind,
            "value": amount_in_json(one.offer.value),
            "sentence": written(one.sentence),
            "disclosure": written(one.disclosure),
        }
        for one in evaluate(customer, as_of=as_of)[:wanted]
    ]
