"""The shopper of a request for experiences: their data, and which uses of it are permitted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from conditions.parse import parse_tree
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses
from personalization.assignment import is_held_out
from segments.membership import Shopper as Judged
from segments.membership import segments_of, shopper_of


@dataclass(frozen=True)
class Held:
    """An audience that holds: the segments by which it holds, or the sentence of a tree."""

    segments: tuple[str, ...] = ()
    sentence: str = ""


class Shopper:
    """A customer, or an anonymous shopper (None), at an aware instant."""

    def __init__(self, customer: Customer | None, at: datetime) -> None:
        self.customer, self.at = customer, at

    @cached_property
    def refuses_personalization(self) -> bool:
        """Whether the customer refuses personalization, so that nothing may be chosen for them."""
        customer = self.customer
        return customer is not None and refuses(customer, Purpose.PERSONALIZATION)

    @cached_property
    def may_be_tracked(self) -> bool:
        """Whether exposures of the shopper may be stored."""
        return self.customer is not None and not refuses(self.customer, Purpose.TRACKING)

    @cached_property
    def is_held_out(self) -> bool:
        """Whether the customer is in the holdout group."""
        return self.customer is not None and is_held_out(self.customer)

    @cached_property
    def segments(self) -> frozenset[str]:
        """The codes of the active segments of which the customer is a stored member."""
        return frozenset(segments_of(self.customer)) if self.customer else frozenset()

    @cached_property
    def _judged(self) -> Judged:
        return shopper_of(self.customer, as_of=self.at)

    def in_question(self, audience: Mapping[str, Any], *, live: bool) -> Held | None:
        """Return by which segments a segment test holds; None where the test does not hold."""
        operator, codes = audience["operator"], audience["segments"]
        if self.customer is None:
            return None
        members = self.members_of(codes, live=live)
        if bool(members) != (operator in {"is", "is_one_of"}):
            return None
        return Held(tuple(members or codes))

    def members_of(self, codes: Sequence[str], *, live: bool) -> list[str]:
        """Return the segments of `codes` that the customer is a member of, in their order."""
        if not live:
            return [code for code in codes if code in self.segments]
        judged = self._judged.memberships(codes)
        return [code for code in codes if judged.get(code)]

    def in_tree(self, audience: Mapping[str, Any]) -> Held | None:
        """Return the sentence of a tree that holds now; None where the tree does not hold.

        Raises InvalidTree where the tree can no longer be evaluated.
        """
        if self.customer is None:
            return None
        tree = parse_tree(audience, stored=True)
        return Held(sentence=tree.sentence()) if self._judged.holds(tree) else None


def find_customer(number: str | None) -> Customer | None:
    """Return the customer with this number, or who had this number as a guest; None for neither.

    An unknown number means an anonymous shopper: the storefront gets a response all the same.
    """
    return next(_customers_numbered(number), None) if number else None


def _customers_numbered(number: str) -> Iterator[Customer]:
    rows = Customer.objects.select_related("website")
    yield from rows.filter(external_id=number)[:1]
    yield from rows.filter(merges__guest_external_id=number)[:1]
