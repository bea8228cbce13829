"""Who always sees what everybody sees, so that what personalization brings can be measured."""

from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Customer
from personalization.assignment import bucket

SALT = "holdout"


def is_held_out(customer: Customer) -> bool:
    """Return whether `customer` is one of HOLDOUT_BASIS_POINTS of 10,000, by their number."""
    share: int = settings.HOLDOUT_BASIS_POINTS
    return bucket(SALT, customer.external_id) < share


def describe_salt(salt: str) -> str:
    """Return what the salt decides here, for who draws by it elsewhere; "": nothing."""
    return _("the hold-out group") if salt == SALT else ""
