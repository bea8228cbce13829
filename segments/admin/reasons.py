"""An explanation as lines: what was asked, whether it holds, and what was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.place import Relation
from conditions.tree import Group, RelationGroup
from segments.differences import group_words
from segments.standing import Reason


@dataclass(frozen=True)
class Line:
    """A node in words. `found` is what was compared with it; "" where that is not for this eye."""

    words: str
    holds: bool
    found: str
    depth: int


def lines_of(reason: Reason, *, with_values: bool) -> list[Line]:
    """Return a line for each node of an explained tree, in reading order.

    `with_values` shows what was found of the customer, which is personal data.
    """
    return list(_lines(reason, with_values, 0, None))


def line_of(reason: Reason, *, with_values: bool) -> Line:
    """Return the line of one condition alone."""
    return _line(reason, with_values, 0, None)


def _lines(
    reason: Reason, with_values: bool, depth: int, inside: Relation | None
) -> Iterator[Line]:
    yield _line(reason, with_values, depth, inside)
    node = reason.node
    if isinstance(node, RelationGroup):
        inside = node.relation
    for child, verdict in zip(node.children, reason.verdict.children, strict=True):
        yield from _lines(Reason(child, verdict), with_values, depth + 1, inside)


def _line(reason: Reason, with_values: bool, depth: int, inside: Relation | None) -> Line:
    node, verdict = reason.node, reason.verdict
    is_plain_group = isinstance(node, Group)
    words = group_words(node) if isinstance(node, Group) else node.words(inside)
    found = "" if is_plain_group and inside is None else found_words(verdict.actual)
    return Line(words, verdict.holds, found if with_values else "", depth)


def found_words(actual: Any) -> str:
    """Return what an explanation found, as a person reads it."""
    match actual:
        case None:
            return _("nothing")
        case bool():
            return _("yes") if actual else _("no")
        case {"count": int(count)}:
            return _rows_words(count, actual)
        case dict():
            return ", ".join(f"{name}: {found_words(value)}" for name, value in actual.items())
        case list():
            return ", ".join(map(found_words, actual)) or _("nothing")
        case str():
            return _date_words(actual)
        case _:
            return str(actual)


def _rows_words(count: int, found: dict[str, Any]) -> str:
    """Say how many rows fitted, the first of them, and the figure where one was compared."""
    words = ngettext("%(count)d fits", "%(count)d fit", count) % {"count": count}
    rows = [found_words(row) for row in found.get("rows", []) if row is not None]
    if rows:
        words += f" ({', '.join(rows)}{', …' if count > len(rows) else ''})"
    if "value" in found:
        words = _("%(value)s; %(rows)s") % {"value": found_words(found["value"]), "rows": words}
    return words


def _date_words(text: str) -> str:
    """Return a date or time as the reader writes it; any other text as it is."""
    try:
        if len(text) == len("2026-01-01"):
            return date_format(date.fromisoformat(text))
        if "T" in text:
            return date_format(localtime(datetime.fromisoformat(text)), "SHORT_DATETIME_FORMAT")
    except ValueError:
        pass
    return text
