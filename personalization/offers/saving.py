"""The only way in for offers: while one is written nobody changes the segments behind it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from personalization.editing.rows import Checked, Saved, Written, stored
from personalization.models import Offer
from personalization.offers.audit import OFFER
from personalization.offers.checking import check_offer
from personalization.offers.definition import OfferSays, offer_as_json
from segments.rules.followers import hold_definitions


def _others(row: Offer) -> QuerySet[Offer]:
    return Offer.objects.filter(code=row.code)


OFFERS = Written(OFFER, str, offer_as_json, _others)


def save_offer(row: Offer, says: OfferSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say; raises InvalidRow."""

    def check(row: Offer) -> Checked:
        return check_offer(says, row)

    with transaction.atomic():
        hold_definitions()
        return stored(row, check, author, OFFERS)
