"""What the shop's data announces to the apps above it, after commit."""

from django.dispatch import Signal

# Sent once after an import that changed rows; `report` is its `ImportReport`.
shop_imported = Signal()

# Sent after events that saved orders, with `sender=Order`; `orders` are their internal keys, each
# once. What comes by other ways (imports, SQL) is heard of by `changes.hooks.WHEN_PROCESSED`.
orders_saved = Signal()

# Sent before customers get another mailbox, or none, in the transaction that changes it, with
# `sender=Customer`; `customers` are their internal keys. Where many change, only those are named
# who refuse mail; of the others nothing has to be remembered.
mailboxes_left = Signal()

# Sent where a late event refuses marketing for an address that its customer does not have any more,
# in the transaction of the event, with `sender=Customer`; `address` is as the event has it, `at`
# (aware) when the customer refused.
address_refused = Signal()

# Sent by a worker when it has brought changed customers up to date and committed that, with
# `sender=DirtyCustomer`: what was noted in `WHEN_PROCESSED` may be worked out now, for a moment.
changes_processed = Signal()
