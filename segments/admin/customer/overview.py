"""The panels of a customer's page “Overview”: purchases, what happened, segments with reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from conditions.language.windows import local_date
from core.access.website_limits import is_limited
from core.figures.charts import column_chart
from core.text.formats import UNKNOWN, cents_shown, first_named, month_names
from customers.admin.overview import PANELS, Figure, Panel, PanelContents
from customers.models import NO_SALE_STATES, Customer
from segments.admin.customer.activity import may_see_rows
from segments.admin.customer.purchases import purchases_of
from segments.admin.customer.rows import ROWS, Event
from segments.admin.customer.segments import SEEN_BY, standing_in_words
from segments.insight.explanations.customer_memberships import standings_of
from segments.insight.explanations.explanation import values_seen_by
from segments.models import ChangeKind, MembershipChange

MONTHS = 24
# The events on the page, and those of one kind that are looked at for it.
EVENTS, EVENTS_OF_KIND = 12, 40
# The near misses that are named.
NEAR = 3
# The kind of events that are no rows of other apps.
MEMBERSHIP = "segments"


@dataclass(frozen=True)
class ShownEvent:
    """An event with the kind that filters it, and the page that it leads to ("" for none)."""

    kind: str
    event: Event
    at: datetime
    url: str = ""


def _purchases(request: HttpRequest, customer: Customer, at: datetime) -> PanelContents:
    """Return the figures of all orders, and the sales of each of the last months as a chart."""
    found = purchases_of(customer, at)
    orders = f"{reverse('admin:customers_order_changelist')}?customer__id__exact={customer.pk}"
    average = _("%(amount)s on average") % {"amount": found.average} if found.average else ""
    figures = [
        Figure(_("Spent in total"), found.spent),
        Figure(_("Orders"), found.orders, average, orders if found.orders != UNKNOWN else ""),
        Figure(_("Last order"), found.last_order),
    ]
    months = _sales_by_month(customer, at)
    spent = list(months.values())
    if not any(spent):
        return PanelContents(figures)
    title = _("Spend by month")
    chart = column_chart(
        [int(amount) for amount in spent],
        title,
        ends=(_month(min(months)), _month(max(months))),
        limits=(cents_shown(Decimal(0)), cents_shown(max(spent))),
    )
    rows = [
        (_month(one), cents_shown(amount)) for one, amount in reversed(months.items()) if amount
    ]
    return PanelContents(
        figures,
        "admin/segments/customer/spend_panel.html",
        {"chart": chart, "title": title, "rows": rows, "count": MONTHS},
    )


def _sales_by_month(customer: Customer, at: datetime) -> dict[tuple[int, int], Decimal]:
    """Return the sales (base currency) by year and month, in the time zone of the website."""
    zone = customer.website.timezone
    today = local_date(at, zone)
    last = today.year * 12 + today.month - 1
    months = {divmod(one, 12): Decimal(0) for one in range(last - MONTHS + 1, last + 1)}
    earliest = at - timedelta(days=31 * MONTHS)
    orders = customer.orders.filter(created_at__gt=earliest).order_by()
    sales = orders.exclude(state__in=NO_SALE_STATES)
    for created_at, total in sales.values_list("created_at", "grand_total"):
        day = local_date(created_at, zone)
        if (day.year, day.month - 1) in months:
            months[day.year, day.month - 1] += total or 0
    return months


def _month(month: tuple[int, int]) -> str:
    return f"{month_names()[month[1]]} {month[0]}"


def _events(request: HttpRequest, customer: Customer, at: datetime) -> PanelContents:
    """Return the latest events, of the kind that the parameter `show` names or of all."""
    events = sorted(_found_events(request.user, customer), key=lambda one: one.at, reverse=True)
    labels = {rows.name: rows.title for rows in ROWS} | {MEMBERSHIP: _("Segments")}
    present = {one.kind for one in events}
    kind = request.GET.get("show", "")
    if kind not in present:
        kind = ""
    lines = list(_by_day([one for one in events if kind in ("", one.kind)]))
    return PanelContents(
        template="admin/segments/customer/events_panel.html",
        context={
            "events": lines[:EVENTS],
            "kinds": [(name, labels[name]) for name in labels if name in present],
            "kind": kind,
            "activity_url": reverse("admin:customers_customer_activity", args=[customer.pk]),
        },
    )


def _found_events(user: User | AnonymousUser, customer: Customer) -> Iterator[ShownEvent]:
    for rows in ROWS:
        if rows.event is None or not may_see_rows(user, rows):
            continue
        page = f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}_change"
        for row in rows.latest(customer)[:EVENTS_OF_KIND]:
            event = rows.event(row)
            if event.at is not None:
                yield ShownEvent(rows.name, event, event.at, reverse(page, args=[rows.page(row)]))
    if user.has_perms(SEEN_BY) and not is_limited(user):
        changes = MembershipChange.objects.filter(customer_id=customer.pk)
        for change in changes.select_related("segment").order_by("-sequence")[:EVENTS_OF_KIND]:
            text = (
                _("Entered “%(segment)s”")
                if change.kind == ChangeKind.ENTERED
                else _("Left “%(segment)s”")
            )
            event = Event(
                change.at, text % {"segment": change.segment}, change.get_reason_display()
            )
            page = reverse("admin:segments_segment_change", args=[change.segment_id])
            yield ShownEvent(MEMBERSHIP, event, change.at, page)


def _by_day(events: list[ShownEvent]) -> Iterator[ShownEvent]:
    """Yield `events`, where neighbors of one kind and day that say something together are one."""
    together = {rows.name: rows.together for rows in ROWS}
    for (kind, _day), group in groupby(events, lambda one: (one.kind, localtime(one.at).date())):
        those, say = list(group), together.get(kind)
        if say is None or len(those) == 1:
            yield from those
            continue
        first, subjects = those[0], list(dict.fromkeys(one.event.subject for one in those))
        event = Event(first.at, say(len(subjects)), first_named(subjects))
        yield ShownEvent(kind, event, first.at)


def _segments(request: HttpRequest, customer: Customer, at: datetime) -> PanelContents:
    """Return the segments in which the customer is, and those that they nearly are in, with why."""
    can_see = values_seen_by(request.user)
    standings = standings_of(customer, as_of=at)
    return PanelContents(
        template="admin/segments/customer/segments_panel.html",
        context={
            "current": [standing_in_words(one, can_see) for one in standings.current],
            "near": [standing_in_words(one, can_see) for one in standings.near[:NEAR]],
            "near_count": len(standings.near),
            "all_url": reverse("admin:customers_customer_segments", args=[customer.pk]),
        },
    )


PANELS.register(
    Panel("purchases", 10, _purchases, ("customers.view_order",), is_of_one_customer=True),
    Panel("events", 20, _events, is_of_one_customer=True),
    Panel("segments", 40, _segments, SEEN_BY, is_beside=True),
)
