"""Clauses of orders of events: "bought shoes and then, within 30 days, bought a product"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext as _

from conditions.language.gaps import Gap
from conditions.language.phrase import EventPhrase
from conditions.phrases.forms import quoted_label
from conditions.phrases.joints import AT, CHAIN, GAPS, NOT_THEN, ONLY, THEN
from conditions.phrases.names import quotation
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import Clause, Style
from conditions.phrases.writing.groups import Part
from conditions.phrases.writing.rows import where_said
from conditions.sql.place import Relation
from core.text.formats import number_shown

if TYPE_CHECKING:
    from conditions.bases.row_time import RowTime


class StepGroup(Protocol):
    """The conditions that choose the rows of a step."""

    @property
    def match(self) -> str: ...

    @property
    def conditions(self) -> Sequence[Part]: ...


class StepPart(Protocol):
    """A step, as far as sentences need it."""

    @property
    def relation(self) -> Relation: ...

    @property
    def time(self) -> RowTime: ...

    @property
    def group(self) -> StepGroup: ...

    @property
    def only(self) -> str | None: ...

    @property
    def after(self) -> Gap | None: ...

    @property
    def within(self) -> Gap | None: ...

    @property
    def same_product(self) -> bool: ...

    @property
    def is_absent(self) -> bool: ...


def chain_clause(steps: Sequence[StepPart], style: Style) -> Clause:
    """Return the clause of an order of events: what a customer did, step by step."""
    said = step_words(steps[0], style) + "".join(_further(step, style) for step in steps[1:])
    phrase = template(str(CHAIN))
    return Clause(phrase.write(alone=style.alone, steps=said), is_list=True)


def _further(step: StepPart, style: Style) -> str:
    gaps = {"after": step.after, "within": step.within}
    said = {
        name: template(GAPS[name][gap.unit](gap.number)).write(value=number_shown(gap.number))
        for name, gap in gaps.items()
        if gap is not None
    }
    joints, names = NOT_THEN if step.is_absent else THEN, tuple(said)
    said["step"] = step_words(step, style)
    return template(str(joints[names])).write(alone=False, **said)


def step_words(step: StepPart, style: Style) -> str:
    """Return the words of one step, without its place in time."""
    where = where_said(step.group.match, step.group.conditions, step.relation, style, nested=True)
    phrase = event_template(
        step.relation,
        is_bare=not where,
        is_same=step.same_product,
        is_absent=step.is_absent,
    )
    said = phrase.write(where=where)
    if step.time.at is not None:
        said += template(str(AT)).write(label=quoted_label(step.time.at, step.relation))
    return said + ("" if step.only is None else str(ONLY[step.only]))


def event_template(
    relation: Relation, *, is_bare: bool, is_same: bool, is_absent: bool
) -> Template:
    """Return the phrase of a row of `relation` in an order of events."""
    phrase, default = relation.phrase.event, _default()
    name = "did_not" if is_absent else "did"
    if is_same:
        words = getattr(phrase, f"{name}_same") or getattr(default, f"{name}_same")
    else:
        bare = getattr(phrase, f"{name}_bare") if is_bare else ""
        words = bare or getattr(phrase, name) or getattr(default, name)
    return template(str(words)).fill(label=quotation(str(relation.label)))


def _default() -> EventPhrase:
    return EventPhrase(
        did=_("had an entry under %(label)s%(where)s"),
        did_not=_("had no entry under %(label)s%(where)s"),
        did_same=_("had an entry under %(label)s about the same product%(where)s"),
        did_not_same=_("had no entry under %(label)s about the same product%(where)s"),
    )
