"""The templates of each attribute and relation, by clause; used to write and to read sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Figure
from conditions.language import counted
from conditions.language.counted import MANY, Counted, form_of
from conditions.language.operators import Words
from conditions.language.phrase import RowsPhrase
from conditions.language.types import TYPES
from conditions.phrases import measures
from conditions.phrases.joints import AT, CHAIN, GAPS, NOT_THEN, ONLY, THEN
from conditions.phrases.names import quotation
from conditions.phrases.template import Template, template
from conditions.sql.place import Relation


@dataclass(frozen=True)
class AttributeForms:
    """The templates of an attribute at a customer, or at a row of a relation."""

    has: Template | None
    has_not: Template | None
    # Contains the verb, too (at a customer only).
    subject: Template | None
    known: Template | None
    unknown: Template | None
    special: Mapping[str, Counted]


@dataclass(frozen=True)
class RowsForms:
    """The templates of a relation: for customers, or for the rows that it is nested in."""

    exists: Template
    not_exists: Template
    every: Template
    count: Template
    unit: Counted
    rows: Template
    exists_at_time: Template | None
    not_exists_at_time: Template | None
    never: Template | None
    some_direct: Template
    none_direct: Template


def forms_of(
    attribute: Attribute, inside: Relation | None, among: Sequence[Attribute] | None = None
) -> AttributeForms:
    """Return the templates of `attribute` at a customer, or at a row of `inside`.

    `among` are all attributes, where the caller knows them, so that they need not be looked up.
    """
    phrase = attribute.phrase
    label = quoted_label(attribute, inside, among)

    def fill_own_words(words: Words) -> Template | None:
        return template(str(words)).fill(label=label) if words else None

    if inside is None:
        subject = fill_own_words(phrase.subject or _("{whose|their} %(label)s %(is)s"))
        has, has_not = fill_own_words(phrase.has), fill_own_words(phrase.has_not)
        return AttributeForms(has, has_not, subject, None, None, phrase.special)
    has = (
        template(str(phrase.has))
        if phrase.has
        else template(_("with %(label)s %(value)s")).fill(label=label)
    )
    return AttributeForms(
        has,
        template(str(phrase.has_not)) if phrase.has_not else negate_phrase(has),
        None,
        template(_("with a known %(label)s")).fill(label=label),
        template(_("without a known %(label)s")).fill(label=label),
        phrase.special,
    )


def negate_phrase(phrase: Template) -> Template:
    """Return the negation of a row's phrase."""
    return template(pgettext("a row", "not %(phrase)s")).fill(phrase=phrase)


def quoted_label(
    attribute: Attribute, inside: Relation | None, among: Sequence[Attribute] | None = None
) -> str:
    """Return the label in quotation marks, with the code where another attribute has this label."""
    label = str(attribute.label)
    quoted = quotation(label)
    if _has_namesake(attribute, label, inside, among):
        return f"{quoted} ({attribute.code})"
    return quoted


def _has_namesake(
    attribute: Attribute, label: str, inside: Relation | None, among: Sequence[Attribute] | None
) -> bool:
    fixed = _fixed_labels(get_language(), None if inside is None else inside.name)
    if any(code != attribute.code for code in fixed.get(label, ())):
        return True
    if registry.is_fixed(attribute.code):
        return False
    if among is None:
        among = registry.attributes_of_same_source(attribute.code)
    return any(
        one.code != attribute.code
        and one.prefix == attribute.prefix
        and str(one.label) == label
        and not registry.is_fixed(one.code)
        for one in among
    )


@lru_cache(maxsize=64)
def _fixed_labels(_language: str, inside: str | None) -> Mapping[str, list[str]]:
    """Return the codes of attributes defined in Python, by label, in the active language."""
    found: dict[str, list[str]] = {}
    relation = None if inside is None else registry.relation(inside)
    for family in registry.families():
        for one in family.attributes:
            if is_offered(one, relation):
                found.setdefault(str(one.label), []).append(one.code)
    return found


def is_offered(attribute: Attribute, inside: Relation | None) -> bool:
    """Return whether `attribute` belongs to a customer or, with `inside`, to a row of `inside`."""
    if inside is None:
        return attribute.relation is None
    return attribute.relation is not None and attribute.prefix in inside.paths


def rows_forms(relation: Relation, *, nested: bool) -> RowsForms:
    """Return the templates of `relation`: for customers, or, if `nested`, for rows."""
    return _rows_forms(get_language(), relation, nested)


