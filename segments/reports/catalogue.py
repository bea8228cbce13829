"""The reports, in the order of their menu: those of this app, then those of other apps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.contrib.auth.models import AnonymousUser, User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.access.website_limits import Treatment, Websites, is_limited
from core.registries import Registry
from segments.models import Segment
from segments.reports.days import PERIODS
from segments.reports.movers import growth
from segments.reports.order_values import order_values
from segments.reports.revenue import revenue
from segments.reports.shown import Shown
from segments.reports.sizes import sizes
from segments.reports.spread import spread


@dataclass(frozen=True)
class Report:
    """A report: its name, its meaning, the permissions for it, and the function that computes it.

    `make` gets the active segments, the biggest first, the period in days (one of `periods`), and
    the moment up to which to count. It has 20 s, may run on a replica, and must not name customers.
    If `websites` is LIMITED, it also gets `allowed_websites`, those of the reader's limit (None: no
    limit), and only the segments that the reader sees; otherwise limited readers are refused.
    """

    key: str
    title: str | Promise
    meaning: str | Promise
    make: Callable[..., Shown]
    permissions: Sequence[str] = ()
    periods: Sequence[int] = PERIODS
    websites: Treatment = Treatment.REFUSED

    def may_see(self, user: User | AnonymousUser) -> bool:
        """Return whether `user`, who may see segments, may see this report of them."""
        is_shown = self.websites is Treatment.LIMITED or not is_limited(user)
        return is_shown and user.has_perms(self.permissions)

    def made_for(
        self, segments: Sequence[Segment], days: int, until: datetime, allowed_websites: Websites
    ) -> Shown:
        """Return the report for a reader limited to `allowed_websites` (None: no limit)."""
        more = {"allowed_websites": allowed_websites} if self.websites is Treatment.LIMITED else {}
        return self.make(segments, days, until, **more)


REPORTS: Registry[Report] = Registry("report", attrgetter("key"))
for ours in (
    Report(
        "spread",
        gettext_lazy("Distribution"),
        gettext_lazy("How many active customers are in none, one or more of the active segments."),
        spread,
        periods=(),
        websites=Treatment.LIMITED,
    ),
    Report(
        "sizes",
        gettext_lazy("Size over time"),
        gettext_lazy("How many members each segment had at the end of each day."),
        sizes,
        websites=Treatment.LIMITED,
    ),
    Report(
        "movers",
        gettext_lazy("Biggest changes"),
        gettext_lazy("Which segments grew and shrank the most."),
        growth,
        websites=Treatment.LIMITED,
    ),
    Report(
        "revenue",
        gettext_lazy("Revenue"),
        gettext_lazy(
            "What today's members bought, beside all sales of the shop. Orders that are neither "
            "canceled nor closed count, in the shop's currency. Who is in two segments counts for "
            "both, so that the shares may add up to more than 100%."
        ),
        revenue,
        permissions=("customers.view_order",),
        websites=Treatment.LIMITED,
    ),
    Report(
        "orders",
        gettext_lazy("Order values"),
        gettext_lazy(
            "What today's members spend on an order and how often they order, beside all active "
            "customers. Orders that are neither canceled nor closed count, in the shop's currency. "
            "Orders of customers who are no longer active, or were erased, are only in “Revenue”."
        ),
        order_values,
        permissions=("customers.view_order",),
        websites=Treatment.LIMITED,
    ),
):
    REPORTS.register(ours)
