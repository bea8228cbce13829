"""Which lines of invoices are about products, and not about carriage, fees or gifts."""

from django.conf import settings

from predictions.histories import Line


def is_product(line: Line) -> bool:
    """Return whether a line counts.

    Those of PREDICTIONS_EXCLUDED_TYPES and PREDICTIONS_EXCLUDED_NAMES do not, nor, as
    PREDICTIONS_EXCLUDE_FREE says, those at no price (of a refund: of no amount).
    """
    if line.product_type in settings.PREDICTIONS_EXCLUDED_TYPES:
        return False
    if line.name.strip() in settings.PREDICTIONS_EXCLUDED_NAMES:
        return False
    price = line.units if line.is_refund or line.price is None else line.price
    return bool(price) or not settings.PREDICTIONS_EXCLUDE_FREE
