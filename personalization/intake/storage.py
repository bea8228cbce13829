"""Storage of behaviours in the shop's own tables or this app's, and detection of duplicates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from core.text.folding import fold
from core.text.hashes import keyed_hash, known_hashes
from core.tracing.stored_context import ContextKind, keep_context
from customers.events.facts import Fact, keep_facts
from customers.events.reading import Event
from customers.events.receiving.received import (
    content_of,
    has_content,
    make_received_event,
    name_of,
    remember,
    remembered_as,
)
from customers.models import Customer, ReceivedEvent
from personalization.intake.plain import canonical, fold_value
from personalization.intake.reading import Behavior
from personalization.models import BehaviorEvent, FactDetails
from personalization.models.behavior.types import WEB

PURPOSE = "behavior"
# Other names of types in the call for events; a wish has no event of its own.
EVENTS = {"product_viewed": "product.viewed", "login": "login", "wishlist_added": "wishlist_added"}


@dataclass(frozen=True, slots=True)
class Owned:
    """A behaviour with its customer; the behaviour may have the number of a merged guest."""

    behavior: Behavior
    customer: Customer

    @property
    def names(self) -> list[str]:
        """The names by which duplicates are found; the behaviour is stored by the first name.

        A name has the id, or customer, type, time and data. The behaviour of a merged guest has two
        names without an id: one with the customer's number, one with the guest's.
        """
        one = self.behavior
        kind = EVENTS.get(one.type.name, one.type.name)
        if one.id:
            return [name_of(kind, one.id)]
        at = one.occurred_at.isoformat()
        numbers = dict.fromkeys((self.customer.external_id, one.customer))
        return [f"{kind}\0{canonical(number, at, one.data)}" for number in numbers]


def lockable(one: Behavior) -> Event:
    """Return an event that names the same things, so that `lock_things` takes the same locks."""
    kind = EVENTS.get(one.type.name, one.type.name)
    # Without an id the customer's lock is enough.
    number = one.id or one.customer
    data: dict[str, Any] = {"customer": one.customer}
    if one.type.is_shop_fact and one.sku:
        kind = "wishlist.saved" if kind == "wishlist_added" else kind
        data |= {"items": [{"sku": one.sku}]} if kind == "wishlist.saved" else {"sku": one.sku}
    return Event(one.path, kind, number, one.occurred_at, data)


class Before:
    """The earlier behaviours with the same names, within the days that an id is remembered."""

    def __init__(self, asked: Sequence[Owned], at: datetime) -> None:
        self._at = at
        facts = [one for one in asked if one.behavior.type.is_shop_fact]
        self._facts = remembered_as({name for one in facts for name in one.names}, at)
        others = [one for one in asked if not one.behavior.type.is_shop_fact]
        by_hash = {
            hashed: name
            for one in others
            for name in one.names
            for hashed in known_hashes(PURPOSE, name)
        }
        rows = list(BehaviorEvent.objects.filter(key__in=by_hash)) if by_hash else []
        kept_since = at - timedelta(days=settings.KEEP_EVENTS_DAYS)
        self._rows = {by_hash[row.key]: row for row in rows if row.received_at > kept_since}
        self.forgotten = [row for row in rows if row.received_at <= kept_since]

    def has(self, one: Owned) -> bool:
        """Return whether a behaviour of the same name came before."""
        return any(name in self._facts or name in self._rows for name in one.names)

    def is_same(self, one: Owned) -> bool:
        """Return whether the earlier behaviour has the same customer, time and data.

        A behaviour without a time matches any time.
        """
        behavior = one.behavior
        if not behavior.id:
            return True
        (name,) = one.names
        if name in self._facts:
            fact = self._facts[name]
            when = fact.happened_at
            numbers = {behavior.customer, one.customer.external_id}
            is_about = any(has_content(fact, number, behavior.sku) for number in numbers)
        else:
            row = self._rows[name]
            when = row.occurred_at
            is_about = row.customer_id == one.customer.pk
            is_about = is_about and fold_value(row.data) == fold_value(behavior.data)
        is_then = not behavior.is_timed or when is None or when == behavior.occurred_at
        return is_about and is_then

    def add(self, one: Owned) -> None:
        """Add a behaviour that is taken now to the earlier ones."""
        if one.behavior.type.is_shop_fact:
            self._facts[one.names[0]] = received_fact(one, self._at)
        else:
            self._rows[one.names[0]] = event_of(one, self._at)


def received_fact(one: Owned, at: datetime) -> ReceivedEvent:
    """Return the row that remembers a fact of the shop that was taken at `at`."""
    behavior = one.behavior
    return make_received_event(
        one.names[0],
        at,
        content=content_of(behavior.customer, behavior.sku),
        happened_at=behavior.occurred_at,
    )


def event_of(one: Owned, at: datetime) -> BehaviorEvent:
    """Return the row of a behaviour that was taken at `at`."""
    behavior = one.behavior
    return BehaviorEvent(
        customer=one.customer,
        behavior_type=behavior.type.name,
        key=keyed_hash(PURPOSE, one.names[0]),
        occurred_at=behavior.occurred_at,
        received_at=at,
        channel=behavior.channel,
        sku_folded=fold(behavior.sku),
        search_query=behavior.data["query"] if behavior.type.name == "search" else "",
        context=behavior.context,
        data=behavior.data,
    )


def keep(taken: Sequence[Owned], forgotten: Iterable[BehaviorEvent], at: datetime) -> None:
    """Store behaviours that were taken at `at`; rows that are `forgotten` give up their keys."""
    freed = list(forgotten)
    for row in freed:
        row.key = keyed_hash(PURPOSE, f"\0{row.pk}")
    BehaviorEvent.objects.bulk_update(freed, ["key"])
    facts = [one for one in taken if one.behavior.type.is_shop_fact]
    BehaviorEvent.objects.bulk_create(
        [event_of(one, at) for one in taken if not one.behavior.type.is_shop_fact]
    )
    keep_facts(
        [
            Fact(
                one.customer,
                one.behavior.occurred_at,
                one.behavior.sku if one.behavior.type.required else "",
                is_wish=one.behavior.type.name == "wishlist_added",
            )
            for one in facts
        ]
    )
    remember([received_fact(one, at) for one in facts])
    details = (_details_of(one) for one in facts)
    FactDetails.objects.bulk_create([one for one in details if one is not None])
    # The evaluation of these customers continues the trace of the request.
    keep_context(ContextKind.MARKED, [one.customer.pk for one in taken])


def _details_of(one: Owned) -> FactDetails | None:
    """Return the data for which the shop's tables have no column; None where there is none."""
    behavior = one.behavior
    known = behavior.type.required
    more = {key: value for key, value in behavior.data.items() if key not in known}
    if behavior.channel == WEB and not behavior.context and not more:
        return None
    return FactDetails(
        customer=one.customer,
        behavior_type=behavior.type.name,
        occurred_at=behavior.occurred_at,
        sku=behavior.sku if known else "",
        channel=behavior.channel,
        context=behavior.context,
        data=more,
    )
