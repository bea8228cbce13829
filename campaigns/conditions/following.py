"""Effects of changed customers on mail: erased opens and clicks, other customers of the mailbox.

Both run in the transaction that deletes the marks of the changed customers (`customers.changes`),
so that a killed process leaves the marks for the next attempt.
"""

from collections.abc import Collection

from django.db.models import Q

from campaigns.consent.suppression import mark_suppressed
from campaigns.models import Message
from customers.changes.declared import Changed, changed_of
from customers.models import Customer, NewsletterSubscription, Purpose
from customers.privacy.consent import has_refused

# So many customers at once.
BATCH = 1_000
OPENED = Q(opened_at__isnull=False) | Q(opens__gt=0) | Q(clicked_at__isnull=False) | Q(clicks__gt=0)
FORGOTTEN = {
    "opened_at": None,
    "opens": 0,
    "person_opened_at": None,
    "clicked_at": None,
    "clicks": 0,
}
# Fields of a customer that decide whether other customers of the same mailbox may get mail.
SHARED = changed_of(NewsletterSubscription, "store_id", "status", "status_changed_at") | changed_of(
    Customer, "mailbox", "email", "accepts_marketing"
)


def forget_refused(*, customers: Collection[int] | None, **_what: object) -> None:
    """Empty opens and clicks of `customers` (keys; None: all) who refuse tracking."""
    rows = Message.objects.filter(OPENED, has_refused(Purpose.TRACKING, "customer"))
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    keys = list(rows.values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        Message.objects.filter(pk__in=keys[first : first + BATCH]).update(**FORGOTTEN)


def mark_mailbox(*, customers: Collection[int] | None, changed: Collection[Changed] | None) -> None:
    """Mark the other customers of the mailboxes of `customers`: a refusal counts for all of them.

    Mark nobody if all customers are processed anyway (None), or if no shared field has changed.
    """
    if customers is None or (changed is not None and not SHARED.intersection(changed)):
        return
    keys = list(customers)
    mailboxes = Customer.objects.filter(pk__in=keys).exclude(mailbox="").values("mailbox")
    others = Customer.objects.filter(mailbox__in=mailboxes).exclude(pk__in=keys)
    mark_suppressed(others.values_list("pk", flat=True))
