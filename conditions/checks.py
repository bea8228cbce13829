"""A system check: whatever conditions read is declared, so that segments follow it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.translation import gettext as _

from conditions import registry
from conditions.attribute import Attribute
from conditions.registry import Family
from conditions.sql.place import Relation
from conditions.sql.sources import OF_CUSTOMER, Read, Source, at_end, of_relation, reads_of_relation
from customers.changes.declared import Marked, declared
from customers.changes.following import followed


def check_declared(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find families that read what no change marks: segments would not follow it."""
    marked = {one.model: one for one in declared()}
    found: dict[tuple[Any, ...], checks.CheckMessage] = {}
    for family in registry.families():
        for name, reads in _readers(family):
            try:
                for source, field in reads():
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


def _readers(family: Family) -> Iterator[tuple[str, Callable[[], Iterator[Read]]]]:
    """Yield relations and attributes, each by its name, with what gives all that it reads."""
    for relation in family.relations:
        yield relation.name, partial(reads_of_relation, relation)
    relations = registry.relations()
    for attribute in family.attributes:
        for source in _places(attribute, relations):
            yield attribute.code, partial(attribute.reads, source)
    for shop in family.of_the_shop:
        yield f"{shop.prefix}…", shop.reads


def _places(attribute: Attribute, relations: list[Relation]) -> list[Source]:
    """Return the rows that the attribute may be asked of, seen from each relation that has it."""
    if attribute.relation is None:
        return [OF_CUSTOMER]
    return [
        at_end(of_relation(relation), relation.paths[attribute.prefix])
        for relation in relations
        if attribute.prefix in relation.paths
    ]


def _problem(
    marked: Marked | None, source: Source, field: str, name: str
) -> checks.CheckMessage | None:
    said = {"attribute": name, "model": source.model._meta.label}
    if marked is None or not marked.marks or not _covers(marked, source):
        text = _(
            "Segments would not follow “%(attribute)s”: nothing marks the customers of a "
            "changed %(model)s."
        )
        return checks.Error(text % said, hint=_hint(source), id="conditions.E001")
    if not marked.counts(field) and field != _key(source.model):
        text = _(
            "Segments would not follow “%(attribute)s”: a change of “%(field)s” of "
            "%(model)s marks nobody."
        )
        hint = _hint(source, fields=(field,))
        return checks.Error(text % (said | {"field": field}), hint=hint, id="conditions.E002")
    return None


def _covers(marked: Marked, source: Source) -> bool:
    everybody = not marked.paths and not marked.by
    if everybody or source.path in marked.paths or source.by in marked.by:
        return True
    by = source.by
    # The customer of whoever refers to the row is the row's own.
    return by is not None and followed(by.model, by.field, source.model) in marked.paths


def _hint(source: Source, fields: tuple[str, ...] = ()) -> str:
    """Return what is to be written."""
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
