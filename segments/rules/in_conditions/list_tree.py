"""A list of customers in the place of conditions, as a tree of one node."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts
from conditions.evaluator.verdict import Verdict
from conditions.nodes.tree import Group
from conditions.sql.place import Context, Place
from conditions.sql.truth import Truth, complement, existing
from core.problems import Problem
from segments.models import ListedCustomer, Segment


@dataclass(frozen=True, eq=False, kw_only=True)
class Listed(Group):
    """A root without conditions: the customer is on the list of the segment `segment_id`."""

    segment_id: int

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth:
        rows = ListedCustomer.objects.filter(segment=self.segment_id, customer=OuterRef("pk"))
        listed = existing(Exists(rows))
        return complement(listed) if negated else listed

    def holds(self, row: Any, facts: Facts) -> bool:
        return self.segment_id in (facts.loaded(_lists_of) or ())

    def evaluate(self, row: Any, facts: Facts) -> Verdict:
        return Verdict(self.json, self.holds(row, facts))

    def words(self, inside: Any = None) -> str:
        return _("everybody on the list")

    def sentence(self, *, exact: bool = False) -> str:
        words = self.words()
        return f"{words[:1].upper()}{words[1:]}."


def check_no_rules(tree: Group) -> None:
    """Raise `InvalidTree` where `tree`, meant for a segment with a list, has conditions."""
    if tree.conditions:
        message = _("A segment with a list has no conditions: leave them empty.")
        raise InvalidTree([Problem("conditions", "list_has_no_rules", message)])


def list_in_place_of(tree: Group, segment: Segment) -> Listed:
    """Return the list of `segment` in the place of its empty `tree`.

    Raises `InvalidTree` where `tree` has conditions.
    """
    check_no_rules(tree)
    return list_of(segment)


def list_of(segment: Segment) -> Listed:
    """Return the tree of a segment with a list."""
    return Listed(
        path="", json=segment.conditions, match="all", conditions=(), segment_id=segment.pk
    )


def _lists_of(ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return, for each customer of `ids`, the ids of the segments that list them."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = ListedCustomer.objects.filter(customer__in=ids)
    for customer_id, segment_id in rows.values_list("customer", "segment"):
        found[customer_id].add(segment_id)
    return found
