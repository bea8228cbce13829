"""Facts that take something from another fact: the rows that they are about, a denial, a period."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from conditions.reading.chunks.chunk import Quantity
from conditions.reading.facts.fact import Fact, Field
from conditions.reading.facts.grouping import Group, Joined, facts_of
from conditions.reading.facts.same_rows import counts_rows, is_bare
from conditions.reading.nodes import OPPOSITE
from conditions.reading.vocabulary.model import Model


def inherit(said: Joined, model: Model) -> None:
    """Give facts without a head the head of the fact before, or else of the fact after."""
    facts = list(facts_of(said))
    for first, second in pairwise(facts):
        if second.every and second.implied and first.head == second.head and counts_rows(first):
            _deny_others(second, first)
    for number, fact in enumerate(facts):
        if (
            fact.head
            or fact.is_lost
            or (fact.fields and not (fact.values or fact.when or fact.quantities))
        ):
            continue
        before = next((one for one in reversed(facts[:number]) if _governs(one, fact, model)), None)
        after = next((one for one in facts[number + 1 :] if _governs(one, fact, model)), None)
        source = before or after
        if source is None:
            continue
        if source is after and _is_number_apart(fact, source, is_either=_before(said, fact, "or")):
            fact.is_lost = True
            continue
        fact.head, fact.verb, fact.inherited = source.head, source.verb, True
        rows = model.rows_of(fact.head)
        if fact.extreme and source is before and (source.values or source.fields or source.when):
            # "bought shoes twice, the cheapest under 20": no condition has the smallest of those.
            fact.is_lost = True
        if fact.sums and rows is not None:
            # "average order over 80 but in total under 400": the total is over all orders.
            fact.head = rows.name
        is_time_only = not (fact.quantities or fact.values or fact.fields)
        if source is before and source.denied and is_time_only and _before(said, source, "and"):
            # "no orders in 2025 and 2026": no orders in either year.
            fact.denied = True
        if fact.of_each:
            # "3 orders, none over 100": it is about each of the orders.
            if fact.every and source is before:
                _deny_others(fact, source)
        elif [(one.unit, *one.numbers) for one in fact.quantities] == [("", 1)]:
            # "no orders or only one"
            fact.quantities = [replace(fact.quantities[0], unit="times")]
        elif not fact.sums and _is_number_of_times(source) and not _is_never(fact):
            # "2 orders in 2025, but over 2 in 2024"; not "but never over 100", an amount.
            fact.quantities = [replace(one, unit=one.unit or "times") for one in fact.quantities]
            is_joined = _before(said, source, "or") or _before(said, source, "but")
            if rows is not None and is_joined and _is_money(fact, source):
                # "5 orders or 500 euros", "but less than 500 euros": the total spent, or the amount
                # of one order.
                fact.head, fact.sums = rows.name, True
        if source is after and source.denied and not fact.denied and _before(said, fact, "or"):
            # "in 2024 or in 2025 not ordered"
            fact.denied = True
            said[said.index(fact) + 1] = "nor"
    for first, second in pairwise(facts):
        # "looked at shoes but did not buy" (them).
        rows, others = model.rows_of(first.head), model.rows_of(second.head)
        if (
            second.denied
            and rows is not None
            and others is not None
            and model.is_relation(second.head)
            and first.values
            and not (second.values or second.quantities or second.fields)
            and others.buying == "bought"
            and second.verb
            and rows.buying in {"looked_at", "chosen"}
            and _before(said, first, "but" if rows.buying == "chosen" else "")
        ):
            second.values = list(first.values)
    _mark_unbought_carts(said, model)
    _mark_bare_verbs(said, model)
    _without_contradictions(said)


def _is_number_apart(fact: Fact, source: Fact, *, is_either: bool) -> bool:
    """Return whether `fact` is a number alone before a clause that has a number of its own.

    "Over 40 and spent over 100 euros" says nothing about 40 euros. "Over 100 and under 200 euros
    spent" gives two ends of one range, and `is_either` two alternatives.
    """
    is_more = fact.values or fact.fields or fact.when or fact.of_each or fact.is_total or fact.sums
    if is_more or len(fact.quantities) != 1 or not source.quantities:
        return False
    (number,), other = fact.quantities, source.quantities[0]
    if number.unit and not number.has_shared_unit:
        return False
    named = [one.start for one in source.chunks if one.kind == "name"]
    counted = [one.start for one in source.chunks if one.kind == "quantity"]
    if named and counted and named[0] < counted[0]:
        # The verb stands between the two numbers.
        return True
    return not (is_either or _is_range(number, other))


def _is_range(one: Quantity, other: Quantity) -> bool:
    """Return whether two compared numbers are the lower and the upper end of one range."""
    ends = {quantity.op[:2]: quantity.numbers[0] for quantity in (one, other)}
    return ends.keys() == {"gt", "lt"} and ends["gt"] <= ends["lt"]


def _mark_unbought_carts(said: Joined, model: Model) -> None:
    """Mark "did not buy" next to a cart: no condition can express that no order followed the cart.

    "Abandoned a cart and never ordered" states explicitly that there is no order at all.
    """
    facts = [one for one in said if isinstance(one, Fact)]
    chosen = [one for one in facts if not one.denied and _is_of(one, "chosen", model)]
    if not chosen or "or" in said or any(one.values for one in chosen):
        # "Shoes in the cart and did not buy": no shoes were bought.
        return
    for fact in facts:
        is_ever = any(chunk.kind == "never" for chunk in fact.chunks)
        if fact.denied and not is_ever and is_bare(fact) and _is_of(fact, "bought", model):
            # "No purchase" may deny all orders, or only the order of that cart.
            is_none = fact.of_each and not fact.verb
            fact.is_lost, fact.may_be_of_cart = fact.is_lost or not is_none, is_none


def _is_of(fact: Fact, buying: str, model: Model) -> bool:
    rows = model.rows_of(fact.head)
    return rows is not None and rows.buying == buying


def _mark_bare_verbs(said: Joined, model: Model) -> None:
    """Mark a clause of which only the verb is understood and that would match too many customers.

    "Ordered xyzzy" does not mean everybody who ever ordered, nor does "bought shoes or ordered
    xyzzy".
    """
    facts = list(facts_of(said))
    for number, one in enumerate(said):
        is_alternative = "or" in (
            *said[max(number - 1, 0) : number],
            *said[number + 1 : number + 2],
        )
        is_all = len(facts) == 1 or is_alternative
        if isinstance(one, Fact) and one.is_broken and is_all and is_bare(one):
            one.is_lost |= _is_of(one, "bought", model)


def _is_money(fact: Fact, source: Fact) -> bool:
    """Return whether `fact` is only an amount of money, and `source` only a number of rows."""
    is_bare = not any((*one.values, *one.fields) for one in (fact, source)) and not source.when
    units = [one.unit for one in (*source.quantities, *fact.quantities)]
    return is_bare and units == ["times", "money"] and not (fact.denied or source.denied)


def _without_contradictions(said: Joined) -> None:
    """Mark a fact that denies all rows after rows are required: "carts that are not abandoned"."""
    for one, join, other in zip(said, said[1:], said[2:], strict=False):
        if isinstance(one, Fact) and isinstance(other, Fact) and join not in ("or", "nor"):
            is_same = one.head == other.head and (other.verb or not other.inherited)
            if is_same and other.denied and not one.denied and is_bare(other) and one.head:
                other.is_lost = True


def _deny_others(fact: Fact, source: Fact) -> None:
    """Read "3 orders with shoes, all over 100" as no order with shoes of at most 100.

    A fact about all rows of the customer stays as it is. Where the rows are chosen, and the fact
    compares a time or more than one number, its meaning is unclear.
    """
    if not (source.values or source.fields or source.when):
        return
    if len(fact.fields) == 1 and not (fact.quantities or fact.values or fact.when):
        # "3 orders in May, all with a coupon"
        (field,) = fact.fields
        denied = replace(field, denied=not field.denied)
        fact.values, fact.fields = list(source.values), [*source.fields, denied]
        fact.when, fact.every, fact.denied, fact.implied = list(source.when), False, True, False
        return
    ops = [one.op for one in fact.quantities]
    if len(ops) != 1 or fact.when or ops[0] not in OPPOSITE:
        fact.is_lost = True
        return
    fact.quantities = [replace(fact.quantities[0], op=OPPOSITE[ops[0]])]
    fact.verb = False
    fact.values, fact.fields = list(source.values), list(source.fields)
    fact.when, fact.every, fact.denied = list(source.when), False, True


def without_verb_alone(facts: Joined) -> Joined:
    """Return the facts without a bare verb that only introduces the denied times after it.

    "N'ont commandé ni en 2025 ni en 2026" does not state that they have ordered.
    """
    found: Joined = []
    for one in facts:
        before = found[-2] if len(found) > 1 else None
        if isinstance(one, Group) and isinstance(before, Fact):
            inner = list(facts_of(one.said))
            says_when = all(each.inherited and each.denied for each in inner)
            is_same = all(each.head == before.head for each in inner)
            is_denied_alone = found[-1] != "but" and not before.denied and is_bare(before)
            if says_when and is_same and is_denied_alone:
                inner[0].chunks += before.chunks
                del found[-2:]
        found.append(one)
    return found


def _before(said: Joined, fact: Fact, join: str) -> bool:
    """Return whether `join` (any word, if empty) stands after `fact`."""
    if fact not in said:
        return False
    after = said[said.index(fact) + 1 :][:1]
    return bool(after) and (not join or after[0] == join)


def _governs(source: Fact, fact: Fact, model: Model) -> bool:
    """Return whether the comparisons of `fact` can apply to what `source` is about."""
    if not source.head:
        return False
    relation = model.rows_of(source.head)
    if relation is None:
        return not fact.values and bool(fact.quantities or fact.when)
    near = {relation.prefix, *(one.prefix for one in model.lines_of(relation))}
    for values in fact.values:
        if not near & {code.partition(".")[0] for code in values.attributes}:
            return False
    return not (fact.when and model.time_of(relation) is None)


def _is_number_of_times(fact: Fact) -> bool:
    return bool(fact.quantities) and fact.quantities[0].unit == "times"


def _is_never(fact: Fact) -> bool:
    return any(one.kind == "never" for one in fact.chunks)


def share_denial(facts: Joined, model: Model) -> None:
    """Deny the facts after "never ... or" where the denial covers both, so that neither is meant.

    A clause of its own, or a denial of its own, makes two alternatives: "never ordered or are from
    Germany". So do a deed and a state: "never ordered or from Germany".
    """
    for number in range(2, len(facts), 2):
        before, join, fact = facts[number - 2 : number + 1]
        if not (isinstance(before, Fact) and isinstance(fact, Fact)):
            continue
        if join == "comma" and _is_list_of_alternatives(facts, number):
            join = "or"
        if join == "or" and any(one.kind == "no_longer" for one in before.chunks):
            if not (fact.apart or fact.denied):
                # "no longer in VIP or subscribed": what the denial covers is unclear.
                before.is_lost = fact.is_lost = True
            continue
        if join == "or" and before.denied:
            is_alike = is_deed(before, model) == is_deed(fact, model)
            is_number = _is_counted(fact) and not fact.inherited
            if fact.apart or fact.denied or not is_alike or is_number:
                continue
            if fact.inherited and is_bare(before):
                # "no refund or over 50": without refunds there is no refund over 50 either.
                fact.may_count = any(not one.unit and one.op for one in fact.quantities)
                continue
            fact.may_be_free = not fact.inherited
        elif (
            join == "or"
            and before.implied
            and _is_one_date(before, model)
            and before.fields[0].denied
        ):
            # "did not open or click a mail in May", "did not open a mail or order"
            is_same = model.rows_of(before.head) is model.rows_of(fact.head)
            is_done = any(_is_done(one, model) for one in fact.fields)
            is_other = is_deed(fact, model) and not (fact.denied or _is_counted(fact))
            if fact.apart or not (is_done if is_same else is_other):
                continue
            if is_same and not _is_one_date(fact, model):
                # "did not open or click the Spring campaign"
                before.is_lost = fact.is_lost = True
                continue
            when = fact.fields[0].when if is_same else next(iter(fact.when), None)
            if before.fields[0].when is None and when is not None:
                before.fields[0].when, before.has_shared_time = when, not is_same
            fact.may_be_free = True
        elif join != "nor":
            continue
        fact.denied = True
        facts[number - 1] = "nor"


def _is_counted(fact: Fact) -> bool:
    return any(one.op or list(one.numbers) != [1] for one in fact.quantities)


def _is_done(field: Field, model: Model) -> bool:
    return not field.denied and model.is_deed(field.codes)


def _is_one_date(fact: Fact, model: Model) -> bool:
    """Return whether `fact` only names a date of rows: "opened a mail", "did not click"."""
    is_more = fact.denied or fact.values or fact.quantities or len(fact.fields) != 1
    return not is_more and model.is_deed(fact.fields[0].codes)


def _is_list_of_alternatives(said: Joined, number: int) -> bool:
    """Return whether the fact at `number` is in a list before its "or": "never A, B or C"."""
    joins = said[number + 1 :: 2]
    end = next((n for n, one in enumerate(joins) if one != "comma"), len(joins))
    follow = said[number : number + 2 * end + 3 : 2]
    is_plain = all(isinstance(one, Fact) and not (one.apart or one.denied) for one in follow)
    return joins[end : end + 1] == ["or"] and is_plain


def is_deed(fact: Fact, model: Model) -> bool:
    """Return whether the fact is about a deed of customers, not about their state."""
    return fact.verb or model.is_relation(fact.head)
