"""What other apps hang in: each kind of thing has one registry, filled from `AppConfig.ready()`."""

import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Names stand in addresses, in XML and in the audit log, and are never what a user typed.
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


def dotted(function: Callable[..., Any]) -> str:
    """Return the name of a function that is registered as itself."""
    return f"{function.__module__}.{function.__qualname__}"


class Registry(Generic[T]):
    """Things of one kind in the order in which they were registered: ours first, then the apps'."""

    def __init__(self, kind: str, name: Callable[[T], str] = attrgetter("name")) -> None:
        self.kind = kind
        self._name = name
        self._found: dict[str, T] = {}

    def register(self, one: T) -> None:
        """Add `one`; ValueError where its name is taken or is not lower case with dots."""
        name = self._name(one)
        if name in self._found:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a {self.kind}: lower case, digits, _ and .")
        self._found[name] = one

    def find(self, name: str) -> T | None:
        """Return the thing of this name, or None."""
        return self._found.get(name)

    def __getitem__(self, name: str) -> T:
        return self._found[name]

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._found.values()))
