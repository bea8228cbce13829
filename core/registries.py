"""Registries by which apps extend others: one for each kind, filled in `AppConfig.ready()`."""

import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core import checks
from django.utils.functional import Promise
from django.utils.translation import gettext as _

T = TypeVar("T")

# A text that users see; a lazy translation shows in the reader's language.
Words = str | Promise

# Names stand in addresses, in XML and in the audit log, and are never what a user typed.
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


def dotted_name(function: Callable[..., Any]) -> str:
    """Return the name of a function that is registered as itself."""
    return f"{function.__module__}.{function.__qualname__}"


_registries: "WeakSet[Registry[Any]]" = WeakSet()


class Registry(Generic[T]):
    """Things of one kind in the order in which they were registered: ours first, then the apps'."""

    def __init__(self, kind: str, name: Callable[[T], str] = attrgetter("name")) -> None:
        self.kind = kind
        self._name = name
        self._found: dict[str, T] = {}
        _registries.add(self)

    def register(self, *things: T) -> None:
        """Add each of `things`.

        Raises ValueError for a name that is taken or is not lower case with dots, and where the
        `permissions` of a thing are a text: each of its letters would be one.
        """
        for one in things:
            self._add(one)

    def _add(self, one: T) -> None:
        name = self._name(one)
        if name in self._found:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a {self.kind}: lower case, digits, _ and .")
        permissions = getattr(one, "permissions", ())
        if isinstance(permissions, str):
            raise ValueError(f"{name!r}: write permissions=({permissions!r},), with a comma")
        self._found[name] = one

    def find(self, name: str) -> T | None:
        """Return the thing of this name, or None."""
        return self._found.get(name)

    def __getitem__(self, name: str) -> T:
        return self._found[name]

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._found.values()))


def check_permissions(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of things that ask for a permission of no model: only superusers would see them."""
    known = {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(get_permission_codename(one, model._meta) for one in model._meta.default_permissions),
            *(codename for codename, _label in model._meta.permissions),
        )
    }
    text = _("The %(kind)s “%(name)s” asks for “%(permission)s”, a permission of no model.")
    hint = _("Write it like “%(example)s”.") % {"example": "customers.view_customer"}
    found = [
        text % {"kind": registry.kind, "name": name, "permission": permission}
        for registry in _registries
        for name, one in registry._found.items()
        for permission in getattr(one, "permissions", ())
        if permission not in known
    ]
    return [checks.Warning(one, hint=hint, id="customers.W002") for one in sorted(found)]
