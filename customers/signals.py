"""What the shop's data announces to the apps above it, after commit."""

from django.dispatch import Signal

# Sent once after an import that changed rows; `report` is its `ImportReport`.
shop_imported = Signal()

# Sent in the transaction of an import; `table` has the customers whom it touched, each once, in a
# column `customer_id`, `using` names the database.
customers_touched = Signal()
