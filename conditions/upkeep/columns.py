"""The columns that a tree reads: a change of other columns cannot change its matches."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from django.db.models import Model

from conditions import registry
from conditions.language.stored_nodes import children_of
from conditions.sql.sources import UNSEEN, Read, reads_of_relation
from core.database.fields import FoldedTextField
from customers.changes.declared import Changed


class ColumnsRead:
    """Finds the columns that trees read, and caches them for each attribute and relation.

    These are the columns that attributes declare, not the roll-ups that store figures of them.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Callable[[str], Iterator[Read]], str], frozenset[Changed | None]]
        self._known = {}

    def of(self, tree: Any) -> frozenset[Changed] | None:
        """Return the columns whose changes may concern a tree (as stored, of JSON).

        None where that is unknown: the tree has something that is unknown or malformed, or a
        sub-query whose columns are not declared. Trees that it names (`segment`) are not followed.
        """
        try:
            read = frozenset(self._of_node(tree))
        except (AttributeError, KeyError, NotImplementedError, TypeError):
            return None
        return None if None in read else frozenset(one for one in read if one is not None)

    def _of_node(self, node: Mapping[str, Any]) -> Iterator[Changed | None]:
        value = node.get("value")
        against = value.get("attribute") if isinstance(value, Mapping) else None
        for code in (*(node.get(key) for key in ("attribute", "of", "at", "per")), against):
            if code is not None:
                yield from self._named(_reads_of_attribute, code)
        if "relation" in node:
            yield from self._named(_reads_of_relation, node["relation"])
        for before, step in pairwise(node.get("steps") or ()):
            if "same" in step:
                for name in (before["relation"], step["relation"]):
                    code = f"{registry.relation(name).prefix}.{step['same']}"
                    yield from self._named(_reads_of_attribute, code)
        for child in children_of(node):
            yield from self._of_node(child)

    def _named(
        self, reads: Callable[[str], Iterator[Read]], name: str
    ) -> frozenset[Changed | None]:
        """Return the columns that `reads` yields for `name`, None for unknown columns."""
        if (reads, name) not in self._known:
            self._known[reads, name] = columns_of(reads(name))
        return self._known[reads, name]


def columns_of(reads: Iterable[Read]) -> frozenset[Changed | None]:
    """Return the columns that are read, and their tables, with None for unknown columns."""
    found: set[Changed | None] = set()
    for source, name in reads:
        if source == UNSEEN:
            found.add(None)
        else:
            table = str(source.model._meta.db_table)
            found |= {(table, None), *((table, one) for one in _with_folded(source.model, name))}
    return frozenset(found)


def _with_folded(model: type[Model], name: str) -> Iterator[str]:
    """Yield the column of a field, its folded copies, and the column that it is a folded copy of.

    SQL that bypasses the models changes the original, and the repair changes the copy.
    """
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    source = field.source if isinstance(field, FoldedTextField) else field.name
    for one in model._meta.concrete_fields:
        if one is field or one.name == source or getattr(one, "source", None) == source:
            yield str(one.column)


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
