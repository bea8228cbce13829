"""The variant of an experiment for a customer: computed from their id, the same everywhere.

Nothing is stored or read: the code that stores an assignment checks consent, holdout group,
audience and state.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from core.text.hashes import BUCKETS, bucket
from customers.models import Customer

__all__ = ["BUCKETS", "TRAFFIC", "Assigning", "assign", "bucket"]

TRAFFIC = ":traffic"
# This salt draws the holdout group, which always sees the defaults, so that the effect of
# personalization can be measured.
HOLDOUT_SALT = "holdout"


class Assigning(Protocol):
    """The data of an experiment that an assignment needs.

    `traffic` is the number of units, of 10,000, that take part; each of `variants`, the control
    first, has its `code` and its `weight`, of 10,000 in all.
    """

    @property
    def salt(self) -> str: ...
    @property
    def traffic(self) -> int: ...
    @property
    def variants(self) -> Sequence[Mapping[str, Any]]: ...


def assign(experiment: Assigning, unit: str) -> str | None:
    """Return the code of the variant that `unit` gets; None: the unit does not take part."""
    if bucket(experiment.salt + TRAFFIC, unit) >= experiment.traffic:
        return None
    place, end = bucket(experiment.salt, unit), 0
    for variant in experiment.variants:
        end += variant["weight"]
        if place < end:
            return str(variant["code"])
    return None


def is_held_out(customer: Customer) -> bool:
    """Return whether `customer` is one of HOLDOUT_BASIS_POINTS of 10,000, by their number."""
    share: int = settings.HOLDOUT_BASIS_POINTS
    return bucket(HOLDOUT_SALT, customer.external_id) < share


def describe_salt(salt: str) -> str:
    """Return what the salt decides in this app, for other users of the salt; "" for nothing."""
    return _("the control group") if salt == HOLDOUT_SALT else ""
