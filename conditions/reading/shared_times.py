"""A period that stands once for several clauses: at the end of them, or before the first."""

from __future__ import annotations

from dataclasses import replace

from conditions.reading.facts import Fact
from conditions.reading.grouping import Joined
from conditions.reading.model import Model
from conditions.reading.same_rows import is_bare
from conditions.reading.sharing import is_deed


def share_times(said: Joined, model: Model) -> None:
    """Give a period at the end to the whole list before it, where one verb governs it.

    A fact that only adds to the rows of the fact before is merged into that fact.
    """
    for number in range(len(said) - 1, 1, -1):
        if number >= len(said):
            continue
        fact, join, before = said[number], said[number - 1], said[number - 2]
        if not (isinstance(fact, Fact) and isinstance(before, Fact)):
            continue
        if _says_more(fact, str(join), before):
            before.when += fact.when
            before.quantities += fact.quantities
            before.chunks += fact.chunks
            before.perhaps_ever = join == "comma" and [
                (one.op, one.unit) for one in before.quantities
            ] == [("is", "times")]
            del said[number - 1 : number + 1]
            continue
        if not fact.when:
            continue
        is_place = before.is_standing and before.is_inside
        if before.when or before.is_total or not before.head or join in ("who", "with") or is_place:
            continue
        if fact.every:
            # "5 orders, all in 2025"
            continue
        if join == "and" and not fact.inherited:
            if is_deed(before, model) and is_deed(fact, model):
                # "no orders and no logins in May": no orders in May, or none at all.
                before.perhaps_when = list(fact.when)
            continue
        if fact.denied and not (before.denied or fact.values or fact.fields):
            # "ordered twice, but not in 2025"
            continue
        if join == "but" and fact.inherited and fact.denied and not before.denied:
            # "bought shoes but no toys in June": the shoes in June, or ever.
            before.may_lack_time = True
        if join == "nor" and fact.apart:
            # "neither bought shoes nor have logged in in May": these are separate clauses.
            before.perhaps_when = list(fact.when)
        elif join == "or" and before.denied and not fact.denied and is_bare(before):
            # "never ordered or only in 2025"
            continue
        elif join == "nor" and not is_deed(before, model):
            # "neither subscribed nor ordered in 2025"
            before.perhaps_when = list(fact.when)
        elif join == "or" and not fact.inherited and not fact.denied and is_deed(before, model):
            # "ordered or logged in in May": ordered in May, or ever.
            before.perhaps_when = list(fact.when) if is_deed(fact, model) else []
        elif fact.inherited or join == "nor":
            before.when, before.has_shared_time = list(fact.when), True


def _says_more(fact: Fact, join: str, before: Fact) -> bool:
    """Return whether `fact` only adds a time or amount to the same rows: "a cart that is older"."""
    is_more = fact.inherited and fact.head == before.head and not (fact.values or fact.fields)
    if not is_more or fact.denied or fact.every or join not in {"comma", "who"}:
        return False
    if (before.when and fact.when) or before.is_total:
        return False
    return not fact.quantities or (join == "who" and not before.quantities)


def with_leading_time(said: Joined, model: Model) -> Joined | None:
    """Return "in May did not order or log in" with the period for both deeds."""
    first = said[0] if said else None
    if not isinstance(first, Fact) or not first.when or not first.chunks:
        return None
    begin = min(first.chunks, key=lambda chunk: chunk.start)
    if begin.kind not in {"period", "length"} or not model.is_relation(first.head):
        return None
    found = list(said)
    for number in range(2, len(said), 2):
        join, one = said[number - 1 : number + 1]
        if join not in ("and", "or", "nor") or not isinstance(one, Fact) or one.apart:
            break
        is_ever = any(chunk.kind == "never" for chunk in one.chunks)
        is_same = one.denied == first.denied and model.is_relation(one.head)
        if is_same and not (one.when or one.is_total or is_ever):
            found[number] = replace(one, when=list(first.when))
    return found if found != said else None
