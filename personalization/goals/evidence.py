"""How well each variant of a placement does, by the first random exposures of customers."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models import DateTimeField as Instant

from customers.models import NO_SALE_STATES, Customer, Order, Purpose
from customers.privacy.consent import has_refused, refusing
from personalization.intake.storage import Owned
from personalization.models import ExploredExposure

CLICKED = "experience_clicked"
CONVERSION_WINDOW = timedelta(days=7)
# Counts of so many exposures move little, and are kept for so many seconds.
LARGE, KEPT_SECONDS = 20_000, 20.0
Counts = Mapping[str, int]
# By a variant's code, '' for the default.
Evidence = Mapping[str, Counts]


class _Kept(NamedTuple):
    read_at: float
    evidence: Evidence


_kept: dict[str, _Kept] = {}


def evidence_of(elements: Collection[str]) -> dict[str, Evidence]:
    """Return by placement and variant the counts `exposures`, `clicks` and `conversions`."""
    at = time.monotonic()
    found = {
        element: kept.evidence
        for element in elements
        if (kept := _kept.get(element)) and at - kept.read_at < KEPT_SECONDS
    }
    missing = set(elements) - found.keys()
    if not missing:
        return found
    counted: dict[str, dict[str, Counts]] = {element: {} for element in missing}
    rows = ExploredExposure.objects.filter(element__in=missing).values("element", "variant")
    for row in rows.annotate(
        exposures=Count("pk"),
        clicks=Count("pk", filter=Q(has_clicked=True)),
        conversions=Count("pk", filter=Q(has_converted=True)),
    ):
        counts = {name: row[name] for name in ("exposures", "clicks", "conversions")}
        counted[row["element"]][row["variant"]] = counts
    for element, evidence in counted.items():
        if sum(one["exposures"] for one in evidence.values()) >= LARGE:
            _kept[element] = _Kept(at, evidence)
        else:
            _kept.pop(element, None)
    return found | counted


def note_explored(customer: Customer, shown: Iterable[tuple[str, str]], at: datetime) -> None:
    """Store the first random exposures among pairs of a placement and a variant."""
    ExploredExposure.objects.bulk_create(
        (
            ExploredExposure(element=element, variant=variant, customer=customer, at=at)
            for element, variant in shown
        ),
        ignore_conflicts=True,
    )


def note_clicks(behaviors: Sequence[Owned], at: datetime) -> None:
    """Note which elements customers clicked after they were shown (`intake.stored_hooks`)."""
    for one in behaviors:
        behavior = one.behavior
        element = behavior.data.get("element")
        if behavior.type.name != CLICKED or not isinstance(element, str):
            continue
        rows = ExploredExposure.objects.filter(customer=one.customer, element=element)
        rows = rows.filter(at__lte=behavior.occurred_at, has_clicked=False)
        rows.update(has_clicked=True)


def keep_first_exposures(guest: Customer, customer: Customer) -> None:
    """Keep the earlier of two exposures to the same placement before a guest is merged.

    Only the first exposure of a customer is evidence (`customers.privacy.holdings.BeforeMove`).
    """
    theirs = {one.element: one for one in ExploredExposure.objects.filter(customer=customer)}
    for one in ExploredExposure.objects.filter(customer=guest, element__in=theirs):
        later = max(theirs[one.element], one, key=lambda exposure: exposure.at)
        later.delete()


def forget_explored(*, customers: Collection[int] | None, **_what: object) -> None:
    """Delete the exposures of customers who refused tracking, or refuse personalization.

    A row says what a customer has clicked and bought, and chooses what others are shown. Among the
    keys `customers` (None: all); a hook of `customers.changes`, like that of behaviour.
    """
    refused = has_refused(Purpose.TRACKING) | Q(refusing(Purpose.PERSONALIZATION))
    rows = ExploredExposure.objects.filter(
        Exists(Customer.objects.filter(refused, pk=OuterRef("customer")))
    )
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    rows.delete()


def note_conversions(customers: Collection[int]) -> None:
    """Note which random exposures of customers (internal keys) a sale followed within 7 days."""
    end = ExpressionWrapper(OuterRef("at") + CONVERSION_WINDOW, output_field=Instant())
    sales = Order.objects.filter(
        customer=OuterRef("customer"), created_at__gte=OuterRef("at"), created_at__lt=end
    ).exclude(state__in=NO_SALE_STATES)
    rows = ExploredExposure.objects.filter(customer__in=list(customers))
    wrong = [
        (pk, is_followed)
        for pk, is_noted, is_followed in rows.annotate(is_followed=Exists(sales)).values_list(
            "pk", "has_converted", "is_followed"
        )
        if is_noted != is_followed
    ]
    for is_followed in (True, False):
        keys = [pk for pk, followed in wrong if followed is is_followed]
        if keys:
            ExploredExposure.objects.filter(pk__in=keys).update(has_converted=is_followed)
