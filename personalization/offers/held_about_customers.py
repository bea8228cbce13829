"""Personal data of offers: redemptions. The audit log has the offers that customers were shown.

When a customer is erased, a redemption stays with its order, without the customer; if the order is
deleted too, the cost stays with the offer, so that no budget is spent twice.
"""

from django.db.models import Sum

from customers.privacy.holdings import Holding, Person, Rows, delete
from personalization.models import Offer, OfferRedemption
from personalization.offers.spending import lock_offer, standing


def _erase(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    if keep_orders:
        return rows.update(customer=None)
    for offer in Offer.objects.filter(redemptions__in=rows).distinct().order_by("pk"):
        held = lock_offer(offer)
        of_person = standing().filter(offer=held, pk__in=rows.values("pk"))
        held.settled += of_person.aggregate(spent=Sum("amount"))["spent"] or 0
        held.save(update_fields=["settled"])
    return delete(rows, person, keep_orders=False)


HOLDING = Holding(OfferRedemption, "customer", erase=_erase)
