"""Sequences of each customer's newest events."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import F, Model, Value
from django.db.models.functions import Coalesce

from conditions.sql.row_arrays import whole_rows
from customers.models import Cart, Login, Order, ProductView, Refund, WishlistItem
from predictions.history.batches import Batch
from predictions.history.columns import Whole, starts_of
from predictions.history.population import TIMES, existing, sales
from predictions.history.raw_columns import Seconds, Units

# The types of events, numbered from 1; 0 is none. TODAY ends each sequence and dates its events.
TYPES: tuple[type[Model], ...] = (Order, Refund, ProductView, Login, WishlistItem, Cart)
TODAY = len(TYPES) + 1
# The number of a customer's newest events that are kept.
MOST_EVENTS = 100
OWNERS: Mapping[type[Model], str] = {WishlistItem: "wishlist__customer"}
AMOUNTS: Mapping[type[Model], str] = {Order: "grand_total", Refund: "amount"}


@dataclass(frozen=True, eq=False)
class Events:
    """Sequences of a batch's customers, the oldest event first, today last.

    The customer at place i has the events `starts[i]` up to `starts[i + 1]` of the arrays:
    `types`, `days` since the event before (0 for the first), `units` of money (0 without any).
    """

    starts: Whole
    types: Whole
    days: Whole
    units: Whole

    def sequence_at(self, place: int) -> Whole:
        """Return the events of a customer: (events, 3), types, days, units."""
        inside = slice(int(self.starts[place]), int(self.starts[place + 1]))
        return np.column_stack([self.types[inside], self.days[inside], self.units[inside]])


def events_of(batch: Batch) -> Events:
    """Return the newest 100 events of each customer of `batch`, in the order of time.

    Events of one second come in the order of their types and amounts: that of the rows in the
    database makes no difference.
    """
    parts = [_today(batch), *(_rows(batch, model, 1 + n) for n, model in enumerate(TYPES))]
    places, instants, days, types, units = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.lexsort((units, types, instants, places))
    places, days, types, units = places[order], days[order], types[order], units[order]
    counts = np.bincount(places, minlength=len(batch))
    ends = starts_of(counts)[1:]
    kept = ends[places] - np.arange(len(places)) <= MOST_EVENTS + 1
    places, days, types, units = places[kept], days[kept], types[kept], units[kept]
    since = np.diff(days, prepend=days[:1])
    starts = starts_of(np.bincount(places, minlength=len(batch)))
    since[starts[:-1][np.diff(starts) > 0]] = 0
    return Events(starts, types, since, units)


def _today(batch: Batch) -> tuple[Whole, ...]:
    """Return the event that ends each sequence: it is later than all others."""
    places = np.arange(len(batch))
    end = np.full(len(batch), np.iinfo(np.int64).max)
    nothing = np.zeros(len(batch), dtype=np.int64)
    return places, end, batch.todays, np.full(len(batch), TODAY), nothing


def _rows(batch: Batch, model: type[Model], number: int) -> tuple[Whole, ...]:
    owner = OWNERS.get(model, "customer")
    rows = sales(batch.as_of) if model is Order else existing(model, batch.as_of)
    amount = Coalesce(Units(AMOUNTS[model]), 0) if model in AMOUNTS else Value(0)
    found = rows.filter(batch.whose(owner)).values_list(F(owner), Seconds(TIMES[model]), amount)
    owners, instants, units = whole_rows(found, 3)
    places, there, days = batch.dated(owners, instants)
    return places, instants[there], days, np.full(len(places), number), units[there]
