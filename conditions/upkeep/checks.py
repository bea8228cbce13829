"""System checks: all data that conditions read are declared, and columns fit their types."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    GeneratedField,
    IntegerField,
    Model,
    TextField,
)
from django.utils.translation import gettext as _

from conditions import registry
from conditions.bases.column import Column
from conditions.language import types
from conditions.registry import Family
from conditions.sql.sources import (
    UNSEEN,
    Read,
    Source,
    end_of,
    reads_of_relation,
)
from core.database.fields import ExactDecimalField, FoldedTextField
from customers.changes.declared import Marked, declared, marked_by_writers
from customers.changes.following import copied_foreign_key

# The fields that hold the values of a type, in its own units. Whole numbers cannot hold NUMBER and
# MONEY, since Django would truncate the bounds of comparisons to whole numbers.
FIELDS: Mapping[types.ValueType, tuple[type[Field[Any, Any]], ...]] = {
    types.TEXT: (CharField, TextField),
    types.CHOICE: (CharField, TextField),
    types.INTEGER: (IntegerField,),
    types.NUMBER: (ExactDecimalField,),
    types.MONEY: (ExactDecimalField,),
    types.BOOLEAN: (BooleanField,),
    types.DATE: (DateField,),
    types.DATETIME: (DateTimeField,),
    # Several values at a time, or no stored value.
    types.SET: (),
    types.CATEGORY: (),
    types.SEGMENT: (),
    types.PART: (),
}


def check_declared(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find families that read undeclared columns, whose changes segments would not follow."""
    marked = {one.model: one for one in (*declared(), *marked_by_writers())}
    found: dict[tuple[Any, ...], checks.CheckMessage] = {}
    for family in registry.families():
        for name, reads in _readers(family):
            try:
                for source, field in reads():
                    if source == UNSEEN:
                        continue
                    problem = _problem(marked.get(source.model), source, field, name)
                    if problem:
                        found.setdefault((problem.id, problem.hint), problem)
            except NotImplementedError:
                text = _("“%(attribute)s” does not say what it reads.") % {"attribute": name}
                hint = _("Define “reads” in its class.")
                found[name,] = checks.Error(text, hint=hint, id="conditions.E003")
            except FieldDoesNotExist as error:
                found[name,] = checks.Error(f"“{name}”: {error}", id="conditions.E004")
    return list(found.values())


def check_columns(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find attributes whose columns hold values of another type than the attribute's."""
    found: dict[str, checks.CheckMessage] = {}
    for attribute in (one for family in registry.families() for one in family.attributes):
        if not isinstance(attribute, Column) or attribute.type not in FIELDS:
            continue
        for source in registry.places_of(attribute):
            for path in attribute.paths:
                try:
                    problem = _misfit(attribute, source, path)
                except FieldDoesNotExist:
                    continue  # Named by `check_declared`, which follows the path too.
                if problem:
                    found.setdefault(attribute.code, problem)
    return list(found.values())


def _misfit(attribute: Column, source: Source, path: str) -> checks.CheckMessage | None:
    if attribute.type is types.TEXT:
        return _text_misfit(attribute, source, path)
    return _column_misfit(attribute, source, path, FIELDS[attribute.type])


def _text_misfit(attribute: Column, source: Source, path: str) -> checks.CheckMessage | None:
    try:
        problem = _column_misfit(attribute, source, path, FIELDS[attribute.type])
    except FieldDoesNotExist:
        problem = None  # A part of a text is stored folded only; a property computes it.
    return problem or _column_misfit(attribute, source, f"{path}_folded", (FoldedTextField,))


def _column_misfit(
    attribute: Column, source: Source, path: str, right: tuple[type[Field[Any, Any]], ...]
) -> checks.CheckMessage | None:
    model, field, behind = end_of(source, path)
    said = {
        "attribute": attribute.code,
        "type": attribute.type.name.upper(),
        "column": f"{model._meta.label}.{field.name}",
        "field": type(field).__name__,
        "path": path,
    }
    if behind:
        text = _("“%(attribute)s”: the path “%(path)s” goes on behind the column %(column)s.")
        hint = _("Only foreign keys and rows one to one lead on; a path has no lookups.")
        return checks.Error(text % said, hint=hint, id="conditions.E006")
    if _holds(field, right):
        return None
    text = _("“%(attribute)s” is of types.%(type)s, but %(column)s is a %(field)s.")
    hint = (
        _("types.%(type)s needs one of these fields: %(fields)s.")
        if right
        else _("A Column is never of types.%(type)s: see conditions/bases.")
    )
    hint %= said | {"fields": ", ".join(one.__name__ for one in right)}
    fitting = [one for one in FIELDS if _holds(field, FIELDS[one])]
    if fitting and attribute.type not in fitting:
        hint += " " + _("This field fits %(types)s.") % {
            "types": ", ".join(f"types.{one.name.upper()}" for one in fitting)
        }
    return checks.Error(text % said, hint=hint, id="conditions.E005")


def _holds(field: Any, right: tuple[type[Field[Any, Any]], ...]) -> bool:
    if isinstance(field, GeneratedField):
        field = field.output_field
    if isinstance(field, DateTimeField):  # Django's DateTimeField is a DateField, too.
        return DateTimeField in right
    return isinstance(field, right)


def _readers(family: Family) -> Iterator[tuple[str, Callable[[], Iterator[Read]]]]:
    """Yield each relation and attribute by name, with a function that returns all its reads."""
    for relation in family.relations:
        yield relation.name, partial(reads_of_relation, relation)
    for attribute in family.attributes:
        for source in registry.places_of(attribute):
            yield attribute.code, partial(attribute.reads, source)
    for shop in family.of_the_shop:
        yield f"{shop.prefix}…", shop.reads


def _problem(
    marked: Marked | None, source: Source, field: str, name: str
) -> checks.CheckMessage | None:
    said = {"attribute": name, "model": source.model._meta.label}
    if marked is None or not marked.marks or not _covers(marked, source):
        text = _(
            "Segments would not follow “%(attribute)s”: nothing marks the customers of a "
            "changed %(model)s."
        )
        return checks.Error(text % said, hint=_declaration_hint(source), id="conditions.E001")
    if not marked.counts(field) and field != _key(source.model):
        text = _(
            "Segments would not follow “%(attribute)s”: a change of “%(field)s” of "
            "%(model)s marks nobody."
        )
        hint = _declaration_hint(source, fields=(field,))
        return checks.Error(text % (said | {"field": field}), hint=hint, id="conditions.E002")
    return None


def _covers(marked: Marked, source: Source) -> bool:
    everybody = not marked.paths and not marked.by
    if everybody or source.path in marked.paths or source.by in marked.by:
        return True
    by = source.by
    # A row that refers to this row belongs to the same customer.
    return by is not None and copied_foreign_key(by.model, by.field, source.model) in marked.paths


def _declaration_hint(source: Source, fields: tuple[str, ...] = ()) -> str:
    """Return the declaration to add."""
    words = [source.model.__name__]
    if source.path is not None:
        words.append(f'("{source.path}",)')
    elif source.by is not None:
        by = source.by
        own = "" if by.own == "pk" else f', "{by.own}"'
        words.append(f'by=(By({by.model.__name__}, "{by.field}"{own}),)')
    if fields:
        words.append(f"fields={fields!r}".replace("'", '"'))
    return _("In the app's “ready()”: %(code)s from customers.changes.declared; then migrate.") % {
        "code": f"declare(Marked({', '.join(words)}))"
    }


def _key(model: type[Model]) -> str:
    return model._meta.pk.name
