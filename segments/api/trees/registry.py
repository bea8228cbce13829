"""The registry as the builder needs it: everything that a tree may say."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.conf import settings

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Aggregate, Figure
from conditions.bases.comparison import takes_attribute
from conditions.language.choices import Choices
from conditions.language.counted import Counted, form_of
from conditions.language.countries import all_countries
from conditions.language.gaps import MOST_STEPS
from conditions.language.operators import TAKES_INSTANTS, Operator
from conditions.language.operators.ranks import RANKS, RankOperator
from conditions.language.periods import MOST_PERIODS
from conditions.language.phrase import TWO_FORMS, Phrase, RowsPhrase
from conditions.language.types import TYPES, DateType, NumberType, ValueType, comparable
from conditions.language.types.base import LIMITS, LIST_LIMIT, PERIOD_WORDS, USUAL_VALUES
from conditions.language.types.dates import DatetimeType
from conditions.language.types.texts import TEXT_LIMIT
from conditions.nodes.row_limit import MOST_ROWS
from conditions.parsing.nodes import DEPTH_LIMIT, NODE_LIMIT
from conditions.parsing.ranks import is_ranked, takes_rank
from conditions.parsing.values import LISTED_LIMIT
from conditions.phrases.measures import AMOUNTS
from conditions.phrases.writing.groups import MATCH_WORDS
from conditions.phrases.writing.values import own_unit_of
from conditions.sql.place import Relation
from core.text.json_documents import DOCUMENT_LIMIT

# The number of places with which a new rank begins.
USUAL_PLACES = 10
# More options than these are looked up as they are needed.
SMALL = 50


def registry_document() -> dict[str, Any]:
    """Return the registry as JSON, in the active language, the shop's own attributes included."""
    attributes = registry.attributes()
    types = {**TYPES, **{one.type.name: one.type for one in attributes}}
    return {
        "base_currency": settings.BASE_CURRENCY,
        "limits": _limits(),
        "usual_values": {takes.value: value for takes, value in USUAL_VALUES.items()}
        | {"rank": USUAL_PLACES},
        "matches": [
            {"name": name, "label": str(label), "meaning": str(meaning)}
            for name, (label, meaning) in MATCH_WORDS.items()
        ],
        "ranks": [_rank(one) for one in RANKS.values()],
        "periods": [{"name": name, "label": str(words)} for name, words in PERIOD_WORDS.items()],
        "types": {name: _type(type_, list(types.values())) for name, type_ in types.items()},
        "aggregates": [_aggregate(one, attributes) for one in AGGREGATES.values()],
        "relations": {one.name: _relation(one, attributes) for one in registry.relations()},
        "attributes": {one.code: _attribute(one) for one in attributes},
        "countries": all_countries(),
        "families": [
            {
                "label": str(label),
                "attributes": [one.code for family in families for one in _attributes_of(family)],
                "relations": [
                    one.name
                    for one in sorted(
                        (one for family in families for one in family.relations),
                        # Last what conditions are written as another of: orders in any state.
                        key=lambda one: bool(one.written_as),
                    )
                ],
                "beginnings": [_beginning(one) for family in families for one in family.beginnings],
            }
            for label, families in (
                (label, list(same))
                for label, same in groupby(registry.families(), key=lambda family: family.label)
            )
        ],
    }


def _limits() -> dict[str, int]:
    return {
        "depth": DEPTH_LIMIT,
        "nodes": NODE_LIMIT,
        "list": LIST_LIMIT,
        "listed": LISTED_LIMIT,
        "text": TEXT_LIMIT,
        "document_bytes": DOCUMENT_LIMIT,
        "rows": MOST_ROWS,
        "periods": MOST_PERIODS,
        "steps": MOST_STEPS,
        **{takes.value: limit for takes, limit in LIMITS.items()},
    }


def _type(type_: ValueType, types: list[ValueType]) -> dict[str, Any]:
    return {
        "label": str(type_.label),
        "usual": type_.usual,
        "operators": [_operator(type_, one) for one in type_.operators.values()],
        "comparable_with": [one.name for one in types if comparable(type_, one)]
        if any(takes_attribute(type_, one) for one in type_.operators.values())
        else [],
        "times": isinstance(type_, NumberType),
        "ranks": [one.name for one in RANKS.values() if takes_rank(type_, one)],
    }


def _rank(operator: RankOperator) -> dict[str, Any]:
    """Return an operator that compares with others; `measure` says with what of theirs."""
    return {
        "name": operator.name,
        "label": str(operator.words),
        "takes": "rank",
        "negates": operator.twin,
        "measure": operator.measure.value,
    }


