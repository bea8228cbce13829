"""A batch of events: repeated and older events are left out; all others are stored, or none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction

from core.access.website_limits import Websites
from core.clock import now
from core.problems import Invalid, Problem
from core.tracing.spans import current_trace_id, is_tracing
from core.tracing.stored_context import ContextKind, keep_context
from customers.events import people, sales
from customers.events.people import store_of
from customers.events.reading import Cells, Event, Row
from customers.events.receiving.event_names import (
    customers_of,
    event_name,
    is_named_by_customer,
    number_column,
    owners_of,
)
from customers.events.receiving.locks import lock_things
from customers.events.receiving.received import (
    HAPPENS,
    content_of,
    make_received_event,
    remember,
    remembered_as,
)
from customers.events.receiving.websites import check_websites
from customers.events.shop import Shop, Thing, Versions, knowledge
from customers.events.values import as_stored
from customers.events.writing import write
from customers.imports.staging.staging_tables import Known
from customers.merging import MergeRefused, merge_guest
from customers.models import Customer, CustomerMerge, EventVersion, Order, ReceivedEvent
from customers.privacy.erased import erased_among
from customers.signals import orders_saved

SAVING: dict[str, Callable[[Shop, Row, dict[str, Known]], list[Problem]]] = {
    **people.SAVING,
    **sales.SAVING,
}

# Events whose rows have a time of their own besides the event's.
DATED: dict[str, Callable[[Shop, Row, dict[str, Known]], bool]] = {
    "newsletter.saved": people.is_older_subscription,
}

Read = tuple[Event, Row]


@dataclass
class Taken:
    """The result of a batch: numbers of events by outcome, and the problems of refused events."""

    accepted: int = 0
    repeated: int = 0
    older: int = 0
    erased: int = 0
    problems: list[Problem] = field(default_factory=list)


class EventBatch:
    """The events of one request, in their order, within its transaction."""

    def __init__(self, events: Sequence[Event], *, partial: bool, websites: Websites) -> None:
        self.events = events
        self.partial = partial
        self.websites = websites
        self.taken = Taken()
        self.now = now()
        self.remembered: list[ReceivedEvent] = []

    def take(self) -> Taken:
        """Store the events; raises `Invalid` for a problem, unless `partial` stores the others."""
        if not self.events:
            return self.taken
        lock_things(self.events)
        fresh = self._fresh()
        self.known = knowledge(fresh)
        read = self._without_erased(self._read(fresh))
        self.numbers = {number for one in read for number in customers_of(*one)}
        check_websites(read, self.numbers, self.websites)
        self.merges = self._merges()
        self.keys = {str(row[number_column(event)]) for event, row in read if event.type.thing}
        self.versions = self._versions()
        for part in _parts(read):
            self._take_part(part)
        check_websites(read, self.numbers, self.websites)
        if self.taken.problems and not self.partial:
            raise Invalid(self.taken.problems)
        self.versions.write()
        remember(self.remembered)
        self._keep_trace()
        return self.taken

    def _keep_trace(self) -> None:
        """Store the trace context, so that the evaluation of the customers continues the trace."""
        if is_tracing() and current_trace_id():
            numbers = self.numbers | {one.customer.external_id for one in self.merges.values()}
            customers = Customer.objects.filter(external_id__in=numbers)
            keep_context(ContextKind.MARKED, list(customers.values_list("pk", flat=True)))

    def _merges(self) -> dict[str, CustomerMerge]:
        """Return the merges of the guests that the events name, by the guests' numbers."""
        rows = CustomerMerge.objects.filter(guest_external_id__in=self.numbers)
        return {one.guest_external_id: one for one in rows.select_related("customer")}

    def _versions(self) -> Versions:
        """Return the stored times of the things that the events name."""
        return Versions(self.keys | {one.customer.external_id for one in self.merges.values()})

    def _fresh(self) -> list[Event]:
        """Return the events that were not received before, each once."""
        seen = set(remembered_as({event_name(event) for event in self.events}, self.now))
        fresh = []
        for event in self.events:
            if event_name(event) in seen:
                self.taken.repeated += 1
            else:
                seen.add(event_name(event))
                fresh.append(event)
        return fresh

    def _read(self, events: Sequence[Event]) -> list[Read]:
        cells = Cells(self.known)
        found = []
        for event in events:
            before = len(cells.problems)
            row = cells.row(event)
            if len(cells.problems) == before:
                found.append((event, row))
        self.taken.problems += cells.problems
        return found

    def _without_erased(self, read: Sequence[Read]) -> list[Read]:
        erased = erased_among({number for one in read for number in owners_of(*one)})
        kept = []
        for event, row in read:
            if erased.isdisjoint(owners_of(event, row)):
                kept.append((event, row))
            else:
                self.taken.erased += 1
                self.remembered.append(self._record_received(event, row))
        return kept

    def _take_part(self, part: Sequence[Read]) -> None:
        """Store a run of consecutive events that are handled in the same way."""
        name = part[0][0].name
        if name == "customer.merged":
            # A merge reads and stores the times of consents.
            self.versions.write()
            for event, row in part:
                self._note(event, self._merge(event, row))
            self.merges = self._merges()
            self.versions = self._versions()
        elif name == "customer.deleted":
            gone = [
                str(row["id"])
                for event, row in part
                if not self._is_older(event, row) and self._note(event, [], row)
            ]
            Customer.objects.filter(external_id__in=gone).delete()
            self.merges = self._merges()
        else:
            shop = Shop(part, self.merges)
            for event, row in part:
                if not self._is_older(event, row, shop):
                    self._note(event, SAVING[event.name](shop, row, self.known), row)
                elif event.name == "customer.saved":
                    consented_at = self.versions.at(self._consent(event, row))
                    people.keep_refusal(shop, row, consented_at)
            if self.partial or not self.taken.problems:
                write(shop)
                self._announce([one.pk for one in shop.changed[Order].values()])

    @staticmethod
    def _announce(orders: list[int]) -> None:
        if orders:
            transaction.on_commit(
                lambda: orders_saved.send_robust(sender=Order, orders=orders), robust=True
            )

    def _note(self, event: Event, problems: list[Problem], row: Row | None = None) -> bool:
        """Count the event, and return whether it was stored."""
        self.taken.problems += problems
        if problems:
            return False
        self.taken.accepted += 1
        self.remembered.append(self._record_received(event, row))
        # An event that is dated in the future must not make later events count as older.
        if row is not None and event.type.thing and not event.is_undated:
            self.versions.note(self._thing(event, row), event.occurred_at)
            if event.name == "customer.saved" and people.consents_to_marketing(row):
                self.versions.note(self._consent(event, row), event.occurred_at)
        return True

    def _record_received(self, event: Event, row: Row | None) -> ReceivedEvent:
        """Return the record of a received event, with its content if another call may bring it."""
        moment = HAPPENS.get(event.name)
        if row is None or moment is None or event.type.table is None:
            return make_received_event(event_name(event), self.now)
        at = as_stored(event.type.table.field_of(moment), row[moment])
        content = content_of(row["customer"], row["sku"] or "")
        return make_received_event(event_name(event), self.now, content=content, happened_at=at)

    def _is_older(self, event: Event, row: Row, shop: Shop | None = None) -> bool:
        """Return whether the stored thing is newer than the event, and count the event as older.

        `shop` has the rows with a time of their own. The merge of a guest outdates all earlier
        events about the guest, whose things belong to the customer since then.
        """
        if not event.type.thing:
            return False
        merged = None
        if is_named_by_customer(event):
            merged = self.merges.get(str(row[number_column(event)]))
        if merged and (event.type.thing == "customer" or event.occurred_at <= merged.at):
            is_older = True
        else:
            is_older = self.versions.is_older(self._thing(event, row), event.occurred_at)
        if shop is not None and event.name in DATED:
            outdated = DATED[event.name](shop, row, self.known)
            # A refusal counts from its own time, however late its event arrives.
            is_older = outdated if people.is_refusal(row) else is_older or outdated
        if is_older:
            self.taken.older += 1
            self.remembered.append(self._record_received(event, row))
        return is_older

    def _thing(self, event: Event, row: Row) -> Thing:
        number, detail = str(row[number_column(event)]), ""
        if is_named_by_customer(event) and number in self.merges:
            number = self.merges[number].customer.external_id
        if event.type.thing == "subscription":
            detail = str(store_of(row, self.known))
        return event.type.thing, number, detail

    def _consent(self, event: Event, row: Row) -> Thing:
        """Return the key of a customer's last consent to marketing among the versions."""
        thing, number, _detail = self._thing(event, row)
        return thing, number, EventVersion.CONSENT

    def _merge(self, event: Event, row: Row) -> list[Problem]:
        try:
            merge_guest(row["guest"], row["customer"], at=event.occurred_at)
        except MergeRefused as error:
            column = "customer" if error.code in {"unknown_customer", "not_registered"} else "guest"
            code = "unknown_customer" if error.code == "unknown_guest" else error.code
            return [Problem(row.place(column), code, str(error))]
        return []


def _parts(read: Iterable[Read]) -> Iterator[list[Read]]:
    """Yield runs of events: those that delete or merge customers, and those saved from memory.

    A refusal is stored before its customer can get another mailbox, since the refusal was given for
    the former mailbox.
    """
    refusing: set[str] = set()
    cuts = 0

    def way(one: Read) -> tuple[str, int]:
        nonlocal cuts
        event, row = one
        if event.name not in SAVING:
            return event.name, cuts
        if event.name == "customer.saved" and row["id"] in refusing:
            refusing.clear()
            cuts += 1
        if event.name in people.REFUSING and people.REFUSING[event.name](row):
            refusing.update(customers_of(event, row))
        return "", cuts

    for _way, part in groupby(read, key=way):
        yield list(part)
