"""Clauses of relation groups about the rows that they choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import pgettext

from conditions.attribute import Attribute
from conditions.bases.aggregates import Figure, Quantifier
from conditions.bases.aggregates.base import Aggregate
from conditions.language.counted import Counted
from conditions.language.phrase import Phrase
from conditions.language.types import DateType
from conditions.phrases.forms import (
    RowsForms,
    figure_form,
    quoted_label,
    reserved_names,
    rows_forms,
)
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import Clause, Said, Style, measure, predicate
from conditions.phrases.writing.groups import Part, chosen_rows
from conditions.phrases.writing.values import value_with_unit
from conditions.sql.place import Relation


def rows_clause(
    relation: Relation,
    aggregate: Aggregate,
    compared: Said | None,
    of_label: str,
    match: str,
    parts: Sequence[Part],
    *,
    nested: bool,
    own: tuple[Template, Template] | None,
    style: Style,
) -> Clause:
    """Return the clause about the rows of `relation` that satisfy `match` of the `parts`.

    `compared` is the figure with its operator and value, `own` the relation's own phrase for the
    figure and its complement.
    """
    forms = rows_forms(relation, nested=nested)
    plain = where_said(match, parts, relation, style, nested=nested)
    several = match == "all" and len(parts) > 1 and not nested

    def close_phrase(phrase: Template) -> str:
        return f"{plain}," if several and phrase.closes("where") else plain

    if isinstance(aggregate, Quantifier):
        phrase = _quantified_form(aggregate, forms, match, parts)
        slots = {"where": close_phrase(phrase), "when": plain.removeprefix(" ")}
        return Clause(phrase.write(alone=style.alone, **slots))
    assert isinstance(aggregate, Figure) and compared is not None
    if aggregate.name == "count":
        value = number_said(compared, forms.unit, style)
        return Clause(
            forms.count.write(alone=style.alone, value=value, where=close_phrase(forms.count))
        )
    if own is not None:
        value = measure(compared, style)
        phrase = own[bool(compared.operator.twin)]
        slots = {"of": of_label, "value": value, "where": close_phrase(phrase)}
        return Clause(phrase.write(alone=style.alone, **slots), phrase.has_pronoun)
    phrase = figure_form(
        relation,
        aggregate,
        of_label,
        of_dates=isinstance(compared.attribute.type, DateType),
        nested=nested,
    )
    said = phrase.write(
        alone=style.alone,
        where=where_said(match, parts, relation, style, nested=True, always=True),
        **{"is": predicate(compared, None, style)},
    )
    return Clause(said, phrase.has_pronoun)


def number_said(compared: Said, unit: Counted, style: Style) -> str:
    """Return how many of `unit`: "at least 3 orders", "not exactly 1 order"."""
    figure = replace(compared.attribute, phrase=Phrase(unit=unit))
    value = value_with_unit(
        figure, compared.positive, compared.stored, reserved_names(), cut=style.cut
    )
    if compared.operator.twin is None:
        return value
    return template(pgettext("number", "not %(value)s")).write(value=value)


def where_said(
    match: str,
    parts: Sequence[Part],
    relation: Relation,
    style: Style,
    *,
    nested: bool,
    always: bool = False,
) -> str:
    """Return the conditions that follow the name of rows, with the space before them.

    Conditions on rows within rows stand in brackets (`always`, or unless there is only one).
    """
    if not parts:
        return ""
    said = chosen_rows(match, parts, relation, style)
    single = match == "all" and len(parts) == 1 and parts[0].is_condition
    return f" ({said})" if always or (nested and not single) else f" {said}"


def _quantified_form(
    aggregate: Quantifier, forms: RowsForms, match: str, parts: Sequence[Part]
) -> Template:
    at_time = match == "all" and len(parts) == 1 and parts[0].asks_when
    if aggregate.name == "exists":
        return (at_time and forms.exists_at_time) or forms.exists
    if aggregate.name == "every":
        return forms.every
    if not parts and forms.never is not None:
        return forms.never
    return (at_time and forms.not_exists_at_time) or forms.not_exists


def label_of(of: Attribute | None, relation: Relation) -> str:
    """Return the label of the attribute that a figure is computed from."""
    return "" if of is None else quoted_label(of, relation)