def _operator(type_: ValueType, operator: Operator) -> dict[str, Any]:
    """Return an operator; `amount` is its label after the verb of a count."""
    amounts = AMOUNTS if isinstance(type_, NumberType) else {}
    return {
        "name": operator.name,
        "label": form_of(operator.words),
        "amount": str(amounts.get(operator.name, "")),
        "takes": operator.takes.value,
        "negates": operator.twin,
        "common": operator.name in type_.common,
        "attribute": takes_attribute(type_, operator),
        "days": isinstance(type_, DateType),
        "instants": isinstance(type_, DatetimeType) and operator.name in TAKES_INSTANTS,
    }


def _aggregate(aggregate: Aggregate, attributes: list[Attribute]) -> dict[str, Any]:
    figure = aggregate if isinstance(aggregate, Figure) else None
    return {
        "name": aggregate.name,
        "label": str(aggregate.words),
        "needs_of": aggregate.needs_of,
        "compares": aggregate.compares,
        "zero": bool(figure and figure.zero),
        "picks": bool(figure and figure.picks),
        "needs_time": bool(figure and figure.needs_time),
        "needs_periods": aggregate.needs_periods,
        "note": str(figure.note) if figure else "",
        "search": str(figure.search) if figure else "",
        "result": figure.result_type(None).name if figure and not figure.takes else None,
        "of_types": {
            one.type.name: figure.result_type(one).name
            for one in attributes
            if figure and figure.accepts(one)
        },
    }


def _relation(relation: Relation, attributes: list[Attribute]) -> dict[str, Any]:
    inside = [one for one in attributes if one.relation and one.prefix in relation.paths]
    return {
        "label": str(relation.label),
        "same": str(relation.same),
        "has_time": bool(relation.time),
        "phrases": _rows_phrases(relation.phrase),
        "nested_phrases": _rows_phrases(relation.inner),
        "attributes": [one.code for one in inside],
        "of": [one.code for one in inside if one.prefix == relation.prefix and not one.many],
        "relations": [one.name for one in registry.relations() if relation.name in one.inside],
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    relation = attribute.relation
    return {
        "label": str(attribute.label),
        # For where nothing else names the relation of the attribute.
        "title": f"{registry.relation(relation).label}: {attribute.label}" if relation else None,
        "type": attribute.type.name,
        "relation": relation,
        "written_as": (registry.relation(relation).written_as or relation) if relation else None,
        "unit": form_of(own_unit_of(attribute)),
        "phrases": _phrases(attribute.phrase),
        "usual": attribute.usual or attribute.type.usual,
        "many": attribute.many,
        "comparable": attribute.comparable,
        "ranked": is_ranked(attribute),
        "values_only": attribute.values_only,
        "always_known": attribute.always_known,
        "minimum": attribute.minimum,
        "countries": attribute.countries,
        "choices": _choices(attribute.choices),
    }


def _phrases(phrase: Phrase) -> dict[str, Any]:
    """Return what is declared that sentences say of an attribute."""
    names = ("has", "has_not", "subject", "lead", "direct", "direct_not", "unit")
    return _declared(phrase, names) | {
        "special": {name: _of_many(words) for name, words in phrase.special.items()}
    }


def _rows_phrases(phrase: RowsPhrase) -> dict[str, Any]:
    """Return what is declared that sentences say of a relation."""
    names = ("some", "none", "every", "count", "unit", "rows", "did", "did_not", "never")
    return _declared(phrase, (*names, "any", "not_any")) | {
        "one": form_of(phrase.unit, 1),
        "figures": [
            {"aggregate": aggregate, "of": of, "has": _of_many(has), "has_not": _of_many(has_not)}
            for (aggregate, of), (has, has_not) in phrase.figures.items()
        ],
    }


def _declared(phrase: Phrase | RowsPhrase, names: Iterable[str]) -> dict[str, Any]:
    return {name: _of_many(words) for name in names if (words := getattr(phrase, name))}


def _of_many(words: Counted) -> str:
    """Return a phrase in the form that follows "customers who"."""
    return TWO_FORMS.sub(r"\1", form_of(words))


def _choices(choices: Choices | None) -> dict[str, Any] | None:
    if choices is None:
        return None
    # Open ones stand in a column of the data, whose different values take a while to find.
    few = choices.suggest("", SMALL + 1) if choices.closed else {}
    lazy = not choices.closed or len(few) > SMALL
    above = {} if lazy else choices.above(few)
    options = [
        {"value": code, "label": label} | ({"above": above[code]} if code in above else {})
        for code, label in ({} if lazy else few).items()
    ]
    return {"closed": choices.closed, "lazy": lazy, "options": options}


def _beginning(beginning: registry.Beginning) -> dict[str, Any]:
    return {
        "label": str(beginning.label),
        "search": str(beginning.search_words),
        "node": beginning.node,
    }


def _attributes_of(family: registry.Family) -> Iterator[Attribute]:
    yield from family.attributes
    for source in family.of_the_shop:
        yield from source.all()
