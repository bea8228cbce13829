"""All addresses of the API, of every part, and the permissions that their calls require."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from rest_framework.views import APIView

from core.access.personal import PERMISSION
from core.api.endpoint import Endpoint


@dataclass(frozen=True)
class Address:
    """An address: its pattern below /api/v1/, its name (reversed as "api:NAME"), what answers."""

    route: str
    name: str | None
    view: type[APIView]


def addresses() -> Iterator[Address]:
    """Yield each of them, the one that answers where there is none included (without a name)."""
    patterns: Any = get_resolver().url_patterns
    (api,) = (one for one in patterns if getattr(one, "namespace", "") == "api")
    yield from _below(api.url_patterns, "")


def _below(patterns: Iterable[Any], before: str) -> Iterator[Address]:
    for one in patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLPattern):
            callback: Any = one.callback
            yield Address(route, one.name, callback.view_class)
        else:
            yield from _below(one.url_patterns, route)


def permissions_of_calls() -> set[str]:
    """Return the permissions of calls (app.codename), also those that only show more."""
    found = {PERMISSION, "customers.view_order", "segments.export_raw_members"}
    for address in addresses():
        if issubclass(address.view, Endpoint):
            for operation in address.view.operations.values():
                found.update(operation.needs)
    return found
