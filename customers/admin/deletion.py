"""The admin's confirmation of a customer's deletion; rows deleted along are only counted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import CASCADE, ForeignObjectRel, Model, Q
from django.http import HttpRequest

from customers.models import Customer


def consequences(
    customers: Sequence[Customer], request: HttpRequest, site: AdminSite
) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
    """Return the names, counts and forbidden models of Django's confirmation page.

    Rows that refer to a customer belong to the customer, so no row is protected from the deletion.
    """
    counts = {str(Customer._meta.verbose_name_plural): len(customers)}
    forbidden = set()
    paths: dict[type[Model], list[str]] = defaultdict(list)
    for model, path in _going_along(Customer):
        paths[model].append(path)
    for model, several in paths.items():
        theirs = Q()
        for path in several:
            theirs |= Q(**{f"{path}__in": customers})
        if number := model._base_manager.filter(theirs).count():
            counts[str(model._meta.verbose_name_plural)] = number
            if site.is_registered(model):
                page = site.get_model_admin(model)
                if not page.has_delete_permission(request):
                    forbidden.add(str(model._meta.verbose_name))
    return [str(one) for one in customers], counts, forbidden, []


def _going_along(model: type[Model], above: str = "") -> Iterator[tuple[type[Model], str]]:
    """Yield each model whose rows a deletion in `model` cascades to, with its lookup to `model`."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.on_delete is not CASCADE:
            continue
        other = relation.related_model
        if other is not model:
            path = f"{relation.field.name}__{above}" if above else relation.field.name
            yield other, path
            yield from _going_along(other, path)
