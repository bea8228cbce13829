"""Store exposures: a row per element if the customer may be tracked, otherwise a count."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections, router, transaction

from customers.models import Customer
from personalization.experiences.serving.choosing import Why
from personalization.goals.evidence import note_explored
from personalization.goals.weights import Goals
from personalization.models import Assignment, Exposure, ExposureCount, Placement
from personalization.offers.evaluating import audit_shown_offers
from personalization.signals import experience_served


@dataclass(frozen=True)
class Shown:
    """The variant that an element showed, and the variant that the holdout withheld.

    `variant` '' is the default; `withheld` '' is none.
    """

    element: str
    variant: str
    withheld: str
    why: Why
    # Codes of pieces of content.
    items: Sequence[str] = ()
    # The experiment of the variant, even where the variant was not ready in time; '': none.
    experiment: str = ""
    # Codes of offers that were made.
    offers: Sequence[str] = ()
    # Whether the variant has the default's content.
    shows_default: bool = False


def note(
    served_id: str,
    shown: Collection[Shown],
    *,
    customer: Customer | None,
    is_tracked: bool,
    is_held_out: bool,
    at: datetime,
    page_type: str,
    goals: Goals,
    visit: Mapping[str, Any],
    served: str,
    author: Any = None,
    assigned: Collection[Assignment] = (),
) -> None:
    """Store exposures and the variants that were `assigned`, and announce them after the commit.

    `visit` is the request's context, `author` the user of the request.
    """
    offers = list(dict.fromkeys(code for one in shown for code in one.offers))
    with transaction.atomic():
        # Concurrent requests for a customer compute the same assignment, which is stored once.
        if assigned:
            Assignment.objects.bulk_create(assigned, ignore_conflicts=True)
        if customer is not None and is_tracked:
            Exposure.objects.bulk_create(
                Exposure(
                    served_id=served_id,
                    element=one.element,
                    variant=one.variant,
                    experiment=one.experiment,
                    shows_default=one.shows_default,
                    withheld=one.withheld,
                    customer=customer,
                    at=at,
                    why=one.why.value,
                    page_type=page_type,
                    holdout=is_held_out,
                    goals=dict(goals) if isinstance(goals, Mapping) else list(goals),
                    items=list(one.items),
                    device=visit.get("device") or "",
                    traffic_source=visit.get("traffic_source") or "",
                )
                for one in shown
            )
            # Customers of the holdout group were not shown the variant.
            explored = [one for one in shown if one.why is Why.EXPLORED]
            note_explored(customer, [(one.element, one.variant) for one in explored], at)
        if customer is not None:
            # Independent of tracking; nothing is stored for a customer who has been erased.
            with suppress(Customer.DoesNotExist):
                audit_shown_offers(customer, offers, author=author)
        numbers: Counter[tuple[str, str, str]] = Counter()
        for one in shown:
            if not (customer is not None and is_tracked):
                numbers["shown", one.element, one.variant] += 1
            if one.why is Why.DEADLINE:
                numbers["deadlines", one.element, one.variant] += 1
        _count(numbers, at)
        transaction.on_commit(lambda: _announce(served_id, shown, customer, served), robust=True)


def _announce(
    served_id: str, shown: Collection[Shown], customer: Customer | None, served: str
) -> None:
    experience_served.send_robust(
        Placement,
        id=served_id,
        customer_id=None if customer is None else customer.pk,
        served=served,
        elements=[(one.element, one.variant or None) for one in shown],
    )


def _count(numbers: Counter[tuple[str, str, str]], at: datetime) -> None:
    """Add numbers of a day, always in the same order, so that transactions do not deadlock."""
    if not numbers:
        return
    table = ExposureCount._meta.db_table
    connection = connections[router.db_for_write(ExposureCount)]
    day = connection.ops.adapt_datefield_value(at.date())
    rows: dict[tuple[str, str], list[int]] = {}
    for (what, element, variant), number in numbers.items():
        rows.setdefault((element, variant), [0, 0])[what == "deadlines"] += number
    given = [(*key, day, *counted) for key, counted in sorted(rows.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (element, variant, day, shown, deadlines) VALUES '
            + ", ".join(["(%s, %s, %s, %s, %s)"] * len(given))
            + " ON CONFLICT (element, variant, day) DO UPDATE SET "
            f'shown = "{table}".shown + EXCLUDED.shown, '
            f'deadlines = "{table}".deadlines + EXCLUDED.deadlines',
            [value for row in given for value in row],
        )
