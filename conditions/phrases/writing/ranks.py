"""Clauses of ranks: a place among others, or more than their average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from conditions.attribute import Attribute
from conditions.bases.aggregates import Figure
from conditions.language.operators import Takes, Words
from conditions.language.operators.ranks import Measure, RankOperator
from conditions.phrases.forms import quoted_label, rows_forms
from conditions.phrases.names import names_of
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import Amount, Clause, Said, Style, predicate
from conditions.phrases.writing.groups import Part, bracketed_list
from conditions.phrases.writing.rows import rows_clause, where_said
from conditions.ranking.population import Chosen, Members, find_memberships
from conditions.ranking.rank import Rank
from conditions.sql.place import Relation
from core.text.formats import number_shown

# By the operator's name.
PLACES: Mapping[str, Words] = {
    "in_top": _("are among the top %(value)s%(ties)s by %(figure)s%(among)s%(per)s"),
    "not_in_top": _("are not among the top %(value)s%(ties)s by %(figure)s%(among)s%(per)s"),
    "in_bottom": _("are among the lowest %(value)s%(ties)s by %(figure)s%(among)s%(per)s"),
    "not_in_bottom": _("are not among the lowest %(value)s%(ties)s by %(figure)s%(among)s%(per)s"),
}
PERCENT: Words = _("%(value)s%(percent)s")
TIES: Words = _(", ties left out,")
OF_SEGMENT: Words = _(" of the segment %(segment)s")
OF_GROUP: Words = _(" of the customers %(group)s")
PER: Mapping[str, Words] = {
    "customer.website": _(" of their website"),
    "customer.group": _(" of their customer group"),
    "customer.store": _(" of their store"),
}
# By the positive operator's name: the amount itself, and a multiple of it.
AMOUNTS: Mapping[str, tuple[Words, Words]] = {
    "above_average": (
        _("more than the average%(among)s%(per)s"),
        _("more than %(times)s times the average%(among)s%(per)s"),
    ),
    "below_average": (
        _("less than the average%(among)s%(per)s"),
        _("less than %(times)s times the average%(among)s%(per)s"),
    ),
    "above_median": (
        _("more than the median%(among)s%(per)s"),
        _("more than %(times)s times the median%(among)s%(per)s"),
    ),
    "below_median": (
        _("less than the median%(among)s%(per)s"),
        _("less than %(times)s times the median%(among)s%(per)s"),
    ),
}
# A figure of rows.
THIS_FIGURE: Words = _("this figure (%(figure)s)")
NUMBER_OF: Words = _("the number of %(rows)s%(where)s")
NUMBER_OF_PERIODS: Words = _("the number %(periods)s with %(rows)s%(where)s")
FIGURE_IS: Words = _("{for whom|} %(figure)s %(is)s")


@dataclass(frozen=True)
class RowsFigure:
    """A figure of the rows of `relation` that `match` of the `parts` choose; `periods` in words."""

    relation: Relation
    aggregate: Figure
    of_label: str
    of_dates: bool
    match: str
    parts: Sequence[Part]
    periods: str = ""

    def said(self, style: Style) -> str:
        """Return the figure's name: "the sum of “Grand total” of their orders (…)"."""
        where = where_said(self.match, self.parts, self.relation, style, nested=True, always=True)
        phrase = figure_noun(self.relation, self.aggregate, self.of_label, of_dates=self.of_dates)
        return phrase.write(alone=style.alone, where=where, periods=self.periods)


def figure_noun(
    relation: Relation, aggregate: Figure, of: str | Template, *, of_dates: bool
) -> Template:
    """Return the name of a figure of rows; `of` is the attribute's name."""
    usual = NUMBER_OF_PERIODS if aggregate.needs_periods else NUMBER_OF
    said = (of_dates and aggregate.said_of_dates) or aggregate.said or usual
    return template(str(said)).fill(of=of, rows=rows_forms(relation, nested=False).rows)


def noun_of(attribute: Attribute, among: Sequence[Attribute] | None = None) -> str:
    """Return an attribute's name in a rank; `among` as in `forms.called`."""
    return str(attribute.phrase.noun) or quoted_label(attribute, None, among)


def place_clause(rank: Rank, figure: Attribute | RowsFigure, style: Style) -> Clause:
    """Return that a customer has a place among others."""
    if isinstance(figure, RowsFigure):
        noun = template(str(THIS_FIGURE)).write(alone=style.alone, figure=figure.said(style))
    else:
        noun = noun_of(figure)
    phrase = place_template(rank.operator)
    text = phrase.write(
        alone=style.alone,
        value=number_shown(rank.number),
        ties=str(TIES) if rank.ties_out else "",
        figure=noun,
        among=_among(rank, style),
        per=_per(rank),
    )
    return Clause(text, phrase.has_pronoun)


def place_template(operator: RankOperator) -> Template:
    """Return the phrase of an operator about a place."""
    phrase = template(str(PLACES[operator.name.removesuffix("_percent")]))
    if operator.measure is not Measure.PERCENT:
        return phrase
    return phrase.fill(value=template(str(PERCENT)).fill(percent="%"))


def amount_said(attribute: Attribute, rank: Rank, style: Style) -> Said:
    """Return that a figure is more or less than an amount, to be worded like any comparison."""
    plain, multiple = AMOUNTS[rank.operator.positive.name]
    words = plain if rank.times == Decimal(1) else multiple
    text = template(str(words)).write(
        alone=style.alone,
        times=number_shown(rank.times),
        among=_among(rank, style),
        per=_per(rank),
    )
    return Said(attribute, replace(rank.operator, takes=Takes.ONE), Amount(text))


def figure_clause(
    figure: RowsFigure, compared: Said, own: tuple[Template, Template] | None, style: Style
) -> Clause:
    """Return the clause of a figure of rows; `own` is the relation's own phrase for it."""
    if own is not None:
        return rows_clause(
            figure.relation,
            figure.aggregate,
            compared,
            figure.of_label,
            figure.match,
            figure.parts,
            nested=False,
            own=own,
            style=style,
        )
    phrase = template(str(FIGURE_IS))
    slots = {"figure": figure.said(style), "is": predicate(compared, None, style)}
    return Clause(phrase.write(alone=style.alone, **slots), phrase.has_pronoun)


def _among(rank: Rank, style: Style) -> str:
    match rank.among:
        case Members(code):
            memberships = find_memberships()
            assert memberships is not None
            (name,) = names_of(memberships, [code], ())
            quoted = str(replace(name, is_bare=False))
            return template(str(OF_SEGMENT)).write(segment=quoted)
        case Chosen(group):
            said = bracketed_list(
                group.match, group.conditions, None, replace(style, alone=False)
            ).text
            return template(str(OF_GROUP)).write(group=said)
        case _:
            return ""


def _per(rank: Rank) -> str:
    return template(str(PER[rank.per])).write() if rank.per else ""
