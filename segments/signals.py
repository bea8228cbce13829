"""The product's public signals: customers entered or left a segment, a segment was refreshed.

All are sent after commit, with `sender=Segment`, `segment` (a Segment) and `run` (a RefreshRun, or
None for a change without one). `customers_entered` and `customers_left` carry `customer_ids`, a
list of at most `BATCH_SIZE` internal ids; a big change is sent in several batches, in the log's
order. Customers who leave because they are erased are not sent here: `customers.privacy` announces
erasures. A receiver's error is logged and does not stop the other receivers.
"""

from django.dispatch import Signal

from segments.models import ChangeKind, MembershipChange, RefreshRun, Segment

BATCH_SIZE = 5_000

customers_entered = Signal()
customers_left = Signal()
segment_refreshed = Signal()


def announce(segment: Segment, run: RefreshRun | None, *, after: int, last: int) -> None:
    """Send the changes of `segment` with `after` < sequence <= `last`, one batch at a time."""
    if not (customers_entered.has_listeners(Segment) or customers_left.has_listeners(Segment)):
        return  # Without a receiver, millions of rows need not be read.
    changes = MembershipChange.objects.filter(
        segment=segment, sequence__lte=last, customer_id__isnull=False
    )
    while after < last:
        batch = list(
            changes.filter(sequence__gt=after)
            .order_by("sequence")
            .values_list("sequence", "kind", "customer_id")[:BATCH_SIZE]
        )
        if not batch:
            return
        for kind, signal in (
            (ChangeKind.LEFT, customers_left),
            (ChangeKind.ENTERED, customers_entered),
        ):
            ids = [customer_id for _, of_kind, customer_id in batch if of_kind == kind]
            if ids:
                signal.send_robust(Segment, segment=segment, run=run, customer_ids=ids)
        after = batch[-1][0]
