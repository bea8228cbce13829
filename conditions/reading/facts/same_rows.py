"""Finds facts about the same rows, and joins descriptions of rows to the fact that names them."""

from __future__ import annotations

from dataclasses import replace

from conditions.language.types import DateType
from conditions.reading.facts.fact import Fact, Field
from conditions.reading.facts.grouping import Element, Joined, facts_of
from conditions.reading.vocabulary.model import Model
from conditions.sql.place import Relation


def same_rows(facts: Joined, model: Model) -> Joined:
    """Join facts that only describe rows to the fact that names these rows."""
    facts = list(facts)
    for fact in facts_of(facts):
        _give_time(fact, model)
        _name_cause(fact, model)
        _name_rows(fact, model)
    for number in range(len(facts) - 3, -1, -1):
        if number + 3 > len(facts):
            continue
        one, join, after = facts[number : number + 3]
        sent = _of_last_row(one, after, model) if join == "with" else None
        if sent is not None:
            facts[number : number + 3] = [sent]
            continue
        if (
            isinstance(one, Fact)
            and isinstance(after, Fact)
            and join in ("comma", "who", "with")
            and _belongs(one, after, model)
            and not (after.denied or _kinds(one) & _kinds(after))
        ):
            # "colour black, brand Acme, bought since May"
            after.fields, after.values = [*one.fields, *after.fields], [*one.values, *after.values]
            after.chunks += one.chunks
            del facts[number : number + 2]
    found: Joined = []
    for one in facts:
        before = found[-2] if len(found) > 1 else None
        if isinstance(one, Fact) and isinstance(before, Fact):
            _share_date(one, before, model)
        if (
            isinstance(one, Fact)
            and isinstance(before, Fact)
            and found[-1] in ("but", "and", "with", "who")
            and _is_date_of(one, before, model)
            and (found[-1] not in ("with", "who") or before.is_standing)
        ):
            # "clicked none of them" denies the date as "did not click them" does.
            dates = [replace(each, denied=each.denied != one.denied) for each in one.fields]
            before.fields, before.head = [*before.fields, *dates], one.head
            before.has_clauses = True
            before.chunks += one.chunks
            found.pop()
        elif (
            isinstance(one, Fact)
            and isinstance(before, Fact)
            and found[-1] in ("and", "who", "with", "comma")
            and not (one.quantities or one.when or one.denied or _denies_any(one))
            and not (one.every and not _are_states(one, before, model))
            and (
                (
                    one.implied
                    and before.head == one.head
                    and not (
                        before.implied
                        or (before.verb and not one.every)
                        or _is_said_apart(one, before)
                    )
                )
                or (found[-1] in ("who", "with") and _belongs(one, before, model))
            )
        ):
            before.fields += one.fields
            before.values += one.values
            before.chunks += one.chunks
            found.pop()
        else:
            found.append(one)
    return found


def _is_date_of(one: Fact, before: Fact, model: Model) -> bool:
    """Return whether `one` states which date the rows of `before` have or lack.

    "Got a mail, but did not click it", "got the campaign and opened it". The date is not the rows'
    own time: a customer who did not order has no rows to lack a date.
    """
    relation, other = model.rows_of(one.head), model.rows_of(before.head)
    if relation is None or relation is not other or before.denied or counts_rows(before):
        return False
    if any(each.quantity is not None and model.counter_of(each.codes) for each in before.fields):
        # "3 clicks, but no purchase": clicks are no mail.
        return False
    if not one.implied or len(one.fields) != 1 or _denies_any(one):
        return False
    if one.of_each and not (before.fields or before.values):
        # "got mails, but no clicks": none of the mails was clicked.
        return False
    (field,) = one.fields
    is_bare_field = not (one.when or one.values or one.quantities)
    return is_bare_field and _is_further_date(field, relation, model)


def _denies_any(fact: Fact) -> bool:
    """Return whether `fact` denies a date of all rows: "clicked a mail but never opened one"."""
    return fact.is_of_any and any(field.denied for field in fact.fields)


def _name_rows(fact: Fact, model: Model) -> None:
    """Name the rows of a fact that has two attributes of unnamed rows: "clicked Spring".

    Otherwise "opened the Spring campaign in May" would be about two mails.
    """
    relation = model.rows_of(fact.head)
    if relation is None or not (fact.values or len(fact.fields) > 1):
        return
    if model.is_relation(fact.head):
        if fact.implied:
            _deny_rows(fact, model)
        return
    named = [code for one in fact.fields for code in one.codes[:1]]
    named += [code for one in fact.values for code in one.attributes[:1]]
    is_of_rows = all(model.attributes[code].prefix == relation.prefix for code in named)
    is_twice = len(set(named)) > 1 and is_of_rows and not model.is_of_customer(relation.name)
    if is_twice or any(_is_date_besides_time(one, relation, model) for one in fact.fields):
        fact.head = relation.name
    if is_twice:
        _deny_rows(fact, model)


def _deny_rows(fact: Fact, model: Model) -> None:
    """Deny the rows, not their number in a row: "did not get step 2 of the sequence"."""
    for one in fact.fields:
        if one.denied and model.attributes[one.codes[0]].is_ordinal:
            one.denied, fact.denied = False, not fact.denied


def _name_cause(fact: Fact, model: Model) -> None:
    """Turn what rows brought into a date of these rows: "unsubscribed by the Spring campaign".

    Otherwise the customers would have got that mail, and unsubscribed at any other time.
    """
    named = [code for one in fact.fields for code in one.codes[:1]]
    rows = {relation.name: relation for code in named if (relation := model.rows_of(code))}
    if len(rows) != 1 or len(fact.values) != 1 or len(fact.values[0].each) != 1:
        return
    (relation,) = rows.values()
    brought = [(one.attribute, one.value) for one in fact.values[0].each[0]]
    code = model.date_that_brings(brought, relation)
    if code and not fact.quantities and len(fact.when) < 2:
        when = fact.when[0] if fact.when else None
        fact.fields.append(Field((code,), fact.chunks[0], when=when))
        fact.head, fact.values, fact.when = relation.name, [], []


