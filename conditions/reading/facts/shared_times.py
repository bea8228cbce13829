"""A period that stands once for several clauses: at the end of them, or before the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conditions.reading.chunks.chunk import Length, Period
from conditions.reading.facts.fact import Fact
from conditions.reading.facts.grouping import Joined
from conditions.reading.facts.same_rows import is_bare
from conditions.reading.facts.sharing import is_deed
from conditions.reading.vocabulary.model import Model


def share_times(facts: Joined, model: Model) -> None:
    """Give a period at the end to the whole list before it, where one verb governs it.

    A fact that only adds to the rows of the fact before is merged into that fact.
    """
    for number in range(len(facts) - 1, 1, -1):
        if number >= len(facts):
            continue
        fact, join, before = facts[number], facts[number - 1], facts[number - 2]
        if not (isinstance(fact, Fact) and isinstance(before, Fact)):
            continue
        if _says_more(fact, str(join), before):
            before.when += fact.when
            before.quantities += fact.quantities
            before.chunks += fact.chunks
            before.perhaps_ever = join == "comma" and [
                (one.op, one.unit) for one in before.quantities
            ] == [("is", "times")]
            del facts[number - 1 : number + 1]
            continue
        deeds = [
            one.when for one in fact.fields if one.when is not None and model.is_deed(one.codes)
        ]
        if join in {"nor", "but"} and len(deeds) == 1 and not (before.when or fact.when):
            is_timed = before.is_total or any(one.when for one in before.fields)
            if not is_deed(before, model) or is_timed or before.is_standing:
                continue
            if join == "but":
                # "opened a mail but clicked none in May": opened in May, or ever. Who opened Spring
                # "but no mail in May" did not open Spring in May.
                if _deeds_of(before, model).isdisjoint(_deeds_of(fact, model)):
                    before.perhaps_when = deeds
            else:
                # "neither ordered nor opened a mail in May"
                timed = with_times(before, deeds, model)
                before.when, before.fields = timed.when, timed.fields
            continue
        if not fact.when:
            continue
        is_place = before.is_standing and before.is_inside
        if before.when or before.is_total or not before.head or join in ("who", "with") or is_place:
            continue
        if fact.every:
            # "5 orders, all in 2025"
            continue
        if join in {"and", "but"} and not fact.inherited:
            # "opened Spring but got no mail in May": who opened it in May got it, too.
            is_likely = join == "and" or before.head != fact.head
            if is_likely and is_deed(before, model) and is_deed(fact, model):
                # "no orders and no logins in May": no orders in May, or none at all.
                # "logged in but did not order in May": logged in in May, or ever.
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
            timed = with_times(before, fact.when, model)
            before.when, before.fields, before.has_shared_time = timed.when, timed.fields, True


def _deeds_of(fact: Fact, model: Model) -> set[str]:
    return {code for one in fact.fields if model.is_deed(one.codes) for code in one.codes}


def _says_more(fact: Fact, join: str, before: Fact) -> bool:
    """Return whether `fact` only adds a time or amount to the same rows: "a cart that is older"."""
    is_more = fact.inherited and fact.head == before.head and not (fact.values or fact.fields)
    if not is_more or fact.denied or fact.every or join not in {"comma", "who"}:
        return False
    if (before.when and fact.when) or before.is_total:
        return False
    return not fact.quantities or (join == "who" and not before.quantities)


def with_leading_time(facts: Joined, model: Model, *, is_opposed: bool = False) -> Joined | None:
    """Return "in May did not order or log in" with the period for both deeds.

    `is_opposed`: also where one deed is denied and the other is not, "in May ordered but did not
    log in", which is less likely.
    """
    first = facts[0] if facts else None
    if not isinstance(first, Fact) or not first.chunks:
        return None
    deeds = [one.when for one in first.fields if one.when is not None and model.is_deed(one.codes)]
    times = first.when or deeds
    if not times:
        return None
    begin = min(first.chunks, key=lambda chunk: chunk.start)
    if begin.kind not in {"period", "length"} or not model.is_relation(first.head):
        return None
    found = list(facts)
    for number in range(2, len(facts), 2):
        join, one = facts[number - 1 : number + 1]
        joins = ("and", "or", "nor", "but") if is_opposed else ("and", "or", "nor")
        if join not in joins or not isinstance(one, Fact) or one.apart:
            break
        is_ever = any(chunk.kind == "never" for chunk in one.chunks)
        has_time = one.when or any(each.when is not None for each in one.fields)
        is_alike = is_opposed or _is_denial(one) == _is_denial(first)
        if model.is_relation(one.head) and is_alike and not (has_time or one.is_total or is_ever):
            found[number] = with_times(one, times, model)
    return found if found != facts else None


def _is_denial(fact: Fact) -> bool:
    """Return whether `fact` denies a deed: "did not order", "did not open a mail"."""
    return fact.denied != any(one.denied for one in fact.fields)


def with_times(fact: Fact, times: Sequence[Length | Period], model: Model) -> Fact:
    """Return `fact` in `times`: those of its deed ("opened 3 mails"), or else of its rows."""
    for number, one in enumerate(fact.fields):
        is_whole = not one.denied or (fact.implied and len(fact.fields) == 1)
        if one.is_open and is_whole and model.is_deed(one.codes) and len(times) == 1:
            fields = list(fact.fields)
            fields[number] = replace(one, when=times[0])
            return replace(fact, fields=fields)
    return replace(fact, when=list(times))


def undone_lately(fact: Fact, model: Model) -> Fact | None:
    """Return "did not open the campaign in May" as no opening of it in May.

    The other reading is a mail of the campaign that was sent in May and not opened. Without a time,
    who did not get the campaign is among those who did not open it.
    """
    denied = [one for one in fact.fields if one.denied and one.is_open and model.is_deed(one.codes)]
    is_got = fact.has_clauses or fact.is_received
    is_plain = not (fact.denied or fact.quantities or fact.every or fact.habit or is_got)
    others = [one for one in fact.fields if one not in denied]
    is_named = bool(fact.values or others) and not any(model.is_deed(one.codes) for one in others)
    if len(denied) != 1 or len(fact.when) > 1 or not (is_named and is_plain):
        return None
    when = fact.when[0] if fact.when else None
    fields = [
        replace(one, denied=False, when=when) if one is denied[0] else one for one in fact.fields
    ]
    return replace(fact, denied=True, fields=fields, when=[])
