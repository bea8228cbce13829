"""Paths with a final slash; some also match without the slash, and none redirects."""

from typing import Any

from django.urls import URLPattern, path
from django.urls.resolvers import RoutePattern
from rest_framework.views import APIView


class _EitherWay(RoutePattern):
    def match(self, path: str) -> Any:
        # Match the path unchanged first: the name at its end may itself end with a slash.
        return super().match(path) or super().match(f"{path}/")


def with_slash(route: str, view: type[APIView], *, name: str) -> URLPattern:
    """Return the URL pattern of `view` at `route`, which matches exactly."""
    return path(route, view.as_view(), name=name)


def either_way(route: str, view: type[APIView], *, name: str) -> URLPattern:
    """Return the URL pattern of `view` at `route`, which ends with a slash, for both spellings.

    The last slash of a path belongs to the route, and any slash before to the name at its end.
    """
    return URLPattern(_EitherWay(route, name=name, is_endpoint=True), view.as_view(), name=name)
