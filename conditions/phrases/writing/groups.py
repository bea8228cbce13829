"""Clauses of groups: lists, "either … or", and lists in brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from conditions.language.operators import Words
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import AND, EITHER, OR, Clause, Style, in_a_list, row
from conditions.sql.place import Relation

# The words of a group for its conditions: the word, and its explanation.
MATCH_WORDS: Mapping[str, tuple[Words, Words]] = {
    "all": (pgettext_lazy("conditions", "all"), gettext_lazy("every condition is met")),
    "any": (gettext_lazy("any"), gettext_lazy("at least one condition is met")),
    "none": (pgettext_lazy("conditions", "none"), gettext_lazy("no condition is met")),
    "not_all": (gettext_lazy("not all"), gettext_lazy("at least one condition is not met")),
}


class Part(Protocol):
    """A node as a group sees it; `joins` is a group's `match`, None for other nodes."""

    @property
    def joins(self) -> str | None: ...

    @property
    def is_condition(self) -> bool: ...

    @property
    def asks_when(self) -> bool: ...

    @property
    def children(self) -> Sequence[Part]: ...

    def clause(self, inside: Relation | None, style: Style) -> Clause: ...


# Lists in brackets: of customers, and of rows.
LISTS: Mapping[str, Words] = {
    "all": gettext_lazy("{to whom|} all of these apply: (%(clauses)s)"),
    "any": gettext_lazy("{to whom|} at least one of these applies: (%(clauses)s)"),
    "none": gettext_lazy("{to whom|} none of these applies: (%(clauses)s)"),
    "not_all": gettext_lazy("{to whom|} not all of these apply: (%(clauses)s)"),
}
LISTS_OF_ROWS: Mapping[str, Words] = {
    "all": pgettext_lazy("a row", "to which all of these apply: (%(clauses)s)"),
    "any": pgettext_lazy("a row", "to which at least one of these applies: (%(clauses)s)"),
    "none": pgettext_lazy("a row", "to which none of these applies: (%(clauses)s)"),
    "not_all": pgettext_lazy("a row", "to which not all of these apply: (%(clauses)s)"),
}
NOTHING: Mapping[str, Words] = {
    "all": gettext_lazy("All customers."),
    "none": gettext_lazy("All customers, as there is no condition that may not hold."),
    "any": gettext_lazy("No customers."),
    "not_all": gettext_lazy("No customers, as there is no condition that may fail."),
}
BETWEEN_ITEMS: Words = pgettext_lazy("a list in brackets", "; ")
CUSTOMERS: Words = gettext_lazy("Customers %(clauses)s.")
CUSTOMERS_LED: Words = gettext_lazy("Customers %(lead)s.")
CUSTOMERS_LED_WHO: Words = gettext_lazy("Customers %(lead)s %(clauses)s.")


def sentence_of(root: Part, lead: str | None, style: Style) -> str:
    """Return a whole tree as a sentence; `lead` is its first condition's phrase before "who"."""
    match, parts = root.joins, root.children
    assert match is not None
    if not parts:
        return str(NOTHING[match])
    if match == "any" and _is_plain(root):
        clauses = [one.clause(None, style) for one in parts]
        return template(str(CUSTOMERS)).write(clauses=in_a_list(clauses, OR))
    if match != "all" or _is_group_alone(parts):
        return template(str(CUSTOMERS)).write(
            clauses=bracketed_list(match, parts, None, style).text
        )
    rest = parts if lead is None else parts[1:]
    clauses = [clause_in_all(one, len(parts), None, style) for one in rest]
    said = in_a_list(clauses, AND) if clauses else ""
    if lead is None:
        return template(str(CUSTOMERS)).write(clauses=said)
    if not said:
        return template(str(CUSTOMERS_LED)).write(lead=lead)
    return template(str(CUSTOMERS_LED_WHO)).write(lead=lead, clauses=said)


def words_of(group: Part, inside: Relation | None, style: Style) -> Clause:
    """Return a group on its own, such as that of the lines of a cart."""
    assert group.joins is not None
    if group.joins == "all" and group.children and not _is_group_alone(group.children):
        clauses = [clause_in_all(one, len(group.children), inside, style) for one in group.children]
        if inside is not None:
            return Clause(", ".join(one.text for one in clauses))
        text = in_a_list(clauses, AND, opened=True)
        return Clause(text, clauses[0].has_pronoun)
    return bracketed_list(group.joins, group.children, inside, style)


def chosen_rows(match: str, parts: Sequence[Part], relation: Relation, style: Style) -> str:
    """Return the conditions that follow the name of rows, without the space before them."""
    if match == "all" and not _is_group_alone(parts):
        clauses = [clause_in_all(one, len(parts), relation, style) for one in parts]
        return ", ".join(one.text for one in clauses)
    if match == "any" and len(parts) > 1 and _are_leaves(parts):
        return either(parts, relation, style).text
    return bracketed_list(match, parts, relation, style).text


def clause_in_all(part: Part, siblings: int, inside: Relation | None, style: Style) -> Clause:
    """Return the clause of `part` among as many `siblings` that must all hold."""
    if part.joins is None:
        return part.clause(inside, style)
    if part.joins == "any" and siblings > 1 and _is_plain(part):
        return either(part.children, inside, style)
    return bracketed_list(part.joins, part.children, inside, style)


def either(parts: Sequence[Part], inside: Relation | None, style: Style) -> Clause:
    """Return "either A or B" of conditions that are no groups."""
    clauses = [one.clause(inside, style) for one in parts]
    first = clauses[0].has_pronoun
    if inside is not None:
        said = row([one.text for one in clauses], EITHER)
    else:
        said = in_a_list(clauses, EITHER, opened=not first)
    return Clause(_("either %(clauses)s") % {"clauses": said}, first, is_list=True)


def bracketed_list(
    match: str, parts: Sequence[Part], inside: Relation | None, style: Style
) -> Clause:
    """Return a bracketed list: "to whom at least one of these applies: (A; B and C)"."""
    phrase = list_template(match, inside)
    items = str(BETWEEN_ITEMS).join(_item(one, inside, style) for one in parts)
    return Clause(phrase.write(alone=style.alone, clauses=items), phrase.has_pronoun)


def list_template(match: str, inside: Relation | None) -> Template:
    """Return the template of a list in brackets."""
    return template(str((LISTS if inside is None else LISTS_OF_ROWS)[match]))


def _item(part: Part, inside: Relation | None, style: Style) -> str:
    if part.joins in {"all", "any"} and _is_plain(part):
        clauses = [one.clause(inside, style) for one in part.children]
        joined = OR if part.joins == "any" else AND
        if inside is not None:
            return row([one.text for one in clauses], joined)
        return in_a_list(clauses, joined, opened=True)
    if part.joins is not None:
        return bracketed_list(part.joins, part.children, inside, style).text
    return part.clause(inside, style).text


def _is_plain(group: Part) -> bool:
    """Return whether a group has several conditions, and no group among them."""
    return len(group.children) > 1 and _are_leaves(group.children)


def _is_group_alone(parts: Sequence[Part]) -> bool:
    """Return whether an "all" has a group as its only condition and so needs words of its own."""
    return len(parts) == 1 and parts[0].joins is not None


def _are_leaves(parts: Sequence[Part]) -> bool:
    return all(one.joins is None for one in parts)
