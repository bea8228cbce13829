"""Addresses that end with a slash; some are answered without it too, never by a redirect."""

from typing import Any

from django.urls import URLPattern, path
from django.urls.resolvers import RoutePattern
from rest_framework.views import APIView


class _EitherWay(RoutePattern):
    def match(self, path: str) -> Any:
        # First as it stands: what the address names may itself end with a slash.
        return super().match(path) or super().match(f"{path}/")


def with_slash(route: str, view: type[APIView], *, name: str) -> URLPattern:
    """Return the address `route` of `view`, answered as it stands."""
    return path(route, view.as_view(), name=name)


def either_way(route: str, view: type[APIView], *, name: str) -> URLPattern:
    """Return the address `route`, which ends with a slash, of `view`.

    One last slash belongs to the address, any other one to what is named at its end.
    """
    return URLPattern(_EitherWay(route, name=name, is_endpoint=True), view.as_view(), name=name)
