"""All that conditions can be about: families of attributes and relations, by their public names.

An app registers a family from its `AppConfig.ready()`; form, API, validator, compiler, evaluator
and sentence all read it from here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from conditions.attribute import Attribute
from conditions.language.operators import Words
from conditions.sql.place import Relation
from conditions.sql.sources import Read


class AttributesOfTheShop(Protocol):
    """Attributes that the shop defines while Tranche runs, all with the same beginning."""

    @property
    def prefix(self) -> str:
        """What the codes of all of them begin with."""

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None."""

    def all(self) -> Iterable[Attribute]:
        """Return all of them, in the order of the builder's menu."""

    def reads(self) -> Iterator[Read]:
        """Yield every column that their values come from."""

    def state(self) -> Hashable:
        """Return what they are made of: the same for as long as each of them means the same."""


@dataclass(frozen=True)
class Family:
    """Attributes (and the relations they come with) that stand together in the builder's menu."""

    label: Words
    attributes: Sequence[Attribute] = ()
    relations: Sequence[Relation] = ()
    of_the_shop: Sequence[AttributesOfTheShop] = ()


_families: list[Family] = []
_attributes: dict[str, Attribute] = {}
_relations: dict[str, Relation] = {}


def register(family: Family) -> None:
    """Add `family`; ValueError where one of its names is taken or leads nowhere."""
    for relation in family.relations:
        if relation.name in _relations:
            raise ValueError(f"relation {relation.name!r} is registered twice")
        _relations[relation.name] = relation
    for attribute in family.attributes:
        if attribute.code in _attributes:
            raise ValueError(f"attribute {attribute.code!r} is registered twice")
        if attribute.relation is not None and attribute.relation not in _relations:
            raise ValueError(f"{attribute.code!r} names no relation: {attribute.relation!r}")
        _attributes[attribute.code] = attribute
    _families.append(family)


def families() -> list[Family]:
    """Return the families in the order of the builder's menu."""
    return list(_families)


def attributes() -> list[Attribute]:
    """Return every attribute, those of the shop included."""
    found: list[Attribute] = []
    for family in _families:
        found.extend(family.attributes)
        for source in family.of_the_shop:
            found.extend(source.all())
    return found


def relations() -> list[Relation]:
    """Return every relation."""
    return list(_relations.values())


def find_attribute(code: str) -> Attribute | None:
    """Return the attribute `code`; None where there is none (any more)."""
    if code in _attributes:
        return _attributes[code]
    for family in _families:
        for source in family.of_the_shop:
            if code.startswith(source.prefix):
                return source.find(code)
    return None


def prefixes_of_the_shop() -> list[str]:
    """Return what the codes of the attributes that the shop defines begin with."""
    return [source.prefix for family in _families for source in family.of_the_shop]


def state_of_the_shop(prefix: str) -> Hashable:
    """Return what the shop's attributes of this prefix are made of, to be compared later."""
    found = (source for family in _families for source in family.of_the_shop)
    return next(source.state() for source in found if source.prefix == prefix)


def attribute(code: str) -> Attribute:
    """Return the attribute `code`, which is known to exist; KeyError where it does not."""
    found = find_attribute(code)
    if found is None:
        raise KeyError(code)
    return found


def find_relation(name: str) -> Relation | None:
    """Return the relation `name`, or None."""
    return _relations.get(name)


def relation(name: str) -> Relation:
    """Return the relation `name`, which is known to exist; KeyError where it does not."""
    return _relations[name]
