"""Priority lists in conditions: the first segment of a list that has a customer as a member."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils.translation import gettext_lazy

from conditions.attribute import Attribute, Flip
from conditions.language.choices import of_options
from conditions.language.operators import Operator, Takes
from conditions.language.phrase import Phrase
from conditions.language.types import CHOICE
from conditions.sql.place import Context, Place
from conditions.sql.sources import Read, Source
from conditions.sql.truth import NEVER, Truth, all_hold, any_of, complement
from core.text.json_documents import can_be_stored
from segments.models import PriorityList, Segment
from segments.rules.in_conditions import references
from segments.rules.in_conditions.references import (
    PRIORITY_LIST,
    flips_of,
    member_holds,
    member_truth,
    nodes_behind,
)

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

# With more memberships than these in one condition, CASE evaluates each only once.
MOST_NAMED = 24

PHRASE = Phrase(
    gettext_lazy("{for whom|} %(value)s is the first of the list %(label)s that fits"),
    gettext_lazy("{for whom|} %(value)s is not the first of the list %(label)s that fits"),
    subject=gettext_lazy("{whose|their} first segment of the list %(label)s %(is)s"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstOfList(Attribute):
    """The first of `segments` (codes in order) that has the customer as a member."""

    segments: tuple[str, ...]

    def nodes_of_itself(self, segment: str | None) -> int:
        return nodes_behind(self.segments, segment)

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield nothing: the trees of the segments declare what they read."""
        yield from ()

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        members = {code: member_truth(code, place, context) for code in self.segments}
        # A segment without possible members never comes first.
        members = {code: member for code, member in members.items() if member is not NEVER}
        if operator.takes is Takes.NOTHING:
            return any_of(*members.values())
        order = list(members)
        wanted = [
            number
            for number, code in enumerate(order)
            if code in ((value,) if operator.takes is Takes.ONE else value)
        ]
        if sum(number + 1 for number in wanted) > MOST_NAMED:
            return _in_turn([members[code] for code in order[: wanted[-1] + 1]], wanted)
        return any_of(
            *(
                all_hold(members[order[number]], *(complement(members[c]) for c in order[:number]))
                for number in wanted
            )
        )

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        found = next((code for code in self.segments if member_holds(code, facts)), None)
        return () if found is None else (found,)

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        for code in self.segments:
            yield from flips_of(code, place, earlier, later)


def _in_turn(members: Sequence[Truth], wanted: Sequence[int]) -> Truth:
    """Return the condition that the first of `members` that holds has an index in `wanted`."""
    cases = [When(one.q, then=Value(number in wanted)) for number, one in enumerate(members)]
    return Truth(Q(Case(*cases, default=Value(False), output_field=BooleanField())), certain=True)


class PriorityListAttributes:
    """An attribute for each priority list of the shop."""

    prefix = PRIORITY_LIST

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`; None where the list does not exist (any more)."""
        if not can_be_stored(code):
            return None
        row = PriorityList.objects.filter(code=code.removeprefix(self.prefix)).first()
        return None if row is None else _attribute(row, _names([row]))

    def all(self) -> list[Attribute]:
        """Return all attributes, ordered by the names of the lists."""
        rows = list(PriorityList.objects.all())
        names = _names(rows)
        return [_attribute(row, names) for row in rows]

    def reads(self) -> Iterator[Read]:
        """Yield nothing: see `FirstOfList`."""
        yield from ()

    def state(self) -> Hashable:
        """Return the codes and versions of all lists, a value that changes with each list."""
        return tuple(PriorityList.objects.order_by("pk").values_list("code", "version"))


def _names(rows: Iterable[PriorityList]) -> dict[str, str]:
    codes = {code for row in rows for code in row.segments}
    if not codes:
        return {}
    return dict(Segment.objects.filter(code__in=codes).values_list("code", "name"))


def _attribute(row: PriorityList, names: Mapping[str, str]) -> Attribute:
    options = {code: names[code] for code in row.segments if code in names}
    return FirstOfList(
        code=f"{PRIORITY_LIST}{row.code}",
        label=row.name,
        type=CHOICE,
        choices=of_options(lambda: options),
        comparable=False,
        values_only=True,
        is_first_that_fits=True,
        phrase=PHRASE,
        segments=tuple(row.segments),
    )


FAMILY = replace(references.FAMILY, of_the_shop=[PriorityListAttributes()])
