"""The populations that ranks compare with: customers in scope, a segment's members, or a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from conditions import registry
from conditions.sql.place import AT_CUSTOMER, Context, Place
from conditions.sql.scope import EVERYBODY, Scope, context_at
from conditions.sql.truth import Truth, all_hold

if TYPE_CHECKING:
    from conditions.attribute import Attribute, Flip
    from conditions.evaluator.facts import Facts

# The code of the attribute for segment membership; the app of segments registers it.
SEGMENT = "segment"
ALL_OF_A_SEGMENT = Scope(frozenset(), frozenset(), "both")


class Choosing(Protocol):
    """A group of conditions, as far as a population needs it."""

    @property
    def match(self) -> str: ...

    @property
    def conditions(self) -> Sequence[Any]: ...

    def truth(self, place: Place, context: Context, *, negated: bool = False) -> Truth: ...

    def holds(self, row: Any, facts: Facts) -> bool: ...


def find_memberships() -> Attribute | None:
    """Return the attribute for segment membership; None where segments are not installed."""
    return registry.find_attribute(SEGMENT)


@dataclass(frozen=True)
class Population:
    """The customers in scope; a population never depends on other conditions next to its rank."""

    def context_of(self, context: Context) -> Context:
        """Return the context in which the population and its figures are compiled.

        It has the zones of all websites that may have customers of the population; where another
        segment's tree is compiled, these are not the zones of `context`.
        """
        return self._in_zones_of(context.population or EVERYBODY, context)

    def _in_zones_of(self, scope: Scope, context: Context) -> Context:
        key = (Population, scope)
        if key not in context.looked_up:
            context.looked_up[key] = context_at(context.moment.as_of, scope)
        found: Context = context.looked_up[key]
        return found

    def truth(self, context: Context) -> Truth:
        """Return that a customer is in the population; `context` comes from `context_of`."""
        assert context.population is not None
        return Truth(context.population.q, certain=True)

    def flips(self, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
        """Yield who may enter or leave it as time passes, apart from a group's conditions."""
        yield from ()

    def includes(self, facts: Facts) -> bool:
        """Return whether the customer is in the population, for the evaluator."""
        scope = facts.population or EVERYBODY
        return facts.customer.pk is not None and scope.includes(facts.customer)

    @property
    def is_scope(self) -> bool:
        """Return whether the population consists of all customers in scope."""
        return type(self) is Population


IN_SCOPE = Population()


@dataclass(frozen=True)
class Members(Population):
    """The members of the segment with this code, independent of the scope of the rank's tree."""

    code: str

    def context_of(self, context: Context) -> Context:
        return self._in_zones_of(ALL_OF_A_SEGMENT, context)

    def truth(self, context: Context) -> Truth:
        is_member = self._memberships.type.operators["is"]
        return self._memberships.truth(is_member, self.code, AT_CUSTOMER, context)

    def flips(self, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
        is_member = self._memberships.type.operators["is"]
        yield from self._memberships.flips(is_member, self.code, place, earlier, later)

    def includes(self, facts: Facts) -> bool:
        is_member = self._memberships.type.operators["is"]
        customer = facts.customer
        return customer.pk is not None and self._memberships.holds(
            is_member, self.code, customer, facts
        )

    @property
    def _memberships(self) -> Attribute:
        found = find_memberships()
        assert found is not None, "a tree that names a segment was refused without segments"
        return found


@dataclass(frozen=True)
class Chosen(Population):
    """The customers in scope who match a group of conditions."""

    group: Choosing

    def truth(self, context: Context) -> Truth:
        return all_hold(super().truth(context), self.group.truth(AT_CUSTOMER, context))

    def includes(self, facts: Facts) -> bool:
        return super().includes(facts) and self.group.holds(facts.customer, facts)
