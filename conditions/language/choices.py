"""Choices: the existing codes of an attribute, and their names."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import Max, Model, QuerySet, TextChoices

from conditions.language.shared_lookups import look_up
from core.access.personal import Kind, kind_of
from customers.models import Category

Labels = Mapping[str, str]
# The codes of each name.
Called = Mapping[str, Sequence[str]]
NEWEST = 20_000


def _itself(names: Collection[str]) -> Called:
    return {name: [name] for name in names}


@dataclass(frozen=True)
class Choices:
    """The codes of a choice. Unknown codes are refused if `closed`, or else cause a warning.

    `labels(codes)` returns the known ones of `codes`, with their names; `suggest(text, limit)`
    known codes with `text` in the code or the name; `called(names)` the codes of exactly these
    names (without it, sentences add the code to a name that differs from it). `latest(limit)`
    returns codes of open choices from the newest rows, in bounded time. `kind` is how personal the
    codes are.
    """

    closed: bool
    labels: Callable[[Collection[str]], Labels]
    suggest: Callable[[str, int], Labels]
    called: Callable[[Collection[str]], Called] = _itself
    latest: Callable[[int], Labels] = lambda limit: {}
    kind: Kind = Kind.OPEN
    # Yields the codes of known labels with further names that merchants type.
    nicknames: Callable[[Labels], Iterable[tuple[str, str]]] = lambda _labels: ()
    # Returns, for those of some codes that have parents in a tree, the parents' names, root first.
    above: Callable[[Collection[str]], Mapping[str, list[str]]] = lambda _codes: {}

    def names(self, codes: Collection[str]) -> Labels:
        """Return `labels(codes)`, shared within `share_lookups`."""
        return look_up(self.labels, codes)

    def codes_by_name(self, names: Collection[str]) -> Called:
        """Return `called(names)`, shared within `share_lookups`."""
        return look_up(self.called, names)

    def unknown(self, codes: Collection[str]) -> list[str]:
        """Return the unknown ones of `codes`, in their order."""
        known = self.names(codes)
        return [code for code in codes if code not in known]


def of_enum(enum: type[TextChoices]) -> Choices:
    """Return the closed choices of an enumeration in Python."""
    return of_options(lambda: {value: str(label) for value, label in enum.choices})


def of_options(options: Callable[[], Labels]) -> Choices:
    """Return the closed choices of a short list."""

    def suggest(text: str, limit: int) -> Labels:
        found = [
            (code, label)
            for code, label in options().items()
            if text.lower() in code.lower() or text.lower() in label.lower()
        ]
        return dict(found[:limit])

    def labels(codes: Collection[str]) -> Labels:
        known = options()
        return {code: known[code] for code in codes if code in known}

    def find_by_name(names: Collection[str]) -> Called:
        return called_by((code, name) for code, name in options().items() if name in names)

    return Choices(closed=True, labels=labels, suggest=suggest, called=find_by_name)


def called_by(codes_and_names: Iterable[tuple[str, str]]) -> Called:
    """Return the codes by name."""
    found: dict[str, list[str]] = {}
    for code, name in codes_and_names:
        found.setdefault(name, []).append(code)
    return found


@cache
def of_model(model: type[Model]) -> Choices:
    """Return the rows of `model` as closed choices, by `code` and `name`."""

    def labels(codes: Collection[str]) -> Labels:
        rows = model._default_manager.filter(code__in=set(codes))
        return dict(rows.values_list("code", "name"))

    def suggest(text: str, limit: int) -> Labels:
        rows = model._default_manager.order_by("name", "code")
        by_code, by_name = rows.filter(code__icontains=text), rows.filter(name__icontains=text)
        return dict((by_code | by_name).values_list("code", "name")[:limit])

    def find_in_table(names: Collection[str]) -> Called:
        rows = model._default_manager.filter(name__in=set(names))
        return called_by(rows.values_list("code", "name"))

    return Choices(closed=True, labels=labels, suggest=suggest, called=find_in_table)


def of_column(model: type[Model], column: str) -> Choices:
    """Return the values that a column has now as open choices; each value is its own name."""

    def labels(codes: Collection[str]) -> Labels:
        if not codes:
            return {}
        connection = connections[model._default_manager.db]
        quote = connection.ops.quote_name
        table = quote(model._meta.db_table)
        field: Any = model._meta.get_field(column)
        own = quote(field.column)
        asked = ", ".join(["(%s)"] * len(codes))
        with connection.cursor() as cursor:
            # The search for a code ends at its first row; `__in` would read every row.
            cursor.execute(
                f"WITH asked (code) AS (VALUES {asked}) SELECT code FROM asked"
                f" WHERE EXISTS (SELECT 1 FROM {table} WHERE {table}.{own} = asked.code)",
                list(codes),
            )
            return {code: code for (code,) in cursor.fetchall()}

    def suggest(text: str, limit: int) -> Labels:
        rows = model._default_manager.filter(**{f"{column}__icontains": text, f"{column}__gt": ""})
        return {
            code: code
            for code in rows.order_by(column).values_list(column, flat=True).distinct()[:limit]
        }

    def latest(limit: int) -> Labels:
        rows = newest(model._default_manager.all()).filter(**{f"{column}__gt": ""}).order_by()
        return {code: code for code in rows.values_list(column, flat=True).distinct()[:limit]}

    kind = kind_of(model, column)
    return Choices(closed=False, labels=labels, suggest=suggest, latest=latest, kind=kind)


def with_names(choices: Choices, names: Mapping[str, Any]) -> Choices:
    """Return open `choices` with `names` of codes, in the active language; others are their own."""

    def named(labels: Labels) -> Labels:
        return {code: str(names.get(code, label)) for code, label in labels.items()}

    def labels(codes: Collection[str]) -> Labels:
        return named(choices.labels(codes))

    def suggest(text: str, limit: int) -> Labels:
        ours = [code for code, name in names.items() if text.lower() in str(name).lower()]
        return dict(list({**labels(ours), **named(choices.suggest(text, limit))}.items())[:limit])

    def latest(limit: int) -> Labels:
        return named(choices.latest(limit))

    def find_by_name(asked: Collection[str]) -> Called:
        # A name of ours may be another code of the shop, too: both are found then.
        found = called_by(
            (code, name) for code, name in labels({*names, *asked}).items() if name in asked
        )
        return {**_itself([one for one in asked if one not in found]), **found}

    return replace(choices, labels=labels, suggest=suggest, latest=latest, called=find_by_name)


def newest(rows: QuerySet[Any], number: int = NEWEST) -> QuerySet[Any]:
    """Return the newest of `rows`, by their keys, at most `number` of them."""
    last = rows.model._default_manager.aggregate(last=Max("pk"))["last"] or 0
    return rows.filter(pk__gt=last - number)


def of_tree(model: type[Model]) -> Choices:
    """Return the rows of `model` as closed choices; they form a tree by `parent`.

    For an empty text, suggestions are in the order of the tree: children follow their parent.
    """
    flat = of_model(model)

    def rows() -> dict[int, tuple[int | None, str, str]]:
        found = model._default_manager.order_by("name", "code")
        return {
            pk: (parent, code, name)
            for pk, parent, code, name in found.values_list("pk", "parent", "code", "name")
        }

    def suggest(text: str, limit: int) -> Labels:
        if text:
            return flat.suggest(text, limit)
        known = rows()
        below: dict[int | None, list[int]] = {}
        for pk, (parent, _code, _name) in known.items():
            below.setdefault(parent, []).append(pk)
        found: dict[str, str] = {}
        waiting = below.get(None, [])[::-1]
        while waiting and len(found) < limit:
            pk = waiting.pop()
            found[known[pk][1]] = known[pk][2]
            waiting += below.get(pk, [])[::-1]
        return found

    def above(codes: Collection[str]) -> Mapping[str, list[str]]:
        known = rows()
        found = {}
        for parent, code, _name in known.values():
            if code not in codes:
                continue
            names: list[str] = []
            while parent is not None and len(names) < len(known):
                parent, _code, name = known[parent]
                names.insert(0, name)
            found[code] = names
        return found

    return replace(flat, suggest=suggest, above=above)


CATEGORIES = of_tree(Category)
