"""Receives behaviours: finds their customers, checks consent and stores each once, atomically."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import now
from core.database.deadlock_retries import tried_again
from core.problems import Invalid, Problem
from customers.events.receiving.locks import lock_things
from customers.models import Customer, CustomerMerge, Purpose
from customers.privacy.consent import refusing
from customers.privacy.erased import erased_among
from personalization.intake.call_counts import DROPPED, count
from personalization.intake.privacy_signals import refuse_for
from personalization.intake.rate import is_within_rate
from personalization.intake.reading import Behavior, ReadBody, behaviors_in
from personalization.intake.storage import Before, Owned, keep, lockable
from personalization.intake.stored_hooks import run_hooks
from personalization.models.behavior.types import BehaviorType
from personalization.signals import behavior_detected

TRIES = 3
UNKNOWN, REUSED = "unknown_customer", "id_reused"


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request: its user (None: anonymous), and the flags from its headers."""

    author: Any = None
    gpc: bool = False
    is_crawler: bool = False


@dataclass
class Taken:
    """The outcome of received behaviours: the number of each outcome, and the problems."""

    accepted: int = 0
    duplicates: int = 0
    dropped: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(DROPPED, 0)))
    problems: list[Problem] = field(default_factory=list)


def receive(
    body: Any, caller: Caller, *, customer: str | None = None, at: datetime | None = None
) -> Taken:
    """Store the behaviours of a JSON body, one or a list; in one transaction.

    `customer` is the customer of behaviours that name none; `at` is now unless given. Raises
    `Invalid` with all problems, and stores nothing, if all behaviours are invalid.
    """
    moment = now() if at is None else at
    read = behaviors_in(body, moment, customer=customer)
    if not read.behaviors:
        raise Invalid(read.problems)

    @transaction.atomic
    def take() -> Taken:
        return _Batch(read, caller, moment).take()

    # Retried: a merge may deadlock with this transaction.
    taken = tried_again(take, tries=TRIES)
    count({"accepted": taken.accepted, "duplicates": taken.duplicates, **taken.dropped}, moment)
    return taken


class _Batch:
    """The behaviours of one call, in their order, within its transaction."""

    def __init__(self, read: ReadBody, caller: Caller, at: datetime) -> None:
        self.read, self.caller, self.at = read, caller, at
        self.taken = Taken(problems=list(read.problems))
        self.wrong = read.wrong

    def take(self) -> Taken:
        """Store the behaviours; raises `Invalid` if all are invalid."""
        behaviors = self.read.behaviors
        lock_things(map(lockable, behaviors))
        numbers = {one.customer for one in behaviors}
        erased = erased_among(numbers)
        people = _people(numbers)
        owned = []
        for one in behaviors:
            if one.customer in erased:
                self.taken.dropped["erased"] += 1
            elif one.customer not in people:
                self._refuse(one, "customer_id", UNKNOWN, _unknown(one.customer))
            else:
                owned.append(Owned(one, people[one.customer]))
        allowed = self._without_refusals(owned)
        before = Before(allowed, self.at)
        fresh = [one for one in allowed if self._is_fresh(one, before)]
        if self.wrong == len(behaviors) + self.read.wrong:
            raise Invalid(self.taken.problems)
        keep(fresh, before.forgotten, self.at)
        significances = run_hooks(fresh, self.at) if fresh else []
        self.taken.accepted = len(fresh)
        for stored, significance in zip(fresh, significances, strict=True):
            transaction.on_commit(partial(_announce, stored, significance), robust=True)
        return self.taken

    def _without_refusals(self, owned: Sequence[Owned]) -> list[Owned]:
        """Return the behaviours that may be stored; count the others, and note privacy signals."""
        asking = [one for one in owned if self.caller.gpc or one.behavior.gpc]
        self.taken.dropped["gpc"] += len(asking)
        refuse_for(
            list({one.customer.pk: one.customer for one in asking}.values()),
            author=self.caller.author,
            at=self.at,
        )
        others = [one for one in owned if not (self.caller.gpc or one.behavior.gpc)]
        keys = {one.customer.pk for one in others}
        rows = Customer.objects.filter(refusing(Purpose.TRACKING), pk__in=keys)
        refused = set(rows.values_list("pk", flat=True)) if keys else set()
        allowed = [one for one in others if one.customer.pk not in refused]
        self.taken.dropped["no_consent"] += len(others) - len(allowed)
        if self.caller.is_crawler:
            self.taken.dropped["bot"] += len(allowed)
            return []
        return allowed

    def _is_fresh(self, one: Owned, before: Before) -> bool:
        if before.has(one):
            if before.is_same(one):
                self.taken.duplicates += 1
            else:
                text = _("The id “%(id)s” was of another behaviour of this type.")
                self._refuse(one.behavior, "id", REUSED, text % {"id": one.behavior.id})
            return False
        if not is_within_rate(one.customer.pk, self.at):
            self.taken.dropped["rate"] += 1
            return False
        before.add(one)
        return True

    def _refuse(self, one: Behavior, key: str, code: str, text: str) -> None:
        self.taken.problems.append(Problem(one.place(key), code, text))
        self.wrong += 1


def _people(numbers: set[str]) -> dict[str, Customer]:
    """Return the customers by number; a merged guest's number gives the customer they became.

    Their rows are locked, so that concurrent requests about a customer run one after the other.
    """
    merges = CustomerMerge.objects.filter(guest_external_id__in=numbers)
    merged = dict(merges.values_list("guest_external_id", "customer__external_id"))
    rows = Customer.objects.select_for_update(no_key=True).order_by("pk")
    found = {
        one.external_id: one for one in rows.filter(external_id__in=numbers | {*merged.values()})
    }
    known = {number: found.get(number) or found.get(merged.get(number, "")) for number in numbers}
    return {number: one for number, one in known.items() if one is not None}


def _unknown(number: str) -> str:
    return _("There is no customer “%(number)s”.") % {"number": number}


def _announce(one: Owned, significance: float) -> None:
    behavior = one.behavior
    behavior_detected.send_robust(
        BehaviorType,
        customer_id=one.customer.pk,
        behavior_type=behavior.type.name,
        occurred_at=behavior.occurred_at,
        channel=behavior.channel,
        significance=significance,
    )
