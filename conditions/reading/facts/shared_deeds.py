"""Deeds of rows in neighbouring clauses: an object that stands once, a verb that stands once.

"Opened or clicked Spring" names the campaign once, "opened Spring but no mail in May" the deed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conditions.reading.facts.fact import Fact, Field
from conditions.reading.facts.grouping import Group, Joined, facts_of, levels
from conditions.reading.facts.same_rows import counts_rows
from conditions.reading.vocabulary.model import Model


def share_deeds(facts: Joined, model: Model) -> Joined:
    """Return the facts with the objects and deeds that their neighbours have in words."""
    facts = _with_objects_before_groups(facts, model)
    for fact in facts_of(facts):
        _deny_each(fact, model)
    for level, _is_either in levels(facts):
        _share_object_from_afar(level, model)
        for number in range(2, len(level), 2):
            one, join, other = level[number - 2 : number + 1]
            if not (isinstance(one, Fact) and isinstance(other, Fact)):
                continue
            if _share_object(one, str(join), other, model):
                # "Did not open or click Spring": neither of them, or perhaps clicked.
                level[number - 1], other.may_be_free = "nor", True
            _share_deed(one, other, model)
            if join in ("and", "or") and _give_deed(one, other, model) and join == "or":
                # "Did not open Spring in May or Summer": neither of them.
                level[number - 1] = "nor" if other.denied else "or"
            if join in ("and", "or"):
                _repeat_deed(one, other, model)
                _share_last_deed(one, other, model)
            _share_rows(one, other, model)
        _lose_deeds_beside_last_rows(level, model)
    return facts


def _with_objects_before_groups(said: Joined, model: Model) -> Joined:
    """Return the facts with the rows before "weder ... noch" given to the deeds after it.

    "Got Spring but neither opened nor clicked it" is about that mail.
    """
    found: Joined = []
    for one in said:
        before = found[-2] if len(found) > 1 else None
        if isinstance(one, Group) and isinstance(before, Fact) and not _is_more(before):
            deeds = list(facts_of(one.said))
            if all(_is_bare_deed(each, before, model) for each in deeds):
                for each in deeds:
                    _give_object(each, before, model)
                    each.when = list(before.when)
                if found[-1] == "and" and not (before.fields or before.when):
                    # "Spring weder geöffnet noch geklickt" does not state that they got it.
                    deeds[0].chunks += before.chunks
                    del found[-2:]
        found.append(one)
    return found


def _is_more(fact: Fact) -> bool:
    """Return whether the rows of `fact` are more than those of a name, a time and values."""
    is_chosen = fact.quantities or fact.denied or fact.habit or fact.every
    return bool(is_chosen or fact.is_standing or not (fact.values or fact.when or fact.fields))


def _share_object(one: Fact, join: str, other: Fact, model: Model) -> bool:
    """Give the object of one of two deeds to the deed without; return whether a denial covers both.

    "Opened Spring but did not click" is about one mail, so it is no matter of two deeds.
    """
    if join not in ("and", "or", "nor", "but") or other.apart:
        return False
    if join != "but" and _is_bare_deed(one, other, model):
        # "opened or clicked a mail in May": the time stands once for both, too.
        (deed,), times = _deeds(one, model), [each.when for each in _deeds(other, model)]
        if len(times) == 1 and not (deed.denied or deed.when or one.when):
            deed.when = times[0]
    if _takes_object(one, other, model):
        _give_object(one, other, model)
    elif join in ("or", "nor") and _takes_object(other, one, model):
        _give_object(other, one, model)
    else:
        return False
    (deed,) = _deeds(one, model)
    if join != "or" or not deed.denied or any(each.denied for each in other.fields):
        return False
    deed.denied, one.denied, other.denied = False, True, True
    return True


def _share_object_from_afar(level: Joined, model: Model) -> None:
    """Give a bare deed the rows named before another clause.

    "Got Spring and ordered in May, but did not open it" is about the opening of Spring.
    """
    facts = [one for one in level if isinstance(one, Fact)]
    if "or" in level or "nor" in level:
        return
    for number in range(2, len(facts)):
        fact, near = facts[number], facts[number - 1]
        if model.rows_of(near.head) is model.rows_of(fact.head):
            continue
        named = [
            one for one in facts[: number - 1] if not one.denied and _takes_object(fact, one, model)
        ]
        if len(named) == 1:
            _give_object(fact, named[0], model)


def _lose_deeds_beside_last_rows(level: Joined, model: Model) -> None:
    """Mark a bare deed as not understood beside one of the last rows, which it may be about, too.

    "Opened none but clicked one of the last 5 mails" is not about all mails. "Never" is about all.
    """
    facts = [one for one in level if isinstance(one, Fact)]
    last = [one for one in facts if one.habit is not None]
    for fact in facts:
        is_ever = any(chunk.kind == "never" for chunk in fact.chunks)
        if not is_ever and any(_is_bare_deed_of_some(fact, one, model) for one in last):
            fact.is_lost = True


def _is_bare_deed_of_some(fact: Fact, other: Fact, model: Model) -> bool:
    bare = replace(fact, is_of_any=False, of_each=False)
    is_timed = bool(fact.when) or any(not one.is_open for one in fact.fields)
    return fact is not other and not is_timed and _is_bare_deed(bare, other, model)


def _takes_object(fact: Fact, source: Fact, model: Model) -> bool:
    """Return whether `fact` is a bare deed of the rows that `source` names more closely."""
    return bool(_others(source, model)) and _is_bare_deed(fact, source, model)


def _is_bare_deed(fact: Fact, other: Fact, model: Model) -> bool:
    """Return whether `fact` is a deed of rows like those of `other`, and names no rows itself."""
    rows = model.rows_of(fact.head)
    if rows is None or rows is not model.rows_of(other.head):
        return False
    is_more = fact.values or fact.quantities or fact.habit or fact.of_each or fact.is_of_any
    is_bare = fact.implied and len(fact.fields) == 1 and not is_more
    return is_bare and len(_deeds(fact, model)) == 1 and " " not in fact.fields[0].chunk.text


def _give_object(fact: Fact, source: Fact, model: Model) -> None:
    rows = model.rows_of(fact.head)
    assert rows is not None
    objects = [one for one in source.fields if one not in _deeds(source, model)]
    fact.head, fact.implied = rows.name, False
    fact.values, fact.fields = list(source.values), [*fact.fields, *objects]


def _others(fact: Fact, model: Model) -> Sequence[object]:
    """Return what names rows of `fact` besides their deeds."""
    deeds = _deeds(fact, model)
    return [*fact.values, *(one for one in fact.fields if one not in deeds)]


def _deeds(fact: Fact, model: Model) -> list[Field]:
    """Return the fields with what became of a row, such as its opening."""
    rows = model.rows_of(fact.head)
    time = None if rows is None else model.time_of(rows)
    return [
        one
        for one in fact.fields
        if model.is_deed(one.codes) and (time is None or one.codes[0] != time.code)
    ]


def _share_deed(one: Fact, other: Fact, model: Model) -> None:
    """Give the deed of `one` to rows without a verb: "opened Spring but no mail in May".

    Customers do nothing to get a mail; carts and orders are there by what customers do.
    """
    rows = model.rows_of(other.head)
    if rows is None or rows.buying or rows is not model.rows_of(one.head):
        return
    is_noun = model.is_relation(other.head) and not (other.fields or other.values)
    has_verb = other.has_verb or other.is_received
    is_elided = is_noun and not (has_verb or other.apart or other.habit or other.every)
    deeds = [each for each in _deeds(one, model) if not each.denied]
    if not is_elided or len(deeds) != 1 or len(other.when) != 1 or one.denied:
        return
    other.fields = [replace(deeds[0], when=other.when[0])]
    other.when = []


def _give_deed(one: Fact, other: Fact, model: Model) -> bool:
    """Give the deed of `one` to a name alone: "opened Spring in May and Summer in June".

    Return whether it was given. A denied deed is then one that was done to none of the rows.
    """
    rows, deeds = model.rows_of(one.head), _deeds(one, model)
    is_named = len(other.values) == 1 and not (other.fields or other.quantities or other.habit)
    has_verb = other.has_verb or other.is_received or other.apart or other.denied
    is_same = rows is not None and rows is model.rows_of(other.head or _head_of(other, model))
    if not (is_same and is_named) or has_verb or len(deeds) != 1 or len(other.when) > 1:
        return False
    if one.quantities or one.habit or one.every or one.denied or not one.values or rows is None:
        return False
    (deed,), when = deeds, next(iter(other.when), None)
    is_denied = deed.denied
    deed.denied = False
    one.denied = other.denied = is_denied
    one.head, one.implied, other.head, other.implied = rows.name, False, rows.name, False
    other.fields, other.when = [replace(deed, when=when)], []
    return True


def _head_of(fact: Fact, model: Model) -> str:
    return model.implied([values.attributes for values in fact.values])


def _repeat_deed(one: Fact, other: Fact, model: Model) -> None:
    """Give the deed of `one` to a period alone: "opened mails in May and June"."""
    rows, deeds = model.rows_of(one.head), _deeds(one, model)
    is_timed = len(deeds) == 1 and deeds[0].when is not None
    if rows is None or not is_timed or not other.is_time_alone or len(other.when) != 1:
        return
    (deed,), (when,) = deeds, other.when
    fields = [replace(each, when=when) if each is deed else each for each in one.fields]
    other.head, other.fields, other.when = rows.name, fields, []
    other.values, other.denied, other.implied = list(one.values), one.denied, one.implied


def _share_last_deed(one: Fact, other: Fact, model: Model) -> None:
    """Give the deed at the end to both periods before it: "Mails im Mai und Juni geöffnet"."""
    rows, deeds = model.rows_of(other.head), _deeds(other, model)
    is_bare = not (one.fields or one.is_received or other.values or other.quantities)
    is_same = one.is_time_alone or (rows is not None and rows is model.rows_of(one.head))
    if rows is None or len(deeds) != 1 or len(one.when) != 1 or not (is_bare and is_same):
        return
    (deed,) = deeds
    times = [each for each in other.chunks if each.kind in {"period", "length"}]
    is_last = bool(times) and all(each.start < deed.chunk.start for each in times)
    is_denied = deed.denied != other.denied
    if is_last and deed.when is not None and (one.is_time_alone or not is_denied):
        deed.denied = False
        one.fields, one.when = [replace(deed, when=one.when[0])], []
        one.head = other.head = rows.name
        one.denied = other.denied = is_denied
        other.implied = False


def _deny_each(fact: Fact, model: Model) -> None:
    """Read "did not open Spring or Summer" as no opening of either, not as one mail unopened."""
    deeds, others = _deeds(fact, model), _others(fact, model)
    lists = [*fact.values, *(one.values for one in fact.fields if one.values is not None)]
    is_either = len(lists) == 1 and lists[0].join in {"or", "nor"}
    is_more = fact.when or fact.quantities or fact.habit or fact.denied or fact.every
    rows = model.rows_of(fact.head)
    if fact.is_received:
        # "got Spring or Summer without opening"
        return
    if rows is None or is_more or not is_either or len(deeds) != 1 or len(others) != 1:
        return
    if deeds[0].denied:
        fact.head, fact.implied, fact.denied = rows.name, False, True
        deeds[0].denied = False


def _share_rows(one: Fact, other: Fact, model: Model) -> None:
    """Give the rows of `one` to a denial of each of them: "but never clicked any of them"."""
    rows = model.rows_of(other.head)
    if rows is None or rows is not model.rows_of(one.head) or not other.implied or one.denied:
        return
    is_none = other.of_each and (counts_rows(one) or not (one.fields or one.values))
    if not (other.is_of_them or is_none) or other.values or other.when:
        return
    if len(other.fields) != 1 or not _deeds(other, model):
        return
    (deed,) = other.fields
    if other.denied == deed.denied or deed.when is not None:
        return
    more = [each for each in one.fields if one.habit is None or each not in _deeds(one, model)]
    other.head, other.implied, other.denied = rows.name, False, True
    other.fields = [replace(deed, denied=False), *more]
    other.values, other.when, other.habit = list(one.values), list(one.when), one.habit
