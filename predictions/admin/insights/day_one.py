"""What a page says while the shop has no data for it: what is missing, and where to bring it."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from core.clock import now
from predictions.analytics.documents import Data
from predictions.history.population import sales
from segments.admin.first_steps import beginnings_for
from segments.admin.next_steps import NextStep


@dataclass(frozen=True)
class MissingData:
    """What is missing, as a sentence; the steps that bring it.

    `is_waiting`: only a scoring is missing.
    """

    said: str
    steps: list[NextStep] = field(default_factory=list)
    is_waiting: bool = False


def steps_to_data(user: User | AnonymousUser) -> list[NextStep]:
    """Return the pages where `user` may bring the data of the shop."""
    return [NextStep(str(one.title), one.url) for one in beginnings_for(user)]


def missing_data(user: User | AnonymousUser, totals: Data) -> MissingData:
    """Return what a page lacks; `totals` are those of the last scoring."""
    if sales(now()).exists():
        return MissingData(
            _("There are orders, but no figures yet: nobody has been scored since they came."),
            is_waiting=True,
        )
    if totals["customers"]:
        said = _("No customer has an order yet: this page needs the orders of your shop.")
    else:
        said = _("There are no orders yet: this page needs the customers and orders of your shop.")
    return MissingData(said, steps_to_data(user))
