"""The names of everything: each name of the registry, and each value that the shop has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import get_language

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.choices import Labels
from conditions.language.countries import all_countries
from conditions.language.types import TextType
from conditions.reading.languages.detection import GRAMMARS
from conditions.reading.languages.words import key_of, plain
from conditions.reading.vocabulary.minute_cache import cached_for_minute

TRUTHS = {"true": True, "false": False}
# An attribute with more values than this is only looked up, not listed.
MOST = 5_000
Key = tuple[str, ...]
MayLookUp = Callable[[Attribute], bool]


@dataclass(frozen=True)
class Name:
    """A name of a relation or an attribute; `done`: it names what customers do with the rows.

    `is_new`: it names customers whose attribute is recent, and needs a period.
    """

    code: str
    done: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class Named:
    """A value of an attribute, under a name."""

    attribute: str
    value: str | bool | Mapping[str, str]


class Names:
    """All names of one language, found by their words.

    The registry's names are cached; the shop's names of groups, categories and segments are queried
    each time, so that new ones are understood at once.
    """

    def __init__(
        self, language: str, attributes: Mapping[str, Attribute], may_look_up: MayLookUp
    ) -> None:
        self.attributes = attributes
        labels = tuple(
            (one.code, str(one.label))
            for one in self.attributes.values()
            if not one.has_common_label
        )
        self.names, values = _of_registry(language, labels)
        self.values = {key: list(named) for key, named in values.items()}
        known: dict[int, Sequence[tuple[str, str]]] = {}
        for attribute in self.attributes.values():
            if attribute.choices is None or attribute.too_common:
                continue
            if may_look_up(attribute):
                source = id(attribute.choices)
                if source not in known:
                    known[source] = _choices(attribute)
                for code, name in known[source]:
                    self._add_named(name, Named(attribute.code, code))
        self.longest = max(map(len, (*self.names, *self.values)), default=1)

    @cached_property
    def shown_as(self) -> dict[str, str]:
        """The written forms of names, by the forms that are compared."""
        return {" ".join(key): _written_as[key] for key in self._known_spellings()}

    @cached_property
    def shown(self) -> list[str]:
        """The names that may be offered, in the forms that are compared."""
        return list(self.shown_as)

    def _known_spellings(self) -> Iterator[Key]:
        # Two letters resemble everything. The other number of a name is our own derivation.
        for key in (*self.names, *self.values):
            if len("".join(key)) > 3 and key in _written_as:
                yield key

    def knows(self, word: str) -> bool:
        """Return whether a word is a name by itself."""
        return (word,) in self.names or (word,) in self.values

    @property
    def words(self) -> frozenset[str]:
        """Every word of four letters or more in names, to correct misspelled words."""
        return frozenset(
            word for key in (*self.names, *self.values) for word in key if len(word) >= 4
        )

    def add_value(self, key: Key, named: Named) -> None:
        """Add a value that was found in the shop's data under the words `key`."""
        _add(self.values, key, named)
        self.longest = max(self.longest, len(key))

    def _add_named(self, name: str, named: Named) -> None:
        for key in _keys(name):
            _add(self.values, key, named)

    def texts(self) -> list[Attribute]:
        """Return the attributes whose stored texts need no name in a sentence: cities, brands."""
        return [one for one in self.attributes.values() if isinstance(one.type, TextType)]


def _choices(attribute: Attribute) -> Sequence[tuple[str, str]]:
    """Return the codes of a choice with each name; of open choices those of the newest rows."""
    choices = attribute.choices
    assert choices is not None

    def named(labels: Labels) -> Sequence[tuple[str, str]]:
        own = [(code, name) for code, label in labels.items() for name in (label, code)]
        return [*own, *choices.nicknames(labels)]

    if choices.closed:
        return named(choices.suggest("", MOST))
    # The names are in the language of the sentence.
    key = f"{attribute.code} {get_language()}"
    return cached_for_minute(key, lambda: named(choices.latest(MOST)))


@lru_cache(maxsize=8)
def _of_registry(language: str, labels: tuple[tuple[str, str], ...]) -> tuple[Any, Any]:
    """Return the names of attributes and relations, and of values that we have named."""
    units = GRAMMARS[language].units.values()
    names: dict[Key, list[Name]] = {}
    values: dict[Key, list[Named]] = {}
    codes = {code for code, _label in labels}
    for code, name in registry.names_in(language):
        attribute, equals, value = code.partition("=")
        of = attribute.partition(":")[0]
        if of not in codes and registry.find_relation(of) is None:
            continue
        if equals:
            for key in _keys(name):
                _add(values, key, Named(attribute, TRUTHS.get(value, value)))
        else:
            code, _, kind = code.partition(":")
            _add(names, _keys(name)[0], Name(code, kind == "done", kind == "new"))
    for relation in registry.relations():
        if not relation.written_as or relation.written_as == relation.name:
            _add(names, _keys(str(relation.label))[0], Name(relation.name))
    for code, label in labels:
        short = label.partition(" in ")[0]
        # "Days in the segment" are not all days: "registered for less than 20 days".
        is_unit = any(re.fullmatch(one, plain(short)) for one in units)
        for name in (label,) if is_unit else (label, short):
            _add(names, _keys(name)[0], Name(code))
    for key, found in names.items():
        # "Newsletter" are the subscriptions of that name first, mails only beside a deed.
        found.sort(key=lambda one: one.code != "_".join(key))
    for country, name in all_countries().items():
        _add(values, (country.lower(),), Named("address.country", country))
        for key in _keys(name):
            _add(values, key, Named("address.country", country))
    return names, values


def _add(names: dict[Key, list[Any]], key: Key, what: Name | Named) -> None:
    found = names.setdefault(key, [])
    if key and what not in found:
        found.append(what)


# The written form of a name, by its words.
_written_as: dict[Key, str] = {}


@lru_cache(maxsize=20_000)
def _keys(name: str) -> tuple[Key, ...]:
    """Return the words that find a value: its name, and the name in the other number."""
    key = key_of(name)
    _written_as.setdefault(key, name)
    return tuple(dict.fromkeys((key, *inflected_names(key)))) if key else ()


def inflected_names(key: Key) -> Iterator[Key]:
    """Yield a name in the plural, and in the singular if it has the ending of a plural."""
    if not key or not key[-1].isalpha():
        return
    *before, last = key
    endings = [f"{last}s"]
    if len(last) > 3 and last.endswith("s"):
        endings.append(last[:-1])
    if len(last) > 4 and last.endswith("es"):
        endings.append(last[:-2])
    if last.endswith(("y",)):
        endings.append(f"{last[:-1]}ies")
    for one in endings:
        yield (*before, one)
