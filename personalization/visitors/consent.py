"""Consent of visitors in the storefront: a grant creates a guest, a refusal does not."""

from datetime import datetime

from django.db import transaction

from core.clock import now
from customers.merging import customer_known_as
from customers.models import Consent, ConsentState, Customer, CustomerGroup, Purpose, Store, Website
from customers.models.identity.customer import CustomerKind
from customers.privacy.consent import note_consent

SOURCE = "snippet"
# The default group and store of customers (the shop's data, section 1).
USUAL_GROUP, USUAL_STORE = "general", "default"


def store_consent(visitor: str, website: Website, *, is_granted: bool, at: datetime) -> bool:
    """Store that a visitor of `website` grants or refuses tracking at `at` (aware).

    Return whether there is a customer or guest for the visitor, created or known. A repeated
    request adds nothing. For a visitor who has become a customer, the entry is the customer's.
    """
    state = ConsentState.GRANTED if is_granted else ConsentState.REFUSED
    with transaction.atomic():
        known = customer_known_as(visitor)
        if known is None and is_granted:
            known = _make_guest(visitor, website)
        if known is None:
            return False
        # The row lock makes concurrent requests wait, so that the second finds the entry of the
        # first.
        customer = Customer.objects.select_for_update(no_key=True).filter(pk=known.pk).first()
        if customer is None:
            return False
        said = Consent.objects.filter(
            customer=customer, purpose=Purpose.TRACKING, state=state, source=SOURCE, at=at
        )
        if not said.exists():
            note_consent(customer, {Purpose.TRACKING: state}, source=SOURCE, author=None, at=at)
    return True


def _make_guest(visitor: str, website: Website) -> Customer | None:
    """Return a new guest of `website`; None where it has no store or the shop no group."""
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
