"""Incremental reading of a shop's database: what was read before, and what is to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from core.clock import now
from customers.guests import guest_number, normalized_email
from integrations.shops.models import ShopSource, SyncState

# A run reads again what changed in this time before the last one: clocks differ, and a transaction
# of the shop that was open then has committed since.
OVERLAP = timedelta(minutes=10)
# A statement names so many rows at most, which keeps it below the 4 MB that MySQL 5.7 takes; of a
# shop that has changed more all is read.
MOST_ROWS = 20_000
# The states that are no tables: the last run that has read everything, and the last run.
FULL, LAST = "full", "last"


@dataclass(frozen=True)
class EarlierRuns:
    """What the runs before have noted: the time from which on changes are read, marks by table.

    A mark is a text of the platform by which it recognises that rows were added or deleted.
    """

    since: datetime
    marks: Mapping[str, str]


@dataclass
class Changes:
    """The rows that an incremental run reads; everything else is stored as the shop has it.

    Numbers are those of the shop, e-mail addresses normalized. All rows of a customer in
    `customers`, and all rows without an account of an e-mail address in `emails`, are read.
    """

    customers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    carts: set[str] = field(default_factory=set)
    # The customers whose log-ins and views are read.
    visitors: set[str] = field(default_factory=set)

    @property
    def are_many(self) -> bool:
        """Return whether a full run is the better one."""
        sets = (self.customers, self.emails, self.orders, self.carts, self.visitors)
        return max(map(len, sets)) > MOST_ROWS

    def guests(self) -> set[str]:
        """Return the numbers of the guests with these e-mail addresses."""
        return {guest_number(email) for email in self.emails}

    def has_row_of(self, customer: str, email: str, *, is_account: bool) -> bool:
        """Return whether a row is read that names this customer and e-mail address."""
        if is_account:
            return customer in self.customers
        return normalized_email(email) in self.emails


def is_one_of(column: str, numbers: Iterable[str]) -> str:
    """Return the SQL condition that a column of whole numbers has one of `numbers`."""
    found = ", ".join(one for one in numbers if one.isascii() and one.isdigit())
    return f"{column} IN ({found})" if found else "FALSE"


def earlier_runs(source: str, options: Mapping[str, Any]) -> EarlierRuns | None:
    """Return what earlier runs of a source have noted; None where everything has to be read.

    That is so with `--full`, before the first run, when `SHOP_FULL_SYNC_SECONDS` are over, and
    after an import of the source by other means.
    """
    if options.get("full"):
        return None
    states = {one.kind: one for one in SyncState.objects.filter(source__name=source)}
    if FULL not in states or LAST not in states:
        return None
    full, last = states[FULL].since, states[LAST].since
    period = timedelta(seconds=settings.SHOP_FULL_SYNC_SECONDS)
    if full is None or last is None or (period and full + period <= now()):
        return None
    stored = ShopSource.objects.get(name=source)
    if stored.last_import_at != states[LAST].pass_started_at:
        return None
    marks = {kind: state.cursor for kind, state in states.items() if kind not in (FULL, LAST)}
    return EarlierRuns(last - OVERLAP, marks)


def note_run(
    source: ShopSource, began_at: datetime, marks: Mapping[str, str], *, is_full: bool
) -> None:
    """Note a run that has read the shop as it was at `began_at`, a time of the shop's server."""
    at = {"since": began_at, "pass_started_at": source.last_import_at}
    states: dict[str, dict[str, Any]] = {LAST: at}
    if is_full:
        states[FULL] = {"since": now()}
    states |= {kind: {"since": began_at, "cursor": mark} for kind, mark in marks.items()}
    for kind, values in states.items():
        SyncState.objects.update_or_create(source=source, kind=kind, defaults=values)
