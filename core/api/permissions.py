"""Permissions of API requests: each view names the permissions that each method needs."""

from typing import Any

from django.contrib.auth.models import User
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasNamedPermissions(BasePermission):
    """Requires all permissions that the view's `needs` names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method
        # A view without the method responds with 405.
        return bool(request.user.has_perms(view.needs.get(method, ())))


def user_of(request: Request) -> User:
    """Return the user of a request that `HasNamedPermissions` has admitted."""
    assert isinstance(request.user, User)
    return request.user
