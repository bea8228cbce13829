"""What the shop's data announces to the apps above it, after commit."""

from django.dispatch import Signal

# Sent once after an import that changed rows; `report` is its `ImportReport`.
shop_imported = Signal()

# Sent in the transaction of an import; `table` has the customers whom it touched, each once, in a
# column `customer_id` (null: everybody may be concerned), `using` names the database. Receivers
# bring the roll-ups of these customers up to date.
customers_touched = Signal()

# Sent after a migration before which, or while which, changes could go unnoticed; `using` names
# the database. Receivers compute anew what they store about customers.
changes_unnoticed = Signal()
