"""Which tables a tree reads: a change elsewhere cannot concern whoever is judged by it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conditions import registry
from conditions.sql.sources import UNSEEN, Read, reads_of_relation


class TablesRead:
    """Tells which tables trees read; what it has found of an attribute or a relation it keeps.

    They are what attributes say that they read, not what is stored of that elsewhere (roll-ups).
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Callable[[str], Iterator[Read]], str], frozenset[str | None]] = {}

    def of(self, tree: Any) -> frozenset[str] | None:
        """Return the names of the tables that a tree (as stored, of JSON) reads.

        None where that cannot be told: something in it is not known or not as it should be, or has
        a sub-query that nobody looks into. Trees that it names (`segment`) are not followed.
        """
        try:
            read = frozenset(self._of_node(tree))
        except (AttributeError, KeyError, NotImplementedError, TypeError):
            return None
        return None if None in read else frozenset(name for name in read if name is not None)

    def _of_node(self, node: Mapping[str, Any]) -> Iterator[str | None]:
        value = node.get("value")
        against = value.get("attribute") if isinstance(value, Mapping) else None
        for code in (node.get("attribute"), node.get("of"), against):
            if code is not None:
                yield from self._named(_reads_of_attribute, code)
        if "relation" in node:
            yield from self._named(_reads_of_relation, node["relation"])
        for child in node.get("conditions") or ():
            yield from self._of_node(child)

    def _named(self, reads: Callable[[str], Iterator[Read]], name: str) -> frozenset[str | None]:
        """Return the tables of what `reads` yields for `name`, None for what is not seen."""
        if (reads, name) not in self._known:
            self._known[reads, name] = tables_of(reads(name))
        return self._known[reads, name]


def tables_of(reads: Iterable[Read]) -> frozenset[str | None]:
    """Return the tables of what is read, with None for what nobody looks into."""
    return frozenset(
        None if source == UNSEEN else str(source.model._meta.db_table) for source, _field in reads
    )


def _reads_of_relation(name: str) -> Iterator[Read]:
    return reads_of_relation(registry.relation(name))


def _reads_of_attribute(code: str) -> Iterator[Read]:
    attribute = registry.attribute(code)
    if attribute.relation is not None:
        yield from _reads_of_relation(attribute.relation)
    shop = registry.of_the_shop(code)
    if shop is not None:
        yield from shop.reads()
    else:
        for place in registry.places_of(attribute):
            yield from attribute.reads(place)
