"""Serializers that render an object: each of their fields names something that the object has.

DRF shows null for a field with `allow_null`, and leaves out a field that is not required, where the
object has no attribute of that name: a response stays valid without the value.
"""

import ast
import inspect
import re
import sys
import types
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from django.conf import settings
from django.db import models
from rest_framework import serializers

from core.api.endpoint import Endpoint
from core.api.response_fields import NullNumberField, NullTextField
from core.api.routes.addresses import addresses
from core.resources.serializers import ResourceSerializer
from segmentation_site.tests.api.test_schema import parts_of

# Their values come from the endpoint.
WITHOUT_SOURCE = (NullNumberField, NullTextField)
RENDERED = re.compile(r"[a-z]\(.*\)\.(data|to_representation)\b")


def test_each_field_names_an_attribute_of_the_rendered_object() -> None:
    faults = [
        f"{rendering.__module__}.{rendering.__qualname__}: {fault}"
        for rendering in sorted(renderings(), key=str)
        for fault in faults_of(rendering(), kind_of(rendering))
    ]
    assert faults == [], "\n".join(faults)


def test_serializers_are_found_in_each_of_the_three_ways() -> None:
    """Catches a way that finds none, and leaves the test above nothing to compare."""
    names = {rendering.__name__ for rendering in renderings()}
    assert {"SegmentSerializer", "ExportSerializer", "EvaluationSerializer"} <= names


class Reader:
    """What a misspelled field would be read from."""

    name: str
    friends: list["Reader"]


class NamesSerializer(serializers.Serializer[Reader]):
    """Rightly spelled fields beside wrong ones."""

    name = serializers.CharField()
    nam = serializers.CharField(allow_null=True)
    first = serializers.CharField(source="friends.name", required=False)


class FriendsSerializer(serializers.Serializer[Reader]):
    """The same one level below."""

    friends = NamesSerializer(many=True)


def test_a_misspelled_source_is_noticed_at_every_depth() -> None:
    faults = list(faults_of(NamesSerializer(), kind_of(NamesSerializer)))
    assert [fault.split()[0] for fault in faults] == ["nam", "first"]
    assert list(faults_of(FriendsSerializer(), kind_of(FriendsSerializer))) == faults


def renderings() -> set[Any]:
    """Return the serializers that the product renders an object by."""
    # The addresses first: they import the modules of all resources.
    views = {one.view for one in addresses() if issubclass(one.view, Endpoint)}
    found: set[Any] = {one for one in subclasses(ResourceSerializer) if hasattr(one, "Meta")}
    for view in views:
        for method, operation in view.operations.items():
            serializer: Any = operation.answer.serializer
            if serializer is not None and "self.render" in inspect.getsource(
                getattr(view, method.lower())
            ):
                found.update(parts_of(serializer))
    for module in list(sys.modules.values()):
        if not is_of_product(module) or not RENDERED.search(source_of(module)):
            continue
        for node in ast.walk(ast.parse(source_of(module))):
            match node:
                case ast.Attribute(ast.Call(ast.Name(name)), "data" | "to_representation"):
                    found.add(vars(module).get(name))
    return {
        one for one in found if isinstance(one, type) and issubclass(one, serializers.Serializer)
    }


def subclasses(parent: Any) -> Iterator[Any]:
    for one in parent.__subclasses__():
        if is_of_product(sys.modules[one.__module__]):
            yield one
        yield from subclasses(one)


def is_of_product(module: types.ModuleType) -> bool:
    path = Path(getattr(module, "__file__", None) or "/")
    if not path.is_relative_to(settings.BASE_DIR):
        return False
    return not {"tests", ".venv", "conftest.py"} & {*path.relative_to(settings.BASE_DIR).parts}


def source_of(module: types.ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


@cache
def classes_of(module: types.ModuleType) -> dict[str, ast.ClassDef]:
    found = ast.parse(source_of(module)).body
    return {one.name: one for one in found if isinstance(one, ast.ClassDef)}


def kind_of(serializer: Any) -> Any:
    """Return the class of the objects that a serializer renders; Any where it declares none.

    `Meta.model` declares it, and the parameter of `Serializer[Order]`. DRF forgets the parameter
    while the class is made, so it is read from the source.
    """
    for one in serializer.__mro__:
        if meta := vars(one).get("Meta"):
            return meta.model
        if one is serializers.Serializer:
            break
        module = sys.modules[one.__module__]
        for base in classes_of(module)[one.__name__].bases:
            if isinstance(base, ast.Subscript):
                return eval(ast.unparse(base.slice), vars(module))
    return Any


def faults_of(serializer: Any, kind: Any) -> Iterator[str]:
    """Yield a sentence about each field whose source an object of `kind` does not have."""
    if kind is Any:
        yield f"{type(serializer).__name__} declares no class of the objects that it renders"
        return
    for name, field in serializer.fields.items():
        if field.write_only or isinstance(field, WITHOUT_SOURCE):
            continue
        found = kind
        for part in [] if reads_the_object(field) else field.source_attrs:
            if found is not None:
                found = attribute(found, part)
        if found is None:
            yield f"{name} reads “{field.source}”, which no {kind.__name__} has"
        elif isinstance(field, serializers.SerializerMethodField):
            if not hasattr(serializer, str(field.method_name)):
                yield f"{name} calls {field.method_name}, which the serializer lacks"
        else:
            rendered = getattr(field, "child", field)
            if isinstance(rendered, serializers.Serializer):
                declared = kind_of(type(rendered))
                inferred = found if rendered is field else element_of(found)
                yield from faults_of(rendered, inferred if declared is Any else declared)


def reads_the_object(field: Any) -> bool:
    """Return whether a field reads the object by code of its own."""
    method = type(field).get_attribute
    if method.__module__.startswith("rest_framework"):
        return False
    return "super().get_attribute" not in inspect.getsource(method)


def attribute(kind: Any, name: str) -> Any:
    """Return the class of an attribute of an object of `kind`, Any where nobody declares it.

    None where there is no such attribute.
    """
    kind = without_none(kind)
    if get_origin(kind) is Annotated:
        # A model whose queryset adds the values of a TypedDict.
        model, annotations = get_args(kind)
        return attribute(annotations, name) or attribute(model, name)
    origin = get_origin(kind) or kind
    if is_typeddict(kind):
        return get_type_hints(kind).get(name)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return (*get_args(kind), Any, Any)[1]
    if isinstance(origin, type) and issubclass(origin, list):
        return Any if hasattr(models.QuerySet, name) else None
    if not isinstance(kind, type):
        return None
    if issubclass(kind, models.Model):
        meta: Any = kind._meta
        related = {one.get_accessor_name(): one for one in meta.related_objects}
        columns = {one.name: one for one in meta.get_fields() if not one.auto_created}
        if column := columns.get(name) or related.get(name):
            many = column.one_to_many or column.many_to_many
            related_model = column.related_model or Any
            return types.GenericAlias(list, related_model) if many else related_model
    found = inspect.getattr_static(kind, name, None)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, cached_property):
        found = found.func
    if inspect.isfunction(found):
        return get_type_hints(found).get("return", Any)
    hints = get_type_hints(kind)
    return hints.get(name, None if found is None else Any)


def without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return rest[0] if len(rest) == 1 else kind
    return kind


def element_of(kind: Any) -> Any:
    return (*get_args(without_none(kind)), Any)[0]
