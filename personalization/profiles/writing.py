"""Writes the figures of customers' profiles for conditions, from the stored rows, in batches.

A writer holds the row locks of the customers, so that of two writers of the same profile, the later
one has read the later data. Where the caller must not wait for a locked customer, that customer is
left for later: a merge or an erasure may be waiting for a lock that the caller holds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from core.clock import now
from customers.changes.scored import mark_scored
from customers.models import Category, Customer
from personalization.behavior.activity import done_by, not_later
from personalization.engagement import level_of
from personalization.lifestyle.figures import FIGURES
from personalization.lifestyle.purchases import NOTHING as NO_PURCHASES
from personalization.lifestyle.purchases import leaves_at, lifestyles, may_have_lifestyle
from personalization.models import (
    CustomerBrand,
    CustomerInterest,
    CustomerProfile,
    CustomerValueShare,
    Subject,
    WaitingProfile,
)
from personalization.profiles.affinity import best_codes, codes_of, products_of, weighed_of
from personalization.profiles.interest_baseline import allowing, owed, shares_of
from personalization.sessions import cut_sessions
from segments.models import Segment

# As stored conditions have them. A text that only looks alike costs one mark too many.
PREFIXES = ('"personalization.', '"lifestyle.')


def is_read_by_segment() -> bool:
    """Return whether an active segment may have a condition on the stored figures of profiles."""
    rows = Segment.objects.filter(is_active=True)
    asks = Q()
    for prefix in PREFIXES:
        asks |= Q(said__contains=prefix)
    found: bool = rows.annotate(said=Cast("conditions", TextField())).filter(asks).exists()
    return found


UNKNOWN = (None,) * len(FIGURES)


@dataclass(frozen=True)
class Figures:
    """The figures of one customer's profile for conditions; interests are codes, the best first.

    `lifestyle` has the figures in the order of `FIGURES`, `values` the shares of spend by code.
    """

    engagement_level: int | None
    sessions_count: int
    last_activity_at: datetime | None
    due_at: datetime | None
    interests: tuple[str, ...]
    brands: tuple[str, ...]
    lifestyle: tuple[Decimal | None, ...] = UNKNOWN
    values: tuple[tuple[str, Decimal], ...] = ()


# The figures of a customer without any activity, who has no row.
NOTHING = Figures(None, 0, None, None, (), ())


def figures_of(customers: Collection[int], as_of: datetime) -> dict[int, Figures]:
    """Return the figures of each of `customers` (internal keys) that has any, from the rows.

    Deleted customers and customers who refuse personalization have no figures.
    """
    keys = list(allowing().filter(pk__in=list(customers)).values_list("pk", flat=True))
    done = done_by(keys)
    weighed = weighed_of(keys, done, as_of)
    codes = codes_of(products_of(weighed.values()))
    of_all = {
        subject: shares_of(subject, {code for own in by_product.values() for code in own})
        for subject, by_product in codes.items()
    }
    enough = [key for key in keys if may_have_lifestyle(done.get(key, ()), as_of)]
    of_year = lifestyles(enough, as_of)
    zones = dict(Customer.objects.filter(pk__in=enough).values_list("pk", "website__timezone"))
    found = {}
    for key in keys:
        every = done.get(key, ())
        past = not_later(every, as_of)
        lifestyle = of_year.get(key, NO_PURCHASES)
        later = every[len(past)].at if len(past) < len(every) else None
        sessions = cut_sessions(past)
        bests = {
            subject: tuple(best_codes(weighed.get(key, ()), codes[subject], of_all[subject]))
            for subject in Subject
        }
        figures = Figures(
            level_of(past),
            len(sessions),
            sessions[-1].ended_at if sessions else None,
            _earliest_of(later, leaves_at(lifestyle, zones.get(key, ""))),
            bests[Subject.CATEGORY],
            bests[Subject.BRAND],
            tuple(lifestyle.value(name) for name in FIGURES),
            tuple(sorted(lifestyle.shares_of_values().items())),
        )
        if figures != NOTHING:
            found[key] = figures
    return found


def stored_figures(customers: Collection[int]) -> dict[int, Figures]:
    """Return the figures that are stored of `customers`."""
    keys = list(customers)
    interests: dict[int, list[str]] = {}
    rows = CustomerInterest.objects.filter(customer__in=keys).order_by("customer", "place")
    for key, code in rows.values_list("customer", "category__code"):
        interests.setdefault(key, []).append(code)
    brands: dict[int, list[str]] = {}
    of_brands = CustomerBrand.objects.filter(customer__in=keys).order_by("customer", "place")
    for key, brand in of_brands.values_list("customer", "brand"):
        brands.setdefault(key, []).append(brand)
    values: dict[int, list[tuple[str, Decimal]]] = {}
    shares = CustomerValueShare.objects.filter(customer__in=keys).order_by("customer", "code")
    for key, code, share in shares.values_list("customer", "code", "share"):
        values.setdefault(key, []).append((code, share))
    found = {
        one.pk: Figures(
            one.engagement_level,
            one.sessions_count,
            one.last_activity_at,
            one.due_at,
            tuple(interests.pop(one.pk, ())),
            tuple(brands.pop(one.pk, ())),
            tuple(getattr(one, name) for name in FIGURES),
            tuple(values.pop(one.pk, ())),
        )
        for one in CustomerProfile.objects.filter(pk__in=keys)
    }
    for key in {*interests, *brands, *values}:
        # Rows that remain without their profile: such figures cannot be right.
        codes = tuple(interests.get(key, ())), tuple(brands.get(key, ()))
        shares_left = tuple(values.get(key, ()))
        found[key] = Figures(None, 0, None, None, *codes, values=shares_left)
    return found


def write_where_free(customers: Collection[int]) -> None:
    """Write the profiles of `customers`; customers whose row is locked are noted to wait.

    To be called in a transaction; does not wait for locks.
    """
    rows = Customer.objects.select_for_update(skip_locked=True, no_key=True)
    free = set(rows.filter(pk__in=list(customers)).order_by("pk").values_list("pk", flat=True))
    at = now()
    waiting = WaitingProfile.objects.filter(pk__in=free)
    due = CustomerProfile.objects.filter(pk__in=free, due_at__lte=at)
    late = {key for rows in (waiting, due) for key in rows.values_list("pk", flat=True)}
    waiting.delete()
    changed = _write(free)
    # The caller has the current changes evaluated; changes that waited or were due are marked here.
    mark_if_read(changed if owed() is not None else changed & late)
    held = Customer.objects.filter(pk__in=set(customers) - free)
    let_wait(held.values_list("pk", flat=True))


def let_wait(customers: Iterable[int]) -> None:
    """Note that the profiles of `customers` are to be written; to be called in a transaction."""
    at = now()
    WaitingProfile.objects.bulk_create(
        (WaitingProfile(customer_id=key, at=at) for key in sorted(customers)),
        ignore_conflicts=True,
    )


def write_and_mark(customers: Collection[int]) -> int:
    """Write the profiles of `customers` and mark the changed ones; return how many changed.

    Runs in a transaction of its own, and waits for locks.
    """
    with transaction.atomic():
        rows = Customer.objects.select_for_update(no_key=True).order_by("pk")
        there = list(rows.filter(pk__in=list(customers)).values_list("pk", flat=True))
        # Before the profiles are read: a customer who changes from now on waits again.
        WaitingProfile.objects.filter(pk__in=list(customers)).delete()
        changed = _write(there)
        mark(changed)
    return len(changed)


def mark_if_read(customers: Collection[int]) -> None:
    """Mark `customers` if a segment reads profiles, including a segment saved concurrently.

    To be called in a transaction.
    """
    if not customers:
        return
    if is_read_by_segment():
        mark(customers)
        return

    def mark_later() -> None:
        if is_read_by_segment():
            mark(customers)

    # The first refresh of such a segment may not have seen what is committed now.
    transaction.on_commit(mark_later)


def mark(customers: Collection[int]) -> None:
    """Mark `customers` for evaluation by the segments that read profiles."""
    mark_scored(sorted(customers), CustomerProfile, now())


def _write(customers: Collection[int]) -> set[int]:
    """Write the changed profiles of locked customers; return the keys of these customers."""
    at = now()
    before, after = stored_figures(customers), figures_of(customers, at)
    changed = {
        key for key in {*before, *after} if before.get(key, NOTHING) != after.get(key, NOTHING)
    }
    gone = sorted(key for key in changed if key not in after)
    CustomerProfile.objects.filter(pk__in=gone).delete()
    names = ("engagement_level", "sessions_count", "last_activity_at", "due_at")
    CustomerProfile.objects.bulk_create(
        (
            CustomerProfile(
                customer_id=key,
                updated_at=at,
                **{name: getattr(after[key], name) for name in names},
                **dict(zip(FIGURES, after[key].lifestyle, strict=True)),
            )
            for key in sorted(changed.intersection(after))
        ),
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=[*names, *FIGURES, "updated_at"],
    )
    _write_codes(changed, before, after)
    _write_values(changed, before, after)
    return changed


def _write_codes(
    changed: Collection[int], before: Mapping[int, Figures], after: Mapping[int, Figures]
) -> None:
    """Rewrite the best interests and brands of customers where these differ."""

    def names_of(figures: Mapping[int, Figures], key: int, name: str) -> Sequence[str]:
        return getattr(figures.get(key, NOTHING), name)  # type: ignore[no-any-return]

    for name in ("interests", "brands"):
        rows = CustomerInterest.objects if name == "interests" else CustomerBrand.objects
        differ = sorted(
            key for key in changed if names_of(before, key, name) != names_of(after, key, name)
        )
        rows.filter(customer__in=differ).delete()
        written = [
            (key, place, code)
            for key in differ
            for place, code in enumerate(names_of(after, key, name), start=1)
        ]
        if name == "brands":
            CustomerBrand.objects.bulk_create(
                CustomerBrand(customer_id=key, place=place, brand=code)
                for key, place, code in written
            )
            continue
        ids = dict(
            Category.objects.filter(code__in={code for _key, _place, code in written}).values_list(
                "code", "pk"
            )
        )
        CustomerInterest.objects.bulk_create(
            CustomerInterest(customer_id=key, place=place, category_id=ids[code])
            for key, place, code in written
            if code in ids
        )


def _write_values(
    changed: Collection[int], before: Mapping[int, Figures], after: Mapping[int, Figures]
) -> None:
    """Write the shares of values of the customers whose shares differ."""
    differ = sorted(
        key for key in changed if before.get(key, NOTHING).values != after.get(key, NOTHING).values
    )
    CustomerValueShare.objects.filter(customer__in=differ).delete()
    CustomerValueShare.objects.bulk_create(
        CustomerValueShare(customer_id=key, code=code, share=share)
        for key in differ
        for code, share in after.get(key, NOTHING).values
    )


def _earliest_of(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)
