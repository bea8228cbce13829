"""A system check that the declarations lead to customers by existing columns."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from customers.changes.declared import Marked, declared
from customers.models import Customer


def check_marked(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find declarations for which no triggers can be made."""
    known = {one.model for one in declared()}
    found: list[checks.CheckMessage] = []
    for marked in declared():
        for name, fault, hint in _faults(marked, known):
            text = _("What is declared of %(model)s marks nobody by “%(name)s”: %(fault)s.")
            said = {"model": marked.model._meta.label, "name": name, "fault": fault}
            found.append(checks.Error(text % said, hint=hint, id="customers.E001"))
    return found


def _faults(marked: Marked, known: set[type[models.Model]]) -> Iterator[tuple[str, str, str]]:
    """Yield each wrong name of a declaration, with its fault and a hint."""
    to_customer = _("A path goes by foreign keys from a row to its customer, such as “customer”.")
    for path in marked.paths:
        if fault := _not(_leads_to_customer, marked.model, path):
            yield path, fault, to_customer
    column = _("Name a column of the model itself, without lookups.")
    for name in marked.fields:
        if fault := _not(_is_column, marked.model, name):
            yield name, fault, column
    for one in marked.by:
        label = one.model._meta.label
        if one.model not in known:
            yield label, _("it is not declared itself"), _("Declare %s too.") % label
        for model, name in ((one.model, one.field), (marked.model, one.own)):
            if fault := _not(_is_column, model, name):
                yield name, fault, column


def _not(
    test: Callable[[type[models.Model], str], str], model: type[models.Model], name: str
) -> str:
    """Return the fault that `test` finds in `name`; an empty text where there is none."""
    try:
        return test(model, name)
    except FieldDoesNotExist as error:
        return str(error)


def _is_column(model: type[models.Model], name: str) -> str:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    is_one = field in model._meta.concrete_fields
    return "" if is_one else _("it is no column of %s") % model._meta.label


def _leads_to_customer(model: type[models.Model], path: str) -> str:
    name, _point, rest = path.partition("__")
    field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        assert isinstance(target, type)
        if field.target_field is not target._meta.pk:
            return _("“%s” refers to another column than the key") % field.name
        return _leads_to_customer(target, rest or "pk")
    if field is not model._meta.pk or rest:
        return _("“%s” is no foreign key") % name
    is_customer = model._meta.concrete_model is Customer
    return "" if is_customer else _("it leads to %s") % model._meta.label
