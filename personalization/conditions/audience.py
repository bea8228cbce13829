"""Audiences: a test of segment membership, a tree of conditions, or everybody (null)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from conditions.errors import InvalidTree
from conditions.evaluator.given_cart import GivenCart
from conditions.parse import parse_tree
from conditions.upkeep.stored_trees import StoredTrees
from core.resources.fields import Checked
from customers.models import Customer
from personalization.models import ExperienceVariant, Experiment, Offer, PersonalizationRule
from segments.membership import Shopper, segments_of, shopper_of
from segments.rules.in_conditions.questions import check_question
from segments.rules.in_conditions.references import codes_in

BELONGING = ("is", "is_one_of")


def is_question(audience: Mapping[str, Any]) -> bool:
    """Return whether an audience asks for segments, and is no tree of conditions."""
    return "operator" in audience or "segments" in audience


def segments_named(audience: Mapping[str, Any] | None) -> set[str]:
    """Return the codes of the segments that a stored audience asks for, directly."""
    if audience is None:
        return set()
    if is_question(audience):
        return set(audience["segments"])
    return codes_in(audience)


def check_audience(given: Mapping[str, Any], stored: Mapping[str, Any] | None) -> Checked:
    """Return an audience as it is stored; what is gone is refused where it is new, else warned of.

    `stored` is the audience of before, None for everybody.
    """
    if is_question(given):
        return check_question(given, {"segments": segments_named(stored)})
    try:
        group = parse_tree(given)
    except InvalidTree as error:
        # A condition that has gone since, such as an attribute, does not prevent another change.
        return (
            Checked(given, (), error.problems) if given == stored else Checked(None, error.problems)
        )
    return Checked(dict(group.json), (), group.warnings)


class Judge:
    """Says in which audiences a customer is (None: an anonymous shopper).

    By stored membership, which is read once; a tree is judged live, and so is all where a `cart`
    or an instant is given (as for `segments.membership.shopper_of`, with its errors). A segment
    that is inactive or gone has no members, and a tree that is no longer valid holds for nobody.
    """

    def __init__(
        self,
        customer: Customer | None,
        *,
        cart: Mapping[str, Any] | GivenCart | None = None,
        as_of: datetime | None = None,
    ) -> None:
        self.customer, self._cart, self._as_of = customer, cart, as_of

    def holds(self, audience: Mapping[str, Any] | None) -> bool:
        """Return whether a stored audience has the customer in it."""
        if audience is None:
            return True
        if self.customer is None:
            return False
        if is_question(audience):
            operator, codes = audience["operator"], audience["segments"]
            if self._is_live:
                return self._shopper.satisfies(operator, codes)
            return self._segments.isdisjoint(codes) != (operator in BELONGING)
        try:
            return self._shopper.holds(parse_tree(audience, stored=True))
        except InvalidTree:
            return False

    def members_of(self, codes: Sequence[str]) -> list[str]:
        """Return the given segments that the customer is a member of."""
        if self._is_live:
            found = self._shopper.memberships(codes)
            return [code for code in codes if found.get(code)]
        return [code for code in codes if code in self._segments]

    @property
    def _is_live(self) -> bool:
        return self._cart is not None or self._as_of is not None

    @cached_property
    def _segments(self) -> frozenset[str]:
        return frozenset(segments_of(self.customer) if self.customer else ())

    @cached_property
    def _shopper(self) -> Shopper:
        return shopper_of(self.customer, cart=self._cart, as_of=self._as_of)


def _audiences(model: Any) -> Callable[[], Iterator[tuple[str, Any]]]:
    def find() -> Iterator[tuple[str, Any]]:
        for row in model.objects.exclude(audience=None).order_by("pk"):
            yield str(row), row.audience

    return find


# The registry of stored trees reads these: it finds which audiences name an attribute.
STORED_AUDIENCES = tuple(
    StoredTrees(f"personalization.{model._meta.model_name}", _audiences(model))
    for model in (ExperienceVariant, Experiment, Offer, PersonalizationRule)
)