def _share_date(one: Fact, before: Fact, model: Model) -> None:
    """Give the date of the rows of `before` to the denied rows next: "clicked A but not B".

    "Opened a mail but not the campaign B" names the kind of B. With a time, it is unclear whether
    the denial has it, too.
    """
    relation, other = model.rows_of(one.head), model.rows_of(before.head)
    is_denied = one.denied != any(each.denied for each in one.fields)
    if not is_denied or relation is None or relation is not other or before.denied:
        return
    is_named = len(one.fields) == 1 and one.fields[0].values is not None and not one.values
    is_more = one.quantities or one.when or one.of_each
    if is_more or (one.fields and not is_named) or (model.is_relation(one.head) and not is_named):
        return
    dates = [each for each in before.fields if _is_date_besides_time(each, relation, model)]
    dates = [each for each in dates if not each.denied]
    if not dates:
        return
    one.is_lost |= is_named and not all(each.is_open for each in dates)
    one.head, one.denied, one.is_standing, one.implied = relation.name, True, False, False
    one.fields = [replace(each, denied=False) for each in (*one.fields, *dates)]


def _is_further_date(field: Field, relation: Relation, model: Model) -> bool:
    """Return whether `field`, still without a comparison, is a date of rows but not their time."""
    return field.is_open and _is_date_besides_time(field, relation, model)


def _is_date_besides_time(field: Field, relation: Relation, model: Model) -> bool:
    """Return whether `field` is a date of rows other than the time of `relation`."""
    attribute = model.attributes.get(field.codes[0])
    is_date = attribute is not None and isinstance(attribute.type, DateType)
    return is_date and attribute is not model.time_of(relation)


def _give_time(fact: Fact, model: Model) -> None:
    """Move the period of `fact` to the date right after it: "Mail im Mai geöffnet"."""
    relation = model.rows_of(fact.head)
    if relation is None or len(fact.when) != 1:
        return
    for field in fact.fields:
        place = fact.chunks.index(field.chunk) if field.chunk in fact.chunks else 0
        before = fact.chunks[place - 1] if place else None
        if (
            before is not None
            and before.what == fact.when[0]
            and before.end == field.chunk.start
            and not field.denied
            and _is_further_date(field, relation, model)
        ):
            field.when, fact.when = fact.when[0], []
            return


def _of_last_row(one: Element | str, after: Element | str, model: Model) -> Fact | None:
    """Return "last order in Berlin" as a fact about where that order went."""
    if not isinstance(one, Fact) or not isinstance(after, Fact):
        return None
    is_day = model.is_day_of_row(after.head) and is_bare(after)
    return sent_to(one, after, model) if is_day else None


def sent_to(place: Fact, deed: Fact, model: Model) -> Fact | None:
    """Return "ordered in Germany" as a fact about where the orders went, not where people live."""
    rows = model.rows_of(deed.head)
    if not place.is_standing or rows is None or not place.chunks or len(place.values) != 1:
        return None
    kind = place.head.rpartition(".")[2]
    codes = [code for code in model.attributes if code.startswith(f"{rows.prefix}.")]
    code = next((code for code in codes if code.endswith(f"_{kind}")), None)
    if code is None:
        return None
    sent = Field((code,), place.chunks[0], denied=place.denied, values=place.values[0])
    return replace(deed, fields=[*deed.fields, sent], chunks=[*place.chunks, *deed.chunks])


def is_bare(fact: Fact) -> bool:
    """Return whether the fact has no conditions on its rows, and no number of rows."""
    return not (fact.quantities or fact.when or fact.values or fact.fields)


def counts_rows(fact: Fact) -> bool:
    """Return whether `fact` compares the number of its rows."""
    return any(one.unit == "times" for one in fact.quantities)


def _are_states(one: Fact, before: Fact, model: Model) -> bool:
    """Return whether `one` states the state of all rows that `before` counts.

    "3 orders, all canceled": canceled orders do not belong to the orders that count by default.
    """
    relation = model.rows_of(one.head)
    codes = [code for values in one.values for code in values.attributes[:1]]
    if relation is None or not counts_rows(before):
        return False
    return model.with_all(relation, codes) is not relation


def _is_said_apart(one: Fact, before: Fact) -> bool:
    """Return whether `one` is about other rows: "no order over 50 and used a coupon"."""
    if one.of_each and counts_rows(before):
        # "2 orders, none with a coupon"
        return True
    return before.denied or any(chunk.kind == "never" for chunk in one.chunks)


def _kinds(fact: Fact) -> set[str]:
    """Return the attributes of products that `fact` is about, without their prefixes."""
    named = [code for one in fact.fields for code in one.codes]
    named += [code for values in fact.values for code in values.attributes]
    return {code.partition(".")[2] for code in named}


def _belongs(fact: Fact, other: Fact, model: Model) -> bool:
    """Return whether `fact` only names products of `other`, by attributes that `other` lacks."""
    relation = model.rows_of(other.head)
    if fact.head or fact.denied or fact.quantities or fact.when or relation is None:
        return False
    if not (fact.fields or fact.values) or not model.is_relation(other.head):
        return False
    near = {relation.prefix, *(one.prefix for one in model.lines_of(relation))}
    named = [code for one in fact.fields for code in one.codes]
    named += [code for values in fact.values for code in values.attributes]
    return bool(near & {code.partition(".")[0] for code in named})
