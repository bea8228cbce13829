"""Writes and reads texts in quotation marks, and the names of codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from conditions.attribute import Attribute
from conditions.language.countries import all_countries

# Plain words may stand without quotation marks, if no sentence uses them itself.
_WORD = re.compile(r"[^\W_][\w&/'’-]*")
LONGEST_BARE = 60


@dataclass(frozen=True)
class Name:
    """The form of a code in a sentence: its name, quoted or bare, and the code where needed."""

    text: str
    is_bare: bool
    code: str | None = None

    def __str__(self) -> str:
        if self.is_bare:
            return self.text
        code = "" if self.code is None else f" ({quotation(self.code)})"
        return f"{quotation(self.text)}{code}"


def marks() -> tuple[str, str]:
    """Return the opening and the closing quotation mark of the active language."""
    before, _text, after = (_("“%(text)s”") % {"text": "\0"}).partition("\0")
    return before, after


def quotation(text: str) -> str:
    """Return `text` in quotation marks, escaped so that a reader finds its end."""
    opening, closing = marks()
    end = closing.strip()
    escaped = text.replace("\\", "\\\\").replace(end, f"\\{end}")
    return f"{opening}{escaped}{closing}"


def quotation_at(text: str, position: int) -> tuple[str, int] | None:
    """Return the quoted text at `position`, and where the quotation ends."""
    opening, closing = marks()
    if not text.startswith(opening, position):
        return None
    end = re.escape(closing.strip())
    inner = re.compile(rf"((?:[^\\{end}]|\\.)*){end}", re.DOTALL)
    found = inner.match(text, position + len(opening))
    space = closing[: -len(closing.strip())]
    if found is None or not found[1].endswith(space):
        return None
    quoted = found[1][: len(found[1]) - len(space)]
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL), found.end()


def bare_at(text: str, position: int, reserved: Collection[str]) -> tuple[str, int] | None:
    """Return the plain words at `position`, as many as belong together, and where they end."""
    end, at = position, position
    while (found := _WORD.match(text, at)) is not None and found[0] not in reserved:
        end = found.end()
        if not text.startswith(" ", end):
            break
        at = end + 1
    return None if end == position else (text[position:end], end)


def is_bare(text: str, reserved: Collection[str]) -> bool:
    """Return whether `text` is understood without quotation marks."""
    return len(text) <= LONGEST_BARE and bare_at(text, 0, reserved) == (text, len(text))


def has_names(attribute: Attribute) -> bool:
    """Return whether the attribute's values are codes that may have names."""
    return attribute.choices is not None or attribute.countries


def names_of(attribute: Attribute, codes: Sequence[str], reserved: Collection[str]) -> list[Name]:
    """Return how sentences write `codes`, so that `codes_of` finds each again."""
    labels = _labels(attribute, codes)
    called = _codes_of_names(attribute, [labels.get(code, code) for code in codes])
    found = []
    for code in codes:
        label = labels.get(code) or code
        if list(called.get(label) or [label]) == [code]:
            bare = code in labels and is_bare(label, reserved)
            found.append(Name(label, bare))
        else:
            found.append(Name(label, False, code))
    return found


def codes_of(attribute: Attribute, names: Sequence[Name]) -> list[str] | None:
    """Return the codes of `names`; None where a name is unknown or has several codes."""
    called = _codes_of_names(attribute, [one.text for one in names if one.code is None])
    found: list[str] = []
    for one in names:
        codes = [one.code] if one.code is not None else list(called.get(one.text) or [one.text])
        if len(codes) != 1:
            return None
        found += codes
    bare = {code: one.text for code, one in zip(found, names, strict=True) if one.is_bare}
    labels = _labels(attribute, bare)
    return found if all(labels.get(code) == text for code, text in bare.items()) else None


def _labels(attribute: Attribute, codes: Collection[str]) -> Mapping[str, str]:
    if not codes:
        return {}
    if attribute.choices is not None:
        return attribute.choices.names(codes)
    countries = all_countries()
    return {code: countries[code] for code in codes if code in countries}


def _codes_of_names(attribute: Attribute, names: Collection[str]) -> Mapping[str, Sequence[str]]:
    if not names:
        return {}
    if attribute.choices is not None:
        return attribute.choices.codes_by_name(names)
    wanted = set(names)
    found: dict[str, list[str]] = {}
    for code, name in all_countries().items():
        if name in wanted:
            found.setdefault(name, []).append(code)
    return found
