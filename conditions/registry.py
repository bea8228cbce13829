"""All attributes and relations that conditions can use, in families, by their public names.

An app registers a family from its `AppConfig.ready()`; form, API, validator, compiler, evaluator
and sentence all read it from here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conditions.attribute import Attribute
from conditions.language.operators import Words
from conditions.language.shared_lookups import load_shared
from conditions.sql.place import Relation
from conditions.sql.sources import OF_CUSTOMER, Read, Source, at_end, of_relation
from core.problems import Problem


class AttributesOfTheShop(Protocol):
    """Attributes that the shop defines while Tranche runs, all with the same prefix."""

    @property
    def prefix(self) -> str:
        """The prefix of the codes of all of them."""

    def find(self, code: str) -> Attribute | None:
        """Return the attribute `code`, or None."""

    def all(self) -> Iterable[Attribute]:
        """Return all attributes, in the order of the builder's menu."""

    def reads(self) -> Iterator[Read]:
        """Yield every column that their values come from."""

    def state(self) -> Hashable:
        """Return a state that stays equal for as long as each of them keeps its meaning."""


class RefusesAttributes(Protocol):
    """Optional for `AttributesOfTheShop`: the reason why a code is refused, not just unknown."""

    def refusal_of(self, code: str) -> Problem | None:
        """Return why conditions may not use the attribute `code`; None where it is not refused."""


@dataclass(frozen=True)
class Beginning:
    """A first condition that the builder offers, such as "Has not ordered in the last … days".

    `node` is a node of the tree; the builder then asks for a value that is left out. `search_words`
    are further words by which users find it.
    """

    label: Words
    node: Mapping[str, Any]
    search_words: Words = ""


def rows(relation: str, aggregate: str, *conditions: Any) -> dict[str, Any]:
    """Return a node about the rows of `relation` that satisfy all of `conditions`."""
    node = {"relation": relation, "aggregate": aggregate}
    return node | {"match": "all", "conditions": list(conditions)} if conditions else node


@dataclass(frozen=True)
class Family:
    """Attributes, and the relations they belong to, that form a section of the builder's menu.

    The menu shows `beginnings` before them.
    """

    label: Words
    attributes: Sequence[Attribute] = ()
    relations: Sequence[Relation] = ()
    of_the_shop: Sequence[AttributesOfTheShop] = ()
    beginnings: Sequence[Beginning] = ()


_families: list[Family] = []
_names: list[tuple[str, Mapping[str, str]]] = []
_attributes: dict[str, Attribute] = {}
_relations: dict[str, Relation] = {}


def register(family: Family) -> None:
    """Add `family`; raises ValueError where one of its names is taken or refers to nothing."""
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


def add_names(language: str, names: Mapping[str, str]) -> None:
    """Add the words that merchants use in `language` (`en`), so that sentences with them are read.

    `names` maps a key to the names of what it stands for, separated by commas. A key is the name of
    a relation; a relation and `:done`, what customers do with its rows ("sales:done": "bought,
    ordered"); a date's code and `:new`, customers whose date is recent ("new customers"), read only
    with a period; an attribute's code; a code, `=` and one of its values ("customer.gender=female":
    "women"). Labels are known without being added. Names of anything that is not registered are
    ignored.
    """
    _names.append((language, names))


def names_in(language: str) -> Iterator[tuple[str, str]]:
    """Yield (key, name) for every name in `language`; names added last come first.

    Where two things share a name, the thing whose app added the name explicitly comes first.
    """
    for known, names in reversed(_names):
        if known == language:
            for key, listed in names.items():
                for name in listed.split(","):
                    yield key, " ".join(name.split())


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
    """Return the attribute `code`; None where it does not exist (any more)."""
    if code in _attributes:
        return _attributes[code]
    source = of_the_shop(code)
    if source is None:
        return None
    shared = _load_shared(source)
    return source.find(code) if shared is None else shared.get(code)


def of_the_shop(code: str) -> AttributesOfTheShop | None:
    """Return the source of the shop's attribute `code`; None for a fixed attribute."""
    if code in _attributes:
        return None
    sources = (source for family in _families for source in family.of_the_shop)
    return next((source for source in sources if code.startswith(source.prefix)), None)


def refusal_of(code: str) -> Problem | None:
    """Return why the unknown attribute `code` is refused; None where it is merely unknown."""
    refuse = getattr(of_the_shop(code), "refusal_of", None)
    found: Problem | None = None if refuse is None else refuse(code)
    return found


def is_fixed(code: str) -> bool:
    """Return whether the attribute `code` is defined in Python, not by the shop."""
    return code in _attributes


def attributes_of_same_source(code: str) -> list[Attribute]:
    """Return the shop's own attributes from the same source as `code`, including `code`."""
    source = of_the_shop(code)
    if source is None:
        return []
    shared = _load_shared(source)
    return list(source.all() if shared is None else shared.values())


def _load_shared(source: AttributesOfTheShop) -> Mapping[str, Attribute] | None:
    """Return all attributes of `source` by code within `share_lookups`; None outside of it."""
    return load_shared(
        ("attributes", source.prefix), lambda: {one.code: one for one in source.all()}
    )


def prefixes_of_the_shop() -> list[str]:
    """Return the prefixes of the codes of attributes that the shop defines."""
    return [source.prefix for family in _families for source in family.of_the_shop]


def state_of_the_shop(prefix: str) -> Hashable:
    """Return the state of the shop's attributes of this prefix, for a later comparison."""
    found = (source for family in _families for source in family.of_the_shop)
    return next(source.state() for source in found if source.prefix == prefix)


def attribute(code: str) -> Attribute:
    """Return the attribute `code`; raises KeyError where it does not exist."""
    found = find_attribute(code)
    if found is None:
        raise KeyError(code)
    return found


def find_relation(name: str) -> Relation | None:
    """Return the relation `name`, or None."""
    return _relations.get(name)


def relation(name: str) -> Relation:
    """Return the relation `name`; raises KeyError where it does not exist."""
    return _relations[name]


def places_of(attribute: Attribute) -> list[Source]:
    """Return the rows that have `attribute`, seen from each relation that offers it."""
    if attribute.relation is None:
        return [OF_CUSTOMER]
    return [
        at_end(of_relation(one), one.paths[attribute.prefix])
        for one in _relations.values()
        if attribute.prefix in one.paths
    ]
