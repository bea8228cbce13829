"""Conditions about a customer's address: whether the address is suppressed or may get mail.

The suppression list has keyed hashes, and the secret key must not be in SQL: Python finds the
customers of the list's rows, and the database compares the customers' primary keys.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from campaigns.consent.addresses import is_valid, suppressible
from campaigns.consent.eligibility import known_of, reason_against
from campaigns.consent.suppression import suppressions_of
from campaigns.models import Reason, Suppression, SuppressionReason
from conditions.attribute import Attribute, Flip
from conditions.language.operators import Operator, Takes
from conditions.language.windows import LocalClock, Ranges, ZonedRanges, contains
from conditions.sql.expressions import OneOfKeys
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone
from conditions.sql.sources import OF_CUSTOMER, Read, Source, columns_on_path, join_source
from conditions.sql.truth import ALWAYS, NEVER, Truth, all_hold, any_of, complement
from core.clock import now
from customers.models import Customer, NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus, refuses_marketing

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

# Short addresses of this form are valid (`is_valid`), and most are such; Python judges the others.
# In a short address no part is too long, which a pattern would take PostgreSQL long to count.
SHORT = 64
FORM = (
    r"^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*\.)+[A-Za-z][A-Za-z]+\Z"
)
PLAIN = Q(LessThanOrEqual(Length("email"), SHORT), email__regex=FORM)
# Reasons of the mail contract that do not speak against a customer here.
ALLOWED = (None, Reason.FREQUENCY_CAP)


class SuppressedCustomers:
    """The suppression list, and which customers have its addresses; each is read at most once.

    `only` has the ids of the customers that anybody asks about; None: everybody.
    """

    def __init__(self, only: Any) -> None:
        self._only = only

    @classmethod
    def of(cls, place: Place, context: Context) -> "SuppressedCustomers":
        """Return the suppressed customers for `place`, read once for each compilation."""
        known: SuppressedCustomers = context.looked_up.setdefault(
            (cls, place.only), cls(place.only)
        )
        return known

    @cached_property
    def rows(self) -> Collection[Suppression]:
        """The suppression list; of some customers, those rows that are about them."""
        if self._only is not None:
            return list(self.owners.values())
        return list(Suppression.objects.all())

    @cached_property
    def owners(self) -> dict[int, Suppression]:
        """The row of each customer whose address is suppressed, by the customer's key."""
        if self._only is not None:
            return suppressions_of_keys(self._only)
        rows = {row.address_hash: row for row in self.rows}
        return {pk: rows[one] for pk, one in suppressible(Customer.objects.all(), rows)}


def suppressions_of_keys(customers: Any) -> dict[int, Suppression]:
    """Return what suppresses addresses of some of `customers` (internal keys, or their query)."""
    rows = Customer.objects.filter(pk__in=customers).exclude(mailbox="")
    return suppressions_of(list(rows.only("pk", "email")))


@dataclass(frozen=True, eq=False, kw_only=True)
class OfSuppression(Attribute):
    """The column `column` of the row that suppresses a customer's address; missing without one."""

    column: str

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        return any_of(
            *(
                self._where(partial(self._holds, operator, value, clock), websites, place, context)
                for websites, clock in context.moment.clocks
            )
        )

    def crossed(self, zoned: ZonedRanges, place: Place, context: Context) -> Iterator[Flip]:
        for websites, ranges in zoned:
            yield place, self._where(partial(_lies_in, ranges), websites, place, context)

    def on_days(
        self, days: Callable[[LocalClock], Sequence[int]], place: Place, context: Context
    ) -> Truth:
        return any_of(
            *(
                self._where(partial(_is_day_of, days(clock), clock), websites, place, context)
                for websites, clock in context.moment.clocks
            )
        )

    def _where(
        self,
        chooses: Callable[[Any], bool],
        websites: Sequence[int] | None,
        place: Place,
        context: Context,
    ) -> Truth:
        """Return that `chooses` says yes to the row's value, for customers of `websites`."""
        suppressed = SuppressedCustomers.of(place, context)
        chosen = {row.pk for row in suppressed.rows if chooses(getattr(row, self.column))}
        # Most windows have no rows: then no customer has to be found.
        if not chosen:
            return NEVER
        keys = [pk for pk, row in suppressed.owners.items() if row.pk in chosen]
        return in_zone(place.website, websites, _keys(keys))

    def _holds(self, operator: Operator, value: Any, clock: LocalClock, found: Any) -> bool:
        return self.holds_of((found,), operator, value, clock)

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, "mailbox")
        yield from _reads_of_list()

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        found = facts.loaded(suppressions_of_keys)
        return () if found is None else (getattr(found, self.column),)


