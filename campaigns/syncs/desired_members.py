"""The wanted members of a list, and the data of each that are sent to the target."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F

from campaigns.models import AudienceSync
from core.text.hashes import keyed_hash
from customers.models import Customer
from segments.export.contents import exported_members
from segments.export.mail import mailable
from segments.export.targets import TARGETS
from segments.models import Membership

SENT = "sync.sent"
SEPARATOR = ";"


@dataclass(frozen=True)
class Wanted:
    """A member who may get mail; `values` are texts by the heads of the target's export."""

    customer_id: int
    address: str
    values: Mapping[str, str]

    @property
    def digest(self) -> str:
        """A keyed hash of all data that are sent, to detect changes."""
        return keyed_hash(SENT, json.dumps([self.address, dict(self.values)], sort_keys=True))


def wanted_among(sync: AudienceSync, customers: Collection[int]) -> list[Wanted]:
    """Return those of `customers` (keys) who belong in the list, each address once.

    For an address of several customers, the customer with the lowest key is returned, if all of
    them are in `customers`. The stored members count, also those of an inactive segment.
    """
    target = TARGETS[sync.target]
    sources = {f"c{index}": one.expression for index, one in enumerate(target.columns)}
    sources |= {"whose": F("customer_id"), "address": F("customer__email")}
    members = exported_members(sync.segment).filter(customer_id__in=customers)
    rows = list(mailable(members, sources))
    codes = codes_of(sync, [row[-2] for row in rows])
    found = []
    for *cells, whose, address in rows:
        values = {
            column.head: "" if value is None else column.write(value)
            for column, value in zip(target.columns, cells, strict=True)
        }
        values[target.segments] = codes[whose]
        found.append(Wanted(whose, address, values))
    return found


def codes_of(sync: AudienceSync, customers: Collection[int]) -> Mapping[int, str]:
    """Return, by customer, the codes of their segments in lists of the same program.

    Joined by `;`, in order; of segments whose syncs are active.
    """
    synced = AudienceSync.objects.filter(target=sync.target, is_active=True).values("segment")
    rows = Membership.objects.filter(segment__in=synced, customer_id__in=customers)
    codes = defaultdict(list)
    for whose, code in rows.order_by("segment__code").values_list("customer_id", "segment__code"):
        codes[whose].append(code)
    return defaultdict(str, {whose: SEPARATOR.join(found) for whose, found in codes.items()})


def with_namesakes(sync: AudienceSync, customers: Iterable[int]) -> set[int]:
    """Return `customers` and the members who have the same address as one of them."""
    own = set(customers)
    mailboxes = Customer.objects.filter(pk__in=own).exclude(mailbox="").values("mailbox")
    members = Membership.objects.filter(segment=sync.segment_id, customer__mailbox__in=mailboxes)
    return own | set(members.values_list("customer_id", flat=True))
