"""The evaluator's data about customers: rows loaded once, without the compiler's queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import ForeignKey, Model, OneToOneRel, QuerySet

from conditions.language.windows import LocalClock
from conditions.sql.place import Relation
from core.clock import checked_clock
from core.database.prepared import rows_by_key
from customers.models import (
    AttributeValue,
    Cart,
    CartItem,
    Category,
    Customer,
    ProductCategory,
)

if TYPE_CHECKING:
    from datetime import datetime

    from conditions.evaluator.given_cart import GivenCart
    from conditions.sql.scope import Scope

T = TypeVar("T")
# Loads something for many customers at once: gets their ids and returns a value by id.
Load = Callable[[Collection[int]], Mapping[int, T]]


@dataclass
class FactStore:
    """The rows of some customers, loaded for all of them at once on the first access."""

    customers: Sequence[Customer]
    _loaded: dict[Any, Any] = field(default_factory=dict)
    # The keys of rows seen so far, by their model: a lookup for one of them is made for all of them
    # at once.
    _met: dict[type[Model], set[int]] = field(default_factory=lambda: defaultdict(set))

    def rows(self, model: type[Model], link: str, related: Iterable[str]) -> dict[int, list[Any]]:
        """Return the rows of `model`, by the id of the customer that `link` leads to."""
        return self.once(("rows", model, link), lambda: self._load(model, link, related))

    def children(
        self, model: type[Model], field_name: str, link: str, related: Iterable[str]
    ) -> dict[int, list[Any]]:
        """Return the rows of `model`, by the id of the row that `field_name` names."""

        def index() -> dict[int, list[Any]]:
            found: dict[int, list[Any]] = defaultdict(list)
            for rows in self.rows(model, link, related).values():
                for row in rows:
                    found[getattr(row, f"{field_name}_id")].append(row)
            return found

        return self.once(("children", model, field_name, link), index)

    def _load(self, model: type[Model], link: str, related: Iterable[str]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        steps = link.split("__")
        referring = _references(model)
        beside = (*related, *(["__".join(steps[:-1])] if steps[1:] else []))

        def rows_of(*ids: int) -> QuerySet[Any]:
            rows = model._default_manager.filter(**{f"{link}__in": ids}).order_by("pk")
            # Without names, `select_related` would follow every foreign key.
            return rows.select_related(*beside) if beside else rows

        for row in _of_some(model, ("rows", link, beside), rows_of, self._customer_ids):
            owner: Any = row
            for step in steps[:-1]:
                owner = getattr(owner, step)
            found[getattr(owner, f"{steps[-1]}_id")].append(row)
            self._met[model].add(row.pk)
            for column, other in referring:
                self._met[other].add(getattr(row, column))
        return found

    def beside(self, relation: OneToOneRel) -> Mapping[int, Any]:
        """Return the rows of a one-to-one relation, by the customer's id."""
        field = relation.field

        def load() -> dict[int, Any]:
            rows = relation.related_model._default_manager.filter(
                **{f"{field.name}__in": self._customer_ids}
            )
            return {getattr(row, field.attname): row for row in rows}

        return self.once(("beside", relation), load)

    def of_customers(self, load: Load[T]) -> Mapping[int, T]:
        """Return the result of `load` for the ids of all customers; it is called once."""
        return self.once(load, lambda: load(self._customer_ids))

    def custom_values(
        self, model: type[AttributeValue], owner: str, owner_id: int
    ) -> dict[int, AttributeValue]:
        """Return the custom values of an owner, by the id of the attribute."""

        def load(ids: set[int]) -> dict[int, dict[int, AttributeValue]]:
            found: dict[int, dict[int, AttributeValue]] = {pk: {} for pk in ids}
            rows = _of_some(
                model,
                ("values", owner),
                lambda *ids: model._default_manager.filter(**{f"{owner}__in": ids}),
                ids,
            )
            for value in rows:
                found[getattr(value, f"{owner}_id")][value.attribute_id] = value
            return found

        return self._of_owner(("values", model), _owner(model, owner), owner_id, load)

    def codes(self, model: type[Model], owner: str, column: str, owner_id: int) -> frozenset[str]:
        """Return the codes of an owner."""

        def load(ids: set[int]) -> dict[int, frozenset[str]]:
            found: dict[int, set[str]] = {pk: set() for pk in ids}

            def rows_of(*ids: int) -> QuerySet[Any, Any]:
                rows = model._default_manager.filter(**{f"{owner}__in": ids})
                return rows.values_list(f"{owner}_id", column)

            for pk, code in _of_some(model, ("codes", owner, column), rows_of, ids):
                found[pk].add(code)
            return {pk: frozenset(codes) for pk, codes in found.items()}

        return self._of_owner(("codes", model, column), _owner(model, owner), owner_id, load)

    def categories_of(self, product_id: int) -> frozenset[str]:
        """Return the codes of a product's own categories."""
        return self.codes(ProductCategory, "product", "category__code", product_id)

    @property
    def parents(self) -> dict[str, str | None]:
        """The code of each category's parent."""
        return self.once(
            "parents", lambda: dict(Category.objects.values_list("code", "parent__code"))
        )

    @property
    def _customer_ids(self) -> list[int]:
        return [customer.pk for customer in self.customers if customer.pk is not None]

    def _of_owner(
        self,
        kind: Any,
        owner: type[Model],
        owner_id: int,
        load: Callable[[set[int]], dict[int, T]],
    ) -> T:
        cache: dict[int, T] = self.once(kind, dict)
        if owner_id not in cache:
            alike = self._customer_ids if owner is Customer else self._met[owner]
            cache.update(load({owner_id, *alike} - set(cache) - {None}))
        return cache[owner_id]

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return the result of `make`, which is called on the first access with `key`."""
        if key not in self._loaded:
            self._loaded[key] = make()
        found: T = self._loaded[key]
        return found


def _of_some(
    model: type[Model],
    name: Hashable,
    build: Callable[..., QuerySet[Any, Any]],
    ids: Collection[int],
) -> Iterable[Any]:
    """Return the rows of `model` that `build` gives for `ids`; see `rows_by_key`."""
    if len(ids) == 1:  # A customer waits at the till: the single query must be fast.
        (one,) = ids
        return rows_by_key((model, name), model._default_manager.db, build, one)
    return build(*ids)


@cache
def _steps(start: str, path: str) -> list[str]:
    return f"{start}{path}".split("__")


@cache
def _rows_beside_customers() -> Mapping[str, OneToOneRel]:
    return {
        relation.name: relation
        for relation in Customer._meta.related_objects
        if isinstance(relation, OneToOneRel)
    }


def _references(model: type[Model]) -> list[tuple[str, type[Model]]]:
    """Return the foreign keys of a model, each with the model that it refers to."""
    return [
        (field.attname, field.related_model)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and isinstance(field.related_model, type)
    ]


def _owner(model: type[Model], name: str) -> type[Model]:
    """Return the model that the foreign key `name` of `model` refers to."""
    found = model._meta.get_field(name).related_model
    assert isinstance(found, type)
    return found


class Read(Protocol):
    """An attribute, as far as facts need it."""

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        """Return the values that `row` has, missing ones left out."""


@dataclass(frozen=True)
class Facts:
    """All facts about one customer, seen from the customer or from one of their rows.

    `given` replaces the stored active carts. `population` is the scope of the segment whose tree is
    judged; None for a tree without a segment.
    """

    customer: Customer
    clock: LocalClock
    store: FactStore
    given: GivenCart | None = None
    relation: Relation | None = None
    population: Scope | None = None
    # Results about the customer, by the key of the first access; `inside` shares it.
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def inside(self, relation: Relation) -> Facts:
        """Return the same facts, seen from a row of `relation`."""
        return self.once(("inside", relation), lambda: replace(self, relation=relation))

    def about(self, population: Scope) -> Facts:
        """Return the same facts, to judge a tree whose ranks are among `population`."""
        return self.once(("about", population), lambda: replace(self, population=population))

    def read(self, attribute: Read, row: Any) -> tuple[Any, ...]:
        """Return the values of `attribute` for `row`, read on the first access."""
        key = attribute, id(row)
        if key not in self._known:
            # Keep the row alive, so that no other row can get its id.
            self._known[key] = row, attribute.read(row, self)
        found: tuple[Any, ...] = self._known[key][1]
        return found

    def loaded(self, load: Load[T]) -> T | None:
        """Return the result of `load` for the customer; it is called once, for all customers."""
        if self.customer.pk is None:
            return None
        return self.store.of_customers(load).get(self.customer.pk)

    def follow(self, row: Any, prefix: str, path: str) -> Any:
        """Return the value at `path`, from the row that has the attributes of `prefix`."""
        start = "" if self.relation is None else self.relation.paths[prefix]
        value = row
        for step in _steps(start, path):
            value = None if value is None else self._step(value, step)
        return value

    def _step(self, row: Any, name: str) -> Any:
        beside = _rows_beside_customers().get(name) if row is self.customer else None
        if beside is not None and not beside.is_cached(row):
            return self.store.beside(beside).get(row.pk)
        try:
            return getattr(row, name)
        except ObjectDoesNotExist:  # such as a customer's wishlist
            return None

    def rows(self, relation: Relation, row: Any = None) -> list[Any]:
        """Return the rows of `relation` that belong to the customer, or to the outer `row`."""
        if self.relation is not None:
            rows = self._of_row(relation, self.relation, row)
            return [one for one in rows if relation.keeps(one)]
        return self.once(("rows", relation), lambda: self._kept_rows(relation))

    def _kept_rows(self, relation: Relation) -> list[Any]:
        rows = self._of_customer(relation)
        return [one for one in rows if relation.top_keeps(one) and relation.keeps(one)]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of `make` for the customer, called on the first access with `key`."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found

    def _of_customer(self, relation: Relation) -> list[Any]:
        stored = self.store.rows(relation.model, relation.link, relation.select_related)
        rows = stored.get(self.customer.pk, [])
        if self.given is None:
            return rows
        if relation.model is Cart:
            return [cart for cart in rows if not cart.is_active] + [self.given.cart]
        if relation.model is CartItem:
            return [item for item in rows if not item.cart.is_active] + self.given.items
        return rows

    def _of_row(self, relation: Relation, outer: Relation, row: Any) -> list[Any]:
        if self.given is not None and row is self.given.cart:
            return list(self.given.items)
        name = relation.inside[outer.name]
        link = f"{name}__{outer.link}"
        stored = self.store.children(relation.model, name, link, relation.select_related)
        return stored.get(row.pk, [])

    def custom_value(
        self, model: type[AttributeValue], owner: str, owner_id: int | None, attribute_id: int
    ) -> AttributeValue | None:
        """Return the value of a custom attribute, or None."""
        if owner_id is None:
            return None
        return self.store.custom_values(model, owner, owner_id).get(attribute_id)

    def codes(
        self, model: type[Model], owner: str, column: str, owner_id: int | None
    ) -> frozenset[str]:
        """Return the codes of an owner; for an owner without an id, those of the given cart."""
        if owner_id is None:
            return self.given.rules if self.given is not None and owner == "cart" else frozenset()
        return self.store.codes(model, owner, column, owner_id)

    def categories_of(self, product_id: int | None) -> frozenset[str]:
        """Return the codes of a product's own categories."""
        return frozenset() if product_id is None else self.store.categories_of(product_id)

    def with_those_above(self, codes: frozenset[str]) -> frozenset[str]:
        """Return `codes` with all categories above them."""
        found: set[str] = set()
        for code in codes:
            at: str | None = code
            while at is not None and at not in found:
                found.add(at)
                at = self.store.parents.get(at)
        return frozenset(found)


def facts_of(
    customers: Sequence[Customer],
    as_of: datetime,
    given: GivenCart | None = None,
    population: Scope | None = None,
) -> list[Facts]:
    """Return the facts of each of `customers` at `as_of`; rows are loaded for all at once.

    `given` and `population` are as `Facts` has them. Raises ValueError for an `as_of` without a
    time zone or too far away.
    """
    store, at = FactStore(customers), checked_clock(as_of)
    return [
        Facts(
            customer,
            LocalClock(at, customer.website.timezone),
            store,
            given,
            population=population,
        )
        for customer in customers
    ]