@dataclass(frozen=True, eq=False, kw_only=True)
class IsSuppressed(Attribute):
    """Whether a customer's address is on the suppression list; an empty address is never on it."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if operator.takes is Takes.NOTHING:
            return ALWAYS
        suppressed = SuppressedCustomers.of(place, context)
        truth = _keys(suppressed.owners) if suppressed.rows else NEVER
        return truth if value else complement(truth)

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, "mailbox")
        yield from _reads_of_list()

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        return (facts.loaded(suppressions_of_keys) is not None,)


@dataclass(frozen=True, eq=False, kw_only=True)
class MayGetMail(Attribute):
    """Whether some store may send a customer mail at this moment (`consent.eligibility`)."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if operator.takes is Takes.NOTHING:
            return ALWAYS
        suppressed = SuppressedCustomers.of(place, context)
        owners = suppressed.owners if suppressed.rows else {}
        # Customers who have subscribed again after an erasure; there are few of them.
        erased = [pk for pk, row in owners.items() if row.reason == SuppressionReason.ERASED]
        back = [pk for pk, may in may_get_mail(erased).items() if may]
        truth = any_of(
            all_hold(_is_allowed(place), _has_address(place), complement(_keys(owners))),
            _keys(back),
        )
        return truth if value else complement(truth)

    def reads(self, source: Source) -> Iterator[Read]:
        for column in ("email", "mailbox", "is_active", "accepts_marketing"):
            yield from columns_on_path(source, column)
        subscriptions = join_source(OF_CUSTOMER, "pk", NewsletterSubscription, "customer")
        for column in ("customer", "store", "status", "status_changed_at"):
            yield from columns_on_path(subscriptions, column)
        yield from _reads_of_list()

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        return (bool(facts.loaded(may_get_mail)),)


def may_get_mail(customers: Collection[int]) -> dict[int, bool]:
    """Return whether some store may send mail now, of each of `customers` (internal keys)."""
    if not customers:
        return {}
    at = now()
    rows = list(Customer.objects.filter(pk__in=list(customers)))
    known = replace(known_of(rows, at), got=Counter())
    subscriptions: dict[int, list[NewsletterSubscription]] = {}
    for one in NewsletterSubscription.objects.standing().filter(customer__in=list(customers)):
        subscriptions.setdefault(one.customer_id, []).append(one)
    return {
        row.pk: any(
            reason_against(row, one, at, respects_holdout=False, known=known) in ALLOWED
            for one in subscriptions.get(row.pk, ())
        )
        for row in rows
    }


def _is_allowed(place: Place) -> Truth:
    """Return that the customer is active, subscribed to some store, and refuses no marketing."""
    subscribed = NewsletterSubscription.objects.standing().filter(
        customer=OuterRef(f"{place.path('mailing')}pk"),
        status=SubscriptionStatus.SUBSCRIBED,
        standing=SubscriptionStatus.SUBSCRIBED,
    )
    q = Q(Exists(subscribed), ~Q(refuses_marketing("mailbox")), is_active=True)
    return Truth(q, certain=True)


def _has_address(place: Place) -> Truth:
    """Return that the customer has an address that mail can be sent to."""
    odd = Customer.objects.exclude(mailbox="").exclude(PLAIN)
    if place.only is not None:
        odd = odd.filter(pk__in=place.only)
    valid = [pk for pk, email in odd.values_list("pk", "email").iterator() if is_valid(email)]
    return any_of(Truth(PLAIN), _keys(valid))


def _keys(keys: Collection[int]) -> Truth:
    """Return that the customer has one of `keys`."""
    return Truth(Q(OneOfKeys(F("pk"), keys=keys)), certain=True) if keys else NEVER


def _reads_of_list() -> Iterator[Read]:
    for column in ("address_hash", "reason", "at"):
        yield from columns_on_path(Source(Suppression), column)


def _lies_in(ranges: Ranges, at: datetime) -> bool:
    return any(contains(bounds, at) for bounds in ranges)


def _is_day_of(days: Collection[int], clock: LocalClock, at: datetime) -> bool:
    """Return whether the month and day of `at` are among `days` (month * 100 + day)."""
    day = clock.date_of(at)
    return day.month * 100 + day.day in days
