"""What the shop's data announces to the apps above it, after commit."""

from django.dispatch import Signal

# Sent once after an import that changed rows; `report` is its `ImportReport`.
shop_imported = Signal()
