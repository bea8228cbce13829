"""Ambiguities of a sentence: words that may belong together or not. Both readings are offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conditions.reading.chunks.chunk import Length, Period
from conditions.reading.facts.elisions import complete_elisions, is_chosen, of_same_row
from conditions.reading.facts.fact import Fact, Values, is_either_of_two
from conditions.reading.facts.grouping import Element, Group, Joined, facts_of, tidy, without_facts
from conditions.reading.facts.places import not_done_there, not_sent
from conditions.reading.facts.same_rows import sent_to
from conditions.reading.facts.shared_times import undone_lately, with_leading_time, with_times
from conditions.reading.tree_building.single_rows import of_first_or_last_row
from conditions.reading.vocabulary.model import Model

# Comparisons with a time that rows lie before (UNTIL), and with a time that they lie after (SINCE).
UNTIL = frozenset({"ago_gt", "ago_gte", "before", "on_or_before"})
# Words after which a fact may be about the same rows.
ROW_JOINS = ("and", "but", "comma", "who")
SINCE = frozenset({"ago_lt", "ago_lte", "last", "after", "on_or_after"})


def other_ways(facts: Joined, model: Model) -> Iterator[Joined]:
    """Yield likelier readings that take more of the facts together than the words do."""
    for number, one in enumerate(facts):
        follows = facts[number + 1 : number + 2]
        if isinstance(one, Fact) and one.is_excepted and follows in (["who"], ["with"]):
            yield _except_all(facts, number, one)
        if isinstance(one, Group) and one.denied:
            first, *others = one.said
            # All that follows "unless" is one clause, up to a comma.
            is_whole = isinstance(first, Fact) and first.chunks[0].kind == "unless"
            ends = ("or", "and") if is_whole else ("or",)
            if isinstance(first, Fact) and others and others[0] not in ends:
                # "except those who bought shoes, in France": "except" covers all of it, or the
                # first only.
                alone = replace(first, denied=not first.denied, is_lost=first.is_broken)
                yield _replace_elements(facts, number, alone, *others)
        if isinstance(one, Fact) and one.is_standing and one.denied and not one.is_excepted:
            verb = next((each for each in facts[:number] if _can_govern(each, one, model)), None)
            if isinstance(verb, Fact):
                # "bought shoes but not Men": a category that was not bought, or a gender.
                bought = replace(one, head=verb.head, verb=True, is_standing=False)
                yield _replace_elements(facts, number, bought)
        if isinstance(one, Fact) and (apart := _without_amount(one, model)) is not None:
            yield _replace_elements(facts, number, apart)
        if (unsent := not_sent(facts[number : number + 3], model)) is not None:
            yield _replace_elements(facts, number + 2, unsent)
    if (timed := with_leading_time(facts, model)) is not None:
        yield timed
    if (of_row := of_first_or_last_row(facts, model)) != facts:
        yield of_row
    for number in range(len(facts) - 2):
        one, join, other = facts[number : number + 3]
        if not (isinstance(one, Fact) and isinstance(other, Fact)):
            continue
        if join == "with" and (undone := not_done_there(one, other, model)) is not None:
            yield _replace_elements(facts, number, undone, size=3)
        if join in ROW_JOINS:
            for first, *second in complete_elisions(one, str(join), other, model):
                rest: Joined = [join, *second] if second else []
                yield _replace_elements(facts, number, first, *rest, size=3)
        if join in ("and", "but", "comma"):
            row = _same_row(one, other, model)
            if row is not None:
                yield _replace_elements(facts, number, row, size=3)
            pair = _share_products(one, str(join), other, model)
            if pair is not None:
                yield _replace_elements(facts, number, pair[0], join, pair[1], size=3)


def ways_apart(facts: Joined, model: Model) -> Iterator[Joined]:
    """Yield the facts in readings that are possible, but less likely.

    For example, a denial ends at the "or", or a period at the end also belongs to the clause
    before.
    """
    if any(one.perhaps_when for one in facts_of(facts)):
        yield _each_fact(facts, lambda one: _sharing_time(one, model))
    if (timed := with_leading_time(facts, model, is_opposed=True)) is not None:
        yield timed
    if any(one.may_lack_time for one in facts_of(facts)):
        yield _each_fact(facts, _lacking_time)
    if any(one.may_be_everyone for one in facts_of(facts)):
        yield _each_fact(facts, _of_everyone)
    if any(one.may_count for one in facts_of(facts)):
        yield _each_fact(facts, _counting)
    if _are_two_nouns(facts, model):
        yield [Group([facts[0], "or", facts[2]]), *facts[3:]]
    for number, one in enumerate(facts):
        if not isinstance(one, Fact):
            continue
        join, other = (*facts[number + 1 : number + 3], "", "")[:2]
        if not isinstance(other, Fact):
            other = Fact()
        row = of_same_row(one, other, model) if join in ROW_JOINS else None
        if row is not None and not is_chosen(row, model):
            yield _replace_elements(facts, number, row, size=3)
        sent = sent_to(one, other, model) if join == "with" and other.verb else None
        if sent is not None and (one.is_outside or not one.denied):
            yield _replace_elements(facts, number, sent, size=3)
        if (undone := undone_lately(one, model)) is not None:
            yield _replace_elements(facts, number, undone)
        if one.may_be_of_cart:
            # A cart that is still open was not bought: the denied order adds nothing.
            yield tidy(without_facts(facts, [one]))
        if one.perhaps_ever:
            ever = replace(one, when=[], perhaps_ever=False)
            yield _replace_elements(facts, number, ever, "and", replace(one, quantities=[]))
        if not one.denied and any(values.may_be_all for values in one.values):
            # "Kundinnen": women, or all customers.
            yield tidy(without_facts(facts, [one]))
        if _denies_first_alone(one, model):
            yield _replace_elements(facts, number, *_apart(one))
    if any(isinstance(one, Fact) and one.may_be_free for one in facts):
        yield _free_denials(facts)


def _are_two_nouns(said: Joined, model: Model) -> bool:
    """Return whether "women and VIPs" stand first: two kinds of customers, or customers of both."""
    nouns = [one for one in said[:3:2] if isinstance(one, Fact) and one.is_noun and not one.denied]
    is_pair = said[1:2] == ["and"] and said[3:4] in ([], ["who"], ["but"])
    if len(nouns) != 2 or not is_pair or any(one.is_stated for one in nouns):
        return False
    return not any(model.has_choices_of_rows(one.head) for one in nouns)


def _replace_elements(said: Joined, number: int, *by: Element | str, size: int = 1) -> Joined:
    """Return the facts with `by` in the place of the `size` elements at `number`."""
    return [*said[:number], *by, *said[number + size :]]


def _apart(one: Fact) -> tuple[Fact, str, Fact]:
    """Return "not subscribed or unsubscribed" as two alternatives, only the first one denied."""
    (values,) = one.values
    first, second = (replace(one, values=[Values((each,))]) for each in values.each)
    return first, "or", replace(second, denied=False)


def _free_denials(said: Joined) -> Joined:
    """Return the facts with each denial ended at the "or" where it may end there."""
    free: Joined = []
    for one in said:
        if isinstance(one, Fact) and one.may_be_free:
            free[-1] = "or"
            before = free[-2]
            if isinstance(before, Fact) and before.has_shared_time:
                fields = [
                    replace(each, when=None)
                    if any(each.when is time for time in one.when)
                    else each
                    for each in before.fields
                ]
                free[-2] = replace(before, when=[], fields=fields)
            free.append(replace(one, denied=not one.denied))
        else:
            free.append(one)
    return free


def _each_fact(said: Joined, changed: Callable[[Fact], Fact]) -> Joined:
    """Return the facts with `changed` applied to each of them, also within groups."""
    found: Joined = []
    for one in said:
        if isinstance(one, Group):
            one = replace(one, said=_each_fact(one.said, changed))
        elif isinstance(one, Fact):
            one = changed(one)
        found.append(one)
    return found


def _counting(one: Fact) -> Fact:
    """Return a fact whose ambiguous numbers count rows: "no orders or more than 5"."""
    if not one.may_count:
        return one
    numbers = [replace(each, unit=each.unit or "times") for each in one.quantities]
    return replace(one, quantities=numbers)


def _lacking_time(one: Fact) -> Fact:
    """Return a fact without the period that may belong to the next fact alone."""
    return replace(one, when=[]) if one.may_lack_time else one


def _of_everyone(one: Fact) -> Fact:
    """Return a fact whose "all" refers to the customers instead of their rows."""
    return replace(one, every=False) if one.may_be_everyone else one


def _sharing_time(one: Fact, model: Model) -> Fact:
    """Return a fact with the period of the next fact, which may be its own, too."""
    return with_times(one, one.perhaps_when, model) if one.perhaps_when else one


def _without_amount(one: Fact, model: Model) -> Fact | None:
    """Return "orders without discount over 50" as orders over 50 that have no discount."""
    relation = model.rows_of(one.head)
    denied = [
        (each, each.quantity) for each in one.fields if each.denied and each.quantity is not None
    ]
    if len(denied) != 1 or one.quantities or relation is None:
        return None
    ((field, quantity),) = denied
    if quantity.unit not in {"", "money", "worth"} or model.amount_of(relation) is None:
        return None
    bare = [replace(each, quantity=None) if each is field else each for each in one.fields]
    return replace(one, fields=bare, quantities=[quantity])


def _share_products(one: Fact, join: str, other: Fact, model: Model) -> tuple[Fact, Fact] | None:
    """Return two facts about the same products, where only one of them names the products."""
    rows, others = model.rows_of(one.head), model.rows_of(other.head)
    if rows is None or others is None or model.products_of(others) is None:
        return None
    if model.is_day_of_row(one.head):
        # Both facts are about one row already: "last order with a coupon and over 200".
        return None
    is_inherited = (one.inherited or other.inherited) and other.head == one.head
    is_denied_alone = one.denied and not other.denied
    if is_inherited and not _chooses_products(other) and not (is_denied_alone or other.every):
        return _share_rows(one, other)
    is_joined = join != "comma" and model.is_relation(other.head)
    return (_take_products(one, other, model) if is_joined else None) or _give_products(
        one, other, model
    )


def _chooses_products(fact: Fact) -> bool:
    """Return whether the fact names products, or conditions on attributes of its rows."""
    return bool(fact.values or fact.fields)


def _share_rows(one: Fact, other: Fact) -> tuple[Fact, Fact] | None:
    """Return both facts of "bought shoes but not in 2025" as facts about shoes."""
    # "Order total over 500 in 2025 but under 100 in 2026" compares the total of each.
    fields = [each for each in one.fields if not (other.quantities and each.quantity)]
    chosen = replace(other, values=list(one.values), fields=fields)
    return (one, chosen) if _chooses_products(chosen) else None


def _take_products(one: Fact, other: Fact, model: Model) -> tuple[Fact, Fact] | None:
    """Return both facts of "shoes on the wish list but not in the cart" as facts about shoes.

    "Sneakers on the wish list, never ordered" makes two separate statements about a customer.
    """
    rows, others = model.rows_of(one.head), model.rows_of(other.head)
    assert rows is not None and others is not None
    is_bare = not (_chooses_products(other) or other.quantities or other.when)
    is_other = model.products_of(rows) is not None and rows is not others
    if not (is_bare and is_other and not one.denied and _names_products(one, model)):
        return None
    return (one, replace(other, values=list(one.values))) if other.denied or others.buying else None


def _give_products(one: Fact, other: Fact, model: Model) -> tuple[Fact, Fact] | None:
    """Return both facts of "viewed but did not buy shoes" as facts about shoes."""
    rows = model.rows_of(one.head)
    is_bare = not (_chooses_products(one) or one.quantities or one.when)
    is_near = rows is not None and rows.buying in {"looked_at", "chosen"}
    if not (is_bare and is_near and other.verb and _names_products(other, model)):
        return None
    return replace(one, values=list(other.values)), other


def _names_products(fact: Fact, model: Model) -> bool:
    """Return whether `fact` names the products that it is about."""
    return any(model.is_product(values.attributes) for values in fact.values)


def _denies_first_alone(one: Fact, model: Model) -> bool:
    """Return whether `one` may be two alternatives, like "not subscribed or unsubscribed"."""
    is_choice = model.has_choices_of_rows(one.head) and not one.is_standing
    return one.denied and is_choice and is_either_of_two(one)


def _can_govern(verb: Element | str, one: Fact, model: Model) -> bool:
    """Return whether `verb` is about buying or viewing products such as `one` names."""
    is_verb = isinstance(verb, Fact) and verb.verb and model.is_relation(verb.head)
    return is_verb and _names_products(one, model)


def _except_all(said: Joined, number: int, one: Fact) -> Joined:
    """Return "except women who spent less" as a denial of both together, not of women alone."""
    end = next((n for n in range(number, len(said)) if said[n] == "but"), len(said))
    inner = [replace(one, denied=False, is_excepted=False), *said[number + 1 : end]]
    return [*said[:number], Group(inner, denied=True), *said[end:]]


def _same_row(one: Fact, other: Fact, model: Model) -> Fact | None:
    """Return two facts as one: "more than 30 days ago but less than 60 days ago" may mean one row.

    Only one of the facts names the rows, and both times can be true of one row.
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
    """Return whether a time can lie both before `until` and after `since`."""
    if isinstance(until, Length) and isinstance(since, Length):
        is_between = until.kind in UNTIL and since.kind in SINCE
        return is_between and until.hours == since.hours and until.number < since.number
    if isinstance(until, Period) and isinstance(since, Period):
        (last, end), (first, begin) = until.choices[0], since.choices[0]
        return last in UNTIL and first in SINCE and begin < end
    return False
