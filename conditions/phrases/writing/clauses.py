"""The clauses of nodes: the end of "customers who …", or an addition to the name of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.comparison import Against
from conditions.language.counted import form_of
from conditions.language.operators import Operator, Takes, Words
from conditions.language.operators.ranks import RankOperator
from conditions.language.types import BOOLEAN, Value
from conditions.phrases import measures
from conditions.phrases.forms import (
    AttributeForms,
    forms_of,
    quoted_label,
    reserved_names,
    rows_forms,
)
from conditions.phrases.measures import kind_of
from conditions.phrases.names import quotation
from conditions.phrases.template import Template, template
from conditions.phrases.writing.values import counted_template, value_with_unit
from conditions.sql.place import Relation
from core.text.formats import number_shown


@dataclass(frozen=True)
class Style:
    """How to write a clause.

    `cut` shortens long lists, for readers; sentences that are read back have complete lists.
    `alone` writes about one customer ("because they …"), not about many.
    """

    cut: bool = False
    alone: bool = False


# For readers, about one customer.
ALONE = Style(cut=True, alone=True)


@dataclass(frozen=True)
class Clause:
    """A clause; with `has_pronoun` it begins with one ("whose") and needs no "who" before it."""

    text: str
    has_pronoun: bool = False
    is_list: bool = False


@dataclass(frozen=True)
class Joint:
    """The words between the parts of a list and before the last part, in the active language.

    `last_after_commas` stands before the last part where parts contain commas.
    """

    between: Words
    last: Words
    last_after_commas: Words


AND = Joint(", ", gettext_lazy(" and "), pgettext_lazy("after commas", ", and "))
OR = Joint(", ", gettext_lazy(" or "), pgettext_lazy("after commas", ", or "))
EITHER = Joint(
    pgettext_lazy("either", ", "),
    pgettext_lazy("either", " or "),
    pgettext_lazy("either, after commas", ", or "),
)


@dataclass(frozen=True)
class Amount:
    """A comparison in words, such as "more than 1.5 times the average"."""

    text: str


@dataclass(frozen=True)
class Said:
    """A condition to be worded: its value as it is stored, or another attribute, or none."""

    attribute: Attribute
    operator: Operator
    value: Value | Against | Amount | None

    @property
    def positive(self) -> Operator:
        """The operator itself, or the one that it negates."""
        if isinstance(self.operator, RankOperator):
            return self.operator.positive
        twin = self.operator.twin
        return self.operator if twin is None else self.attribute.type.operators[twin]

    @property
    def stored(self) -> Any:
        """The value as it is stored, or None."""
        return self.value.stored if isinstance(self.value, Value) else None


def clause_of(said: Said, inside: Relation | None, style: Style) -> Clause:
    """Return the clause of a condition about a customer, or about a row of `inside`."""
    direct = None if inside is not None or said.attribute.relation is None else said.attribute
    if direct is not None:
        return rows_said(said, style, has_rows=not said.operator.twin)
    forms = forms_of(said.attribute, inside)
    special = _special(said, forms)
    if special is not None:
        return _clause(special, style)
    if said.operator.takes is Takes.NOTHING and forms.subject is None:
        known = forms.unknown if said.operator.twin else forms.known
        assert known is not None
        return _clause(known, style)
    phrase = forms.has_not if said.operator.twin else forms.has
    if phrase is not None and is_measured(said, inside):
        return _clause(phrase, style, value=measure(said, style, inside))
    assert forms.subject is not None
    return _clause(forms.subject, style, **{"is": predicate(said, inside, style)})


def is_measured(said: Said, inside: Relation | None) -> bool:
    """Return whether a sentence can state the value without a verb of its own."""
    if said.operator.takes is Takes.NOTHING:
        return False
    return inside is not None or said.positive.name not in kind_of(said.attribute.type).verbs


def _clause(phrase: Template, style: Style, **slots: str) -> Clause:
    return Clause(phrase.write(alone=style.alone, **slots), phrase.has_pronoun)


def rows_said(said: Said, style: Style, *, has_rows: bool) -> Clause:
    """Return that the customer has rows for which the positive operator holds, or has none.

    Outside a relation group a condition states the first and its complement the second; operators
    without a negative twin have a complement, too.
    """
    attribute, phrase = said.attribute, said.attribute.phrase
    assert attribute.relation is not None
    relation = registry.relation(attribute.relation)
    positive = Said(attribute, said.positive, said.value)
    direct = phrase.direct if has_rows else phrase.direct_not
    if direct and is_measured(positive, None):
        value = measure(positive, style, relation)
        return _clause(template(str(direct)), style, value=value)
    forms = rows_forms(relation, nested=False)
    where = f" {clause_of(positive, relation, style).text}"
    return _clause(forms.some_direct if has_rows else forms.none_direct, style, where=where)


def lead_of(said: Said, style: Style) -> str | None:
    """Return the phrase of a condition before "who"; None where the condition has none."""
    attribute = said.attribute
    if not attribute.phrase.lead or said.operator.twin or not is_measured(said, None):
        return None
    inside = None if attribute.relation is None else registry.relation(attribute.relation)
    lead = template(str(attribute.phrase.lead))
    return lead.write(value=measure(said, style, inside))


def _special(said: Said, forms: AttributeForms) -> Template | None:
    stored, name = said.stored, said.operator.name
    if said.attribute.type is BOOLEAN and isinstance(stored, bool):
        answer = "yes" if stored else "no"
        name = f"not_{answer}" if said.operator.twin else answer
    for key in (name, f"{name} {stored}"):
        if key in forms.special:
            words = forms.special[key]
            if "%(value)s" not in form_of(words):
                return template(form_of(words))
            return counted_template(words, stored).fill(value=number_shown(stored))
    return None


def measure(said: Said, style: Style, inside: Relation | None = None) -> str:
    """Return the value with its operator, without a verb: "at least 5", "on May 1, 2026"."""
    if isinstance(said.value, Amount):
        return said.value.text
    if isinstance(said.value, Against):
        words = measures.measure_words(said.attribute, said.positive.name)
        return template(form_of(words)).write(value=other_said(said.value, inside))
    return value_with_unit(
        said.attribute, said.positive, said.stored, reserved_names(), cut=style.cut
    )


def other_said(against: Against, inside: Relation | None) -> str:
    """Return the other side of a comparison."""
    other = template(str(measures.OTHER)).write(label=quoted_label(against.attribute, inside))
    if against.times == Decimal(1):
        return other
    times = number_shown(against.times)
    return template(str(measures.TIMES)).write(times=times, other=other)


def predicate(said: Said, inside: Relation | None, style: Style) -> str:
    """Return operator and value with their verb: "is at least 5", "does not contain “a”"."""
    negative = bool(said.operator.twin)
    if said.operator.takes is Takes.NOTHING:
        return str(measures.KNOWN[negative])
    kind = kind_of(said.attribute.type)
    pair = kind.verbs.get(said.positive.name)
    if pair is not None:
        return template(str(pair[negative])).write(value=quotation(said.stored))
    value = measure(said, style, inside)
    return template(str(kind.copula[negative])).write(value=value)


# The words before a clause of a list: the first, or a further one with the same subject.
def first_said(clause: Clause) -> str:
    """Return a clause with the "who" that it needs before it."""
    if clause.has_pronoun:
        return clause.text
    return pgettext("clause", "who %(clause)s") % {"clause": clause.text}


def further_said(clause: Clause) -> str:
    """Return a clause after another one that began with "who"."""
    return pgettext("further clause", "%(clause)s") % {"clause": clause.text}


def in_a_list(clauses: Sequence[Clause], joint: Joint, *, opened: bool = False) -> str:
    """Return clauses as "who A, B and whose C"; with `opened` "who" stands before it already."""
    texts = []
    after_who = opened
    for one in clauses:
        if one.has_pronoun or not after_who:
            texts.append(first_said(one))
        else:
            texts.append(one.text if opened else further_said(one))
        after_who = not one.has_pronoun
    return row(texts, joint, commas=any(one.is_list for one in clauses[:-1]))


def row(texts: Sequence[str], joint: Joint, *, commas: bool = False) -> str:
    """Return "A, B and C"; with one more comma where the parts contain commas."""
    if len(texts) == 1:
        return texts[0]
    commas = commas or any(", " in text for text in texts[:-1])
    last = str(joint.last_after_commas if commas else joint.last)
    return last.join([str(joint.between).join(texts[:-1]), texts[-1]])
