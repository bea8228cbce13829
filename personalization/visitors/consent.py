"""What a visitor says in the storefront: by a yes a guest is made, by a no nothing is."""

from datetime import datetime

from django.db import transaction

from core.clock import now
from customers.merging import customer_known_as
from customers.models import Consent, ConsentState, Customer, CustomerGroup, Purpose, Store, Website
from customers.models.customer import CustomerKind
from customers.privacy.consent import note_consent

SOURCE = "snippet"
# The group and the store of whoever names none (the shop's data, section 1).
USUAL_GROUP, USUAL_STORE = "general", "default"


def note_said(visitor: str, website: Website, *, is_granted: bool, at: datetime) -> bool:
    """Note that a visitor of `website` grants or refuses tracking, said at `at` (aware).

    Returns whether that makes or concerns anybody. Said again, nothing is added. What a visitor
    says who has become a customer is the customer's.
    """
    state = ConsentState.GRANTED if is_granted else ConsentState.REFUSED
    with transaction.atomic():
        known = customer_known_as(visitor)
        if known is None and is_granted:
            known = _guest(visitor, website)
        if known is None:
            return False
        # One after the other, so that the second finds what the first has said.
        customer = Customer.objects.select_for_update(no_key=True).filter(pk=known.pk).first()
        if customer is None:
            return False
        said = Consent.objects.filter(
            customer=customer, purpose=Purpose.TRACKING, state=state, source=SOURCE, at=at
        )
        if not said.exists():
            note_consent(customer, {Purpose.TRACKING: state}, source=SOURCE, author=None, at=at)
    return True


def _guest(visitor: str, website: Website) -> Customer | None:
    """Return a new guest of `website`; None where it has no store, and the shop no group."""
    stores = Store.objects.filter(website=website).order_by("pk")
    store = stores.filter(code=USUAL_STORE).first() or stores.first()
    groups = CustomerGroup.objects.order_by("pk")
    group = groups.filter(code=USUAL_GROUP).first() or groups.first()
    if store is None or group is None:
        return None
    values = {"website": website, "store": store, "group": group, "registered_at": now()}
    guest, _is_new = Customer.objects.get_or_create(
        external_id=visitor, defaults={**values, "kind": CustomerKind.GUEST}
    )
    return guest
