"""Turns a fact into conditions: each way in which it may be meant, the likeliest first."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from conditions.language.types import BOOLEAN, SEGMENT, SET
from conditions.reading.chunks.chunk import Length
from conditions.reading.facts.fact import Fact, Unsaid, Values
from conditions.reading.facts.same_rows import is_bare
from conditions.reading.facts.sharing import is_deed
from conditions.reading.nodes import Node, all_of, complement_of, one_of, rows_with
from conditions.reading.tree_building.deeds import answers_in_time, undone_in_time
from conditions.reading.tree_building.fields import of_customer
from conditions.reading.tree_building.figures import of_attribute
from conditions.reading.tree_building.habits import with_habit
from conditions.reading.tree_building.leaves import conditions_on_day
from conditions.reading.tree_building.rows import Rows
from conditions.reading.vocabulary.model import Model
from conditions.reading.vocabulary.names import Named
from conditions.sql.place import Relation

# The largest number of meanings of one fact.
MOST = 4


def trees_of(fact: Fact, model: Model) -> list[Node]:
    """Return the ways in which `fact` may be meant; raises `Unsaid` where there is none."""
    if fact.is_lost:
        raise Unsaid
    if fact.is_back:
        return _came_back(fact, model)
    if any(one.kind == "no_longer" for one in fact.chunks):
        fact = _with_meant_status(fact, model)
        if not is_deed(fact, model) or _is_passing(fact.values, model):
            return _was_before(fact, model)
        if not fact.when:
            # "No longer" since a time that is not named.
            raise Unsaid
    if fact.together and fact.denied and (_is_single(fact) or is_bare(fact)):
        # "bought shoes, but not trousers in the same order", "but not in a single order"
        raise Unsaid
    fact = _with_fitting_head(fact, model)
    if fact.is_per_row and not (fact.on_average or model.is_average(fact.head)):
        return _per_row(fact, model)
    fact = _never_had(_as_average(fact, model), model)
    relation = model.rows_of(fact.head) if model.is_relation(fact.head) else None
    if relation is None or not fact.together:
        for number, values in enumerate(fact.values):
            is_each = values.join == "and" and not _is_set(values, model)
            if is_each and (relation is not None or _has_several(fact, model)):
                each = _ways_of_each(fact, number, model)
                in_one = _in_one(fact, relation, model) if relation is not None else []
                return [*each, *in_one] if fact.verb else [*in_one, *each]
    if fact.exclusive:
        return _one_of_two(fact, model)
    likelier: list[Node] = []
    if relation is not None:
        likelier += answers_in_time(fact, relation, model)
        undone = undone_in_time(fact, relation, model)
        likelier += [] if undone is None else _ways_of_denied(undone, relation, model)
    fact = _denied_whole(fact)
    found = _ways_of_fact(fact, relation, model)
    if fact.habit is not None:
        found = with_habit(found, fact, model)
    elif fact.denied:
        found = [complement_of(node, model) for node in found]
    for head in fact.others:
        try:
            found += trees_of(replace(fact, head=head, others=()), model)
        except Unsaid:
            continue
    return [*likelier, *found][:MOST]


def _came_back(fact: Fact, model: Model) -> list[Node]:
    """Return "came back" as two orders or more, "not come back" since a time as the last order.

    Raises `Unsaid` for "never came back", and for orders within a time, which may be the first.
    """
    orders = model.counted.get(fact.head)
    if orders is None or fact.quantities or fact.values or fact.fields or fact.habit:
        raise Unsaid
    if not (fact.when or fact.denied):
        return [{"attribute": orders.code, "operator": "gte", "value": 2}]
    last = model.last_day_of(fact.head)
    if not (fact.denied and len(fact.when) == 1) or last is None:
        raise Unsaid
    (when,) = fact.when
    if isinstance(when, Length) and when.kind in {"for", "last", "length", "within"}:
        return conditions_on_day(last, replace(when, kind="ago_gt", op=""), is_denied=False)
    lately = trees_of(replace(fact, is_back=False), model)
    bought = {"attribute": orders.code, "operator": "gte", "value": 1}
    return [all_of([node, bought]) for node in lately]


def _with_fitting_head(fact: Fact, model: Model) -> Fact:
    """Return "address was suppressed", a state and its beginning, as the one that is meant.

    It is the beginning where there is a time.
    """
    state = model.attributes.get(fact.head)
    days = [one for one in fact.others if model.is_day(one)]
    if not days or state is None or state.type is not BOOLEAN:
        return fact
    if fact.when:
        return replace(fact, head=days[0], others=())
    return replace(fact, others=tuple(one for one in fact.others if one not in days))


def _ways_of_denied(fact: Fact, relation: Relation, model: Model) -> list[Node]:
    """Return the ways in which a fact about rows, denied or not, may be meant."""
    ways = _ways_of_fact(fact, relation, model)
    return [complement_of(node, model) for node in ways] if fact.denied else ways


def _per_row(fact: Fact, model: Model) -> list[Node]:
    """Return "more than 100 per order" as a condition on the average, and on each order."""
    rows = model.rows_of(fact.head)
    if rows is None or not fact.quantities:
        raise Unsaid
    fact = replace(fact, is_per_row=False, verb=False, others=())
    each = replace(fact, head=rows.name, every=True)
    return [*trees_of(replace(fact, on_average=True), model), *trees_of(each, model)]


def _in_one(fact: Fact, relation: Relation, model: Model) -> list[Node]:
    """Return "an order over 100 with shoes and toys" as a condition on one order, if it may be."""
    says_more = fact.quantities or not fact.verb
    if fact.exclusive or not says_more or model.products_of(relation) in (None, relation):
        return []
    try:
        return trees_of(replace(fact, together=True), model)
    except Unsaid:
        return []


def _was_before(fact: Fact, model: Model) -> list[Node]:
    """Return "no longer subscribed" as a state that ended: of a subscription, or in a segment.

    Raises `Unsaid` for other states, of which only today's value is known.
    """
    if not fact.denied or fact.fields or fact.quantities or len(fact.values) != 1:
        raise Unsaid
    (values,) = fact.values
    code = values.attributes[0] if model.is_relation(fact.head) else fact.head
    if fact.is_standing:
        # "No longer VIP", which may be a tag, too: only a segment is known to have ended.
        segments = (one for one in values.attributes if model.attributes[one].type is SEGMENT)
        code = next(segments, code)
    had, lasting = values.of(code), model.lasting
    span = None if lasting is None else lasting.phrase.span
    if lasting is not None and span is not None and model.attributes[code].type is SEGMENT:
        if fact.when or len(had) != 1 or values.ways:
            raise Unsaid
        named = {"attribute": span.what, "operator": "is", "value": had[0]}
        over = {"attribute": span.end, "operator": "is_not_empty"}
        outside = {"attribute": code, "operator": "is_not", "value": had[0]}
        return [all_of([rows_with(lasting, "exists", [named, over]), outside])]
    after = model.comes_after(code)
    each = tuple((Named(code, one),) for one, before in after.items() if before in had)
    if not each or values.join == "and":
        raise Unsaid
    chunks = [one for one in fact.chunks if one.kind != "no_longer"]
    ended = replace(fact, head=code, denied=False, values=[Values(each, "or")], chunks=chunks)
    return trees_of(ended, model)


def _with_meant_status(fact: Fact, model: Model) -> Fact:
    """Return a fact about rows that only exist in one status with that status: a newsletter."""
    relation = model.rows_of(fact.head) if model.is_relation(fact.head) else None
    if relation is None or relation.meant is None or fact.values or fact.fields:
        return fact
    meant = Named(relation.meant["attribute"], relation.meant["value"])
    return replace(fact, values=[Values(((meant,),))])


def _is_passing(values: list[Values], model: Model) -> bool:
    """Return whether another value may replace one of `values` later."""
    return any(model.comes_after(code) for one in values for code in one.attributes[:1])


def _never_had(fact: Fact, model: Model) -> Fact:
    """Return "never subscribed" as neither subscribed nor unsubscribed.

    A row has one status, that of today. Raises `Unsaid` where a row that once had the denied value
    may have any other value today: "never unsubscribed", "never subscribed in 2025".
    """
    if not any(chunk.kind == "never" for chunk in fact.chunks):
        return fact
    if any(one.denied and model.comes_after(one.codes[0]) for one in fact.fields):
        raise Unsaid
    # "Never signed up" does not name the status.
    values = list(_with_meant_status(fact, model).values)
    if not _is_passing(values, model) or any(one.denied for one in fact.fields):
        return fact
    if fact.when or len(values) != 1 or values[0].join == "and":
        raise Unsaid
    return replace(fact, values=[_with_later(values[0], model)])


def _with_later(values: Values, model: Model) -> Values:
    """Return `values` with those that a row only has after one of them; raises `Unsaid`."""
    code = values.attributes[0]
    had, after = values.of(code), model.comes_after(code)
    if not all(one in after.values() or after.get(one) in had for one in had):
        raise Unsaid
    later = [one for one, before in after.items() if before in had and one not in had]
    each = (*values.each, *((Named(code, one),) for one in later))
    return Values(each, "or", values.literal, values.texts)


def _as_average(fact: Fact, model: Model) -> Fact:
    """Return "spent less than 50 on average" as a fact about the average, not the total."""
    if not fact.on_average:
        return fact
    figure = model.average_over(fact.head)
    if figure is None or any(one.unit not in {"", "money", "worth"} for one in fact.quantities):
        raise Unsaid
    return replace(fact, head=figure.code, on_average=False)


def _ways_of_fact(fact: Fact, relation: Relation | None, model: Model) -> list[Node]:
    """Return the ways in which the fact may be meant, without its denial."""
    if relation is not None:
        return Rows(fact, relation, model).said()
    if fact.head:
        ways = [node for values in fact.values for node in values.ways]
        return ways or of_attribute(fact, model)
    if fact.when or fact.quantities or fact.values or not fact.fields:
        raise Unsaid
    parts = [of_customer(one, model) for one in fact.fields]
    return [all_of(nodes) for nodes in product(*parts)]


def _denied_whole(fact: Fact) -> Fact:
    """Return "without a coupon" as a fact about the order that it implies: none has a coupon."""
    if len(fact.fields) != 1 or not fact.fields[0].denied:
        return fact
    # "never clicked more than twice" denies the number, "3 mails not opened" does not.
    is_repeated = bool(fact.quantities) and all(one.says_times for one in fact.quantities)
    if not is_repeated and (fact.quantities or not fact.implied):
        return fact
    is_never = any(chunk.kind == "never" for chunk in fact.chunks)
    if fact.denied and fact.fields[0].is_without and is_never:
        # "never without a coupon": no order lacks a coupon.
        return fact
    return replace(fact, denied=not fact.denied, fields=[replace(fact.fields[0], denied=False)])


def _one_of_two(fact: Fact, model: Model) -> list[Node]:
    """Return "X or Y but not both" as one of them without the other."""
    (values,) = fact.values
    alone = [Values((one,), "", values.literal) for one in values.each]
    each = [trees_of(replace(fact, values=[one], exclusive=False), model) for one in alone]
    if fact.denied or any(len(ways) != len(each[0]) for ways in each):
        raise Unsaid
    return [one_of(nodes) for nodes in zip(*each, strict=True)]


def _is_single(fact: Fact) -> bool:
    return sum(len(one.each) for one in fact.values) == 1


def _is_set(values: Values, model: Model) -> bool:
    return any(model.attributes[code].type is SET for code in values.attributes)


def _has_several(fact: Fact, model: Model) -> bool:
    """Return whether several values can hold at the same time: addresses, segments."""
    attribute = model.attributes.get(fact.head)
    if attribute is None:
        return False
    return attribute.relation is not None or attribute.type is SEGMENT


def _ways_of_each(fact: Fact, number: int, model: Model) -> list[Node]:
    """Return the meanings of "X and Y" for rows: both of them, or one of them."""

    def with_values(values: Values) -> Fact:
        each = [*fact.values[:number], values, *fact.values[number + 1 :]]
        return replace(fact, values=each, denied=False)

    values = fact.values[number]
    alone = [Values((one,), "", values.literal) for one in values.each]
    nodes = [trees_of(with_values(one), model)[0] for one in alone]
    if fact.denied:
        return [
            all_of([complement_of(node, model) for node in nodes]),
            {"match": "none", "conditions": [all_of(nodes)]},
        ]
    if model.is_relation(fact.head) or not fact.head:
        return [all_of(nodes)]
    either = trees_of(with_values(replace(values, join="or")), model)
    is_segment = model.attributes[fact.head].type is SEGMENT
    return [all_of(nodes), *either] if is_segment else [*either, all_of(nodes)]