@lru_cache(maxsize=256)
def _rows_forms(_language: str, relation: Relation, nested: bool) -> RowsForms:
    phrase = relation.inner if nested else relation.phrase
    default = _default(nested=nested)
    label = quotation(str(relation.label))

    def form_named(name: str) -> Template:
        declared = getattr(phrase, name)
        if declared:
            return template(str(declared))
        return template(str(getattr(default, name))).fill(label=label)

    def own_form(name: str) -> Template | None:
        words = getattr(phrase, name)
        return template(str(words)) if words else None

    return RowsForms(
        exists=form_named("some"),
        not_exists=form_named("none"),
        every=form_named("every"),
        count=form_named("count"),
        unit=phrase.unit or counted.entries,
        rows=form_named("rows"),
        exists_at_time=own_form("did"),
        not_exists_at_time=own_form("did_not"),
        never=own_form("never"),
        some_direct=form_named("any"),
        none_direct=form_named("not_any"),
    )


def _default(*, nested: bool) -> RowsPhrase:
    if nested:
        return RowsPhrase(
            some=_("with an entry under %(label)s%(where)s"),
            none=_("with no entry under %(label)s%(where)s"),
            every=_("with entries under %(label)s, each of them%(where)s"),
            count=_("with %(value)s under %(label)s%(where)s"),
            rows=_("its entries under %(label)s"),
            any=_("with one of its entries under %(label)s%(where)s"),
            not_any=_("with none of its entries under %(label)s%(where)s"),
        )
    return RowsPhrase(
        some=_("have an entry under %(label)s%(where)s"),
        none=_("have no entry under %(label)s%(where)s"),
        every=_("have entries under %(label)s, each of them%(where)s"),
        count=_("have %(value)s under %(label)s%(where)s"),
        rows=_("their entries under %(label)s"),
        any=_("have among their entries under %(label)s one%(where)s"),
        not_any=_("have among their entries under %(label)s none%(where)s"),
    )


def figure_form(
    relation: Relation,
    aggregate: Figure,
    label: str | Template,
    *,
    of_dates: bool,
    nested: bool,
) -> Template:
    """Return the template of a figure of an attribute's values, called `label`, in rows."""
    rows = rows_forms(relation, nested=nested).rows
    said = (of_dates and aggregate.said_of_dates) or aggregate.said
    subject = template(str(said)).fill(of=label, rows=rows)
    clause = (
        pgettext("a row", "where %(figure)s %(is)s")
        if nested
        else _("{for whom|} %(figure)s %(is)s")
    )
    return template(clause).fill(figure=subject)


@lru_cache(maxsize=8)
def reserved_words(_language: str, _families: int) -> frozenset[str]:
    """Return the words that may follow a name in sentences, in the active language."""
    return frozenset().union(*(one.beginnings for one in _all_templates()))


def reserved_names() -> frozenset[str]:
    """Return the words that a name without quotation marks must not contain."""
    return reserved_words(get_language() or "", len(registry.families()))


def _all_templates() -> Iterator[Template]:
    for family in registry.families():
        for attribute in family.attributes:
            yield from _of_attribute(attribute)
        for relation in family.relations:
            for phrase in (relation.phrase, relation.inner):
                yield from _of_rows(phrase)
    for kind in {id(one): one for one in map(measures.kind_of, TYPES.values())}.values():
        words: list[Any] = [*kind.copula, *kind.measures.values(), *kind.list_of_one.values()]
        for pair in kind.verbs.values():
            words += pair
        yield from _templates(words)
    yield from _templates([*measures.KNOWN, *measures.PERIODS.values(), measures.OTHER])
    for figure in AGGREGATES.values():
        if isinstance(figure, Figure):
            yield from _templates([figure.said, figure.said_of_dates])
    yield from _templates([_(" and "), _(" or "), _("either %(clauses)s")])
    yield from _templates([pgettext("clause", "who %(clause)s")])
    gaps = [words for ways in GAPS.values() for words in ways.values()]
    yield from _templates([CHAIN, *THEN.values(), *NOT_THEN.values(), AT, *ONLY.values(), *gaps])


def _of_attribute(attribute: Attribute) -> Iterator[Template]:
    phrase = attribute.phrase
    words = [phrase.has, phrase.has_not, phrase.subject, phrase.lead, phrase.direct]
    yield from _templates([*words, phrase.direct_not, *phrase.special.values()])
    yield from _templates([phrase.unit, attribute.unit])


def _of_rows(phrase: RowsPhrase) -> Iterator[Template]:
    words = [phrase.some, phrase.none, phrase.every, phrase.count, phrase.unit, phrase.rows]
    words += [phrase.did, phrase.did_not, phrase.never, phrase.any, phrase.not_any]
    words += phrase.none_of_last.values()
    words += vars(phrase.event).values()
    for pair in phrase.figures.values():
        words += pair
    yield from _templates(words)


def _templates(words: Iterable[Counted]) -> Iterator[Template]:
    for one in words:
        for number in (1, 2, MANY):
            yield template(form_of(one, number))
