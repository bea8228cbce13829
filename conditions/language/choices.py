"""Where the codes of choices come from: which there are, what they are called."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db.models import Model, TextChoices

from customers.models import Category
from customers.personal import Kind, kind_of

Labels = Mapping[str, str]
FEW = 10


@dataclass(frozen=True)
class Choices:
    """The codes of a choice. A closed one refuses unknown codes, an open one warns of them.

    `labels(codes)` gives those of `codes` that are known, with their names; `suggest(text, limit)`
    known ones whose code or name has `text` in it. `kind` says how personal these are.
    """

    closed: bool
    labels: Callable[[Collection[str]], Labels]
    suggest: Callable[[str, int], Labels]
    kind: Kind = Kind.OPEN

    def unknown(self, codes: Collection[str]) -> list[str]:
        """Return those of `codes` that are not known, in their order."""
        known = self.labels(codes)
        return [code for code in codes if code not in known]


def of_enum(enum: type[TextChoices]) -> Choices:
    """Return the closed choices of an enumeration in the code."""
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

    return Choices(closed=True, labels=labels, suggest=suggest)


def of_model(model: type[Model]) -> Choices:
    """Return the closed choices that the rows of `model` are, by `code` and `name`."""

    def labels(codes: Collection[str]) -> Labels:
        rows = model._default_manager.filter(code__in=set(codes))
        return dict(rows.values_list("code", "name"))

    def suggest(text: str, limit: int) -> Labels:
        rows = model._default_manager.order_by("name", "code")
        by_code, by_name = rows.filter(code__icontains=text), rows.filter(name__icontains=text)
        return dict((by_code | by_name).values_list("code", "name")[:limit])

    return Choices(closed=True, labels=labels, suggest=suggest)


def of_column(model: type[Model], column: str) -> Choices:
    """Return the open choices that stand in a column now, named as they are written."""

    def labels(codes: Collection[str]) -> Labels:
        rows = model._default_manager.order_by()
        if len(codes) <= FEW:
            # What is there is found at its first row; to look for all at once reads every row.
            known = [code for code in codes if rows.filter(**{column: code}).exists()]
        else:
            found = rows.filter(**{f"{column}__in": list(codes)})
            known = list(found.values_list(column, flat=True).distinct())
        return {code: code for code in known}

    def suggest(text: str, limit: int) -> Labels:
        rows = model._default_manager.filter(**{f"{column}__icontains": text, f"{column}__gt": ""})
        return {
            code: code
            for code in rows.order_by(column).values_list(column, flat=True).distinct()[:limit]
        }

    return Choices(closed=False, labels=labels, suggest=suggest, kind=kind_of(model, column))


CATEGORIES = of_model(Category)
