"""What may belong together or not, where a sentence does not say: both are offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conditions.reading.chunks import Length, Period
from conditions.reading.facts import Fact
from conditions.reading.grouping import Group, Joined, facts_of
from conditions.reading.model import Model

# Times that say until when something was, and those that say since when.
UNTIL = frozenset({"ago_gt", "ago_gte", "before", "on_or_before"})
SINCE = frozenset({"ago_lt", "ago_lte", "last", "after", "on_or_after"})


def other_ways(said: Joined, model: Model) -> Iterator[Joined]:
    """Yield `said` with more taken together than stands in it, where that is likelier."""
    for number, one in enumerate(said):
        follows = said[number + 1 : number + 2]
        if isinstance(one, Fact) and one.is_excepted and follows in (["who"], ["with"]):
            yield _except_all(said, number, one)
        if isinstance(one, Group) and one.denied:
            first, *others = one.said
            if isinstance(first, Fact) and others and others[0] != "or":
                # "except those who bought shoes, in France": all of it, or the first only.
                alone = replace(first, denied=not first.denied, is_lost=first.is_broken)
                yield [*said[:number], alone, *others, *said[number + 1 :]]
        if isinstance(one, Fact) and one.is_standing and one.denied and not one.is_excepted:
            verb = next((each for each in said[:number] if _is_bought(each, one, model)), None)
            if isinstance(verb, Fact):
                # "bought shoes but not Men": what was not bought, or who they are not.
                bought = replace(one, head=verb.head, verb=True, is_standing=False)
                yield [*said[:number], bought, *said[number + 1 :]]
    for number in range(len(said) - 2):
        one, join, other = said[number : number + 3]
        if isinstance(one, Fact) and isinstance(other, Fact) and join in ("and", "but", "comma"):
            row = _same_row(one, other, model)
            if row is not None:
                yield [*said[:number], row, *said[number + 3 :]]


def ways_apart(said: Joined) -> Iterator[Joined]:
    """Yield `said` in ways that are possible, if less likely.

    A denial ends at the "or"; a period at the end is that of the clause before, too.
    """
    if any(one.perhaps_when for one in facts_of(said)):
        yield _sharing_time(said)
    if any(one.may_count for one in facts_of(said)):
        yield _counting(said)
    if not any(isinstance(one, Fact) and one.may_be_free for one in said):
        return
    free: Joined = []
    for one in said:
        if isinstance(one, Fact) and one.may_be_free:
            free[-1] = "or"
            before = free[-2]
            if isinstance(before, Fact) and before.has_shared_time:
                free[-2] = replace(before, when=[])
            free.append(replace(one, denied=not one.denied))
        else:
            free.append(one)
    yield free


def _counting(said: Joined) -> Joined:
    """Return `said` where numbers that may be amounts count rows: "no orders or more than 5"."""
    counting: Joined = []
    for one in said:
        if isinstance(one, Group):
            one = replace(one, said=_counting(one.said))
        elif isinstance(one, Fact) and one.may_count:
            numbers = [replace(each, unit=each.unit or "times") for each in one.quantities]
            one = replace(one, quantities=numbers)
        counting.append(one)
    return counting


def _sharing_time(said: Joined) -> Joined:
    """Return `said` where each clause has the period that is perhaps its own."""
    shared: Joined = []
    for one in said:
        if isinstance(one, Group):
            one = replace(one, said=_sharing_time(one.said))
        elif isinstance(one, Fact) and one.perhaps_when:
            one = replace(one, when=one.perhaps_when)
        shared.append(one)
    return shared


def _is_bought(verb: Fact | Group | str, one: Fact, model: Model) -> bool:
    if not (isinstance(verb, Fact) and verb.verb and model.is_relation(verb.head)):
        return False
    return model.is_product([code for values in one.values for code in values.attributes])


def _except_all(said: Joined, number: int, one: Fact) -> Joined:
    """Return "except women who spent less" as nobody who is both, not as all others who did."""
    end = next((n for n in range(number, len(said)) if said[n] == "but"), len(said))
    inner = [replace(one, denied=False, is_excepted=False), *said[number + 1 : end]]
    return [*said[:number], Group(inner, denied=True), *said[end:]]


def _same_row(one: Fact, other: Fact, model: Model) -> Fact | None:
    """Return two facts as one, as "more than 30 days ago but less than 60 days ago" may be meant.

    Only one of them names the rows, and the times can both be of one row.
    """
    first, second = (other, one) if one.inherited else (one, other)
    is_time_only = second.inherited and not (second.quantities or second.values or second.fields)
    if not is_time_only or first.head != second.head or not model.is_relation(first.head):
        return None
    if one.denied or other.denied or len(one.when) != 1 or len(other.when) != 1:
        return None
    (a,), (b,) = one.when, other.when
    return replace(first, when=[a, b]) if _overlap(a, b) or _overlap(b, a) else None


def _overlap(until: Length | Period, since: Length | Period) -> bool:
    """Whether something can be both until the one time and since the other."""
    if isinstance(until, Length) and isinstance(since, Length):
        is_between = until.kind in UNTIL and since.kind in SINCE
        return is_between and until.hours == since.hours and until.number < since.number
    if isinstance(until, Period) and isinstance(since, Period):
        (last, end), (first, begin) = until.choices[0], since.choices[0]
        return last in UNTIL and first in SINCE and begin < end
    return False
