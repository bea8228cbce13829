"""Which permissions the calls of the API ask for."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from customers.personal import PERMISSION
from customers.rest.endpoint import Endpoint


def permissions_of_calls() -> set[str]:
    """Return them as "app.codename", with those by which an answer shows more."""
    patterns: Any = get_resolver().url_patterns
    found = {PERMISSION, "segments.export_raw_members"}
    for api in patterns:
        if getattr(api, "namespace", "") == "api":
            for view in _views(api.url_patterns):
                for operation in view.operations.values():
                    found.update(operation.needs)
    return found


def _views(patterns: Iterable[Any]) -> Iterator[type[Endpoint]]:
    for one in patterns:
        if isinstance(one, URLPattern):
            view: Any = getattr(one.callback, "view_class", object)
            if issubclass(view, Endpoint):
                yield view
        else:
            yield from _views(one.url_patterns)
