"""Signals of the shop's data for the apps above it."""

from django.dispatch import Signal

# Sent once after an import that changed rows; `report` is its `ImportReport`.
shop_imported = Signal()

# Sent after events that saved orders, with `sender=Order`; `orders` are their internal keys, each
# once. Orders that are written otherwise (imports, SQL) reach `changes.hooks.WHEN_PROCESSED` only.
orders_saved = Signal()

# Sent before customers get another mailbox, or none, in the transaction that changes it, with
# `sender=Customer`; `customers` are their internal keys. A bulk change names only the customers who
# refuse mail, since nothing has to be kept for the others.
mailboxes_left = Signal()

# Sent where a late event refuses marketing for an address that its customer does not have any more,
# in the transaction of the event, with `sender=Customer`; `address` is as the event has it, `at`
# (aware) when the customer refused.
address_refused = Signal()

# Sent by a worker after it has updated changed customers and committed, with
# `sender=DirtyCustomer`: receivers may briefly process what their `WHEN_PROCESSED` hooks noted.
changes_processed = Signal()
