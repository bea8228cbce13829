"""Groups facts in order: brackets, "either ... or", one joining word between two facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conditions.reading.facts.fact import Fact, Said, is_either_of_two


@dataclass(eq=False)
class Group:
    """Facts in brackets, or after "either" and "neither"."""

    said: Joined
    # Each of its facts stands alone.
    either: bool = False
    # Its facts do not all hold together.
    denied: bool = False
    # One of its two facts holds, and the other does not.
    exclusive: bool = False


Element = Fact | Group
Joined = list[Fact | Group | str]
# Words between two facts, the strongest first.
JOINING = ("or", "nor", "but", "and", "who", "comma")
STRONGEST = (*JOINING, "with")


def group_facts(facts: Said) -> Joined:
    """Return the facts with their groups, and one word between two facts or groups."""
    return _exclusives(tidy(_eithers(_in_brackets(_collapse_joins(facts)))))


def _collapse_joins(said: Said) -> Said:
    """Return the facts with one word where several stand together: ", or" and "or who"."""
    found: Said = []
    for one in said:
        if found and one in JOINING and found[-1] in JOINING:
            found[-1] = _stronger(str(found[-1]), str(one))
        else:
            found.append(one)
    return found


def _in_brackets(said: Sequence[Fact | str]) -> Joined:
    """Return the facts with those in brackets as groups; an unclosed bracket is ignored."""
    open_: list[Joined] = [[]]
    denied: list[bool] = [False]
    # A denial ends with the brackets that it stands in, with "but", and with the sentence.
    for one in [*said, ""]:
        while denied[-1] and one in (")", "but", ""):
            _close(open_, denied)
        if one in ("(", "none("):
            open_.append([])
            denied.append(one == "none(")
        elif one == ")":
            if len(open_) > 1:
                _close(open_, denied)
        elif one:
            open_[-1].append(one)
    return [one for part in open_ for one in part]


def _close(open_: list[Joined], denied: list[bool]) -> None:
    """End the innermost brackets; a single denied fact needs no group."""
    inner, is_denied = _eithers(open_.pop()), denied.pop()
    alone = [one for one in inner if not isinstance(one, str)]
    if is_denied and len(alone) == 1 and isinstance(alone[0], Fact):
        alone[0].denied = not alone[0].denied
        # Without the part that is not understood, the denial would cover more than was meant.
        alone[0].is_lost = alone[0].is_lost or alone[0].is_broken
        open_[-1].append(alone[0])
    else:
        open_[-1].append(Group(inner, denied=is_denied))


def _eithers(said: Joined) -> Joined:
    """Return the facts with "either ... or ..." and "neither ... nor ..." as groups."""
    for number, one in enumerate(said):
        if isinstance(one, str) and one in {"either", "neither"}:
            after = said[number + 1 :]
            turn = next((n for n, each in enumerate(after) if each in ("or", "nor")), None)
            if turn is None:
                return _eithers([*said[:number], *after])
            ends = ("comma", "and", "but", "who")
            end = next((n for n in range(turn + 1, len(after)) if after[n] in ends), len(after))
            inner = [each for each in after[:end] if each not in ("comma", "either", "neither")]
            if one == "neither":
                for fact in facts_of(inner):
                    fact.denied = True
                inner = ["nor" if each == "or" else each for each in inner]
            group = Group(inner, either=one == "either")
            before = said[:number]
            if before and _share_leading_time(before[-1], inner):
                before.pop()
            return [*before, group, *_eithers(after[end:])]
    return said


def _share_leading_time(one: Element | str, inner: Joined) -> bool:
    """Give a period right before "neither ... nor" to the facts after it; return if `one` is it.

    "In the last 30 days neither ordered nor logged in": neither of them in those days.
    """
    if not isinstance(one, Fact) or not one.is_time_alone:
        return False
    facts = list(facts_of(inner))
    for fact in facts:
        fact.when = fact.when or list(one.when)
    facts[0].chunks += one.chunks
    return True


def _exclusives(said: Joined) -> Joined:
    """Return the facts with "A or B but not both" as groups; more than two are unclear."""
    found: Joined = []
    for one in said:
        if isinstance(one, Group):
            one = replace(one, said=_exclusives(one.said))
        found.append(one)
        if not isinstance(one, Fact) or not one.exclusive or is_either_of_two(one):
            continue
        one.exclusive = False
        is_pair = len(found) > 2 and found[-2] == "or" and found[-4:-3] not in (["or"], ["comma"])
        if is_pair:
            found[-3:] = [Group(found[-3:], exclusive=True)]
        else:
            one.is_lost = True
    return found


def tidy(facts: Joined) -> Joined:
    """Return the facts with one word between two of them, and none before or after them."""
    found: Joined = []
    for one in facts:
        if isinstance(one, Group):
            inner = tidy(one.said)
            if not inner:
                continue
            one = replace(one, said=inner)
        if isinstance(one, str):
            if found and isinstance(found[-1], str):
                found[-1] = _stronger(found[-1], one)
            elif found:
                found.append(one)
        else:
            if found and not isinstance(found[-1], str):
                found.append("and")
            found.append(one)
    while found and isinstance(found[-1], str):
        found.pop()
    return found


def _stronger(first: str, second: str) -> str:
    """Return the word that decides how facts are joined, of two words that stand together."""
    return min(first, second, key=STRONGEST.index)


def without_facts(facts: Joined, unsaid: Sequence[Fact]) -> Joined:
    """Return the facts without those that cannot be expressed (`unsaid`).

    An alternative takes its "or" with it: "women in Berlin or Xyz who buy shoes" are women in
    Berlin who buy shoes.
    """
    left: Joined = [
        replace(one, said=without_facts(one.said, unsaid)) if isinstance(one, Group) else one
        for one in facts
    ]
    for fact in unsaid:
        if fact not in left:
            continue
        place = left.index(fact)
        before, after = left[:place], left[place + 1 :]
        if before and before[-1] == "or":
            joining = fact.joined_by
            before.pop()
        elif after and after[0] == "or" and (not before or before[-1] in ("and", "but", "who")):
            joining = next((one.joined_by for one in facts_of(after)), [])
            del after[0]
        else:
            joining = []
        fact.chunks += [one for one in joining if one not in fact.chunks]
        left = [*before, *after]
    return left


def changed_meanings(said: Joined, unsaid: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the facts that would change their meaning without the facts `unsaid` next to them.

    An alternative without the others is not what was asked for, nor is a part of a denied group.
    """
    for one in said:
        if isinstance(one, Group):
            facts = list(facts_of(one.said))
            if (one.either or one.denied or one.exclusive) and any(
                f.is_broken or f in unsaid for f in facts
            ):
                yield from facts
            else:
                yield from changed_meanings(one.said, unsaid)


def levels(facts: Joined, *, either: bool = False) -> Iterator[tuple[Joined, bool]]:
    """Yield the facts at each depth, and whether each of them stands alone."""
    yield facts, either
    for one in facts:
        if isinstance(one, Group):
            yield from levels(one.said, either=one.either)


def facts_of(facts: Joined) -> Iterator[Fact]:
    """Yield the facts of all groups, in order."""
    for one in facts:
        if isinstance(one, Fact):
            yield one
        elif isinstance(one, Group):
            yield from facts_of(one.said)
