"""Who may call what: each view names, for each method, the permissions that it needs."""

from typing import Any

from django.contrib.auth.models import User
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasNamedPermissions(BasePermission):
    """The user holds all that the view's `needs` names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method
        # Where the view does not have the method, it answers 405 itself.
        return bool(request.user.has_perms(view.needs.get(method, ())))


def user_of(request: Request) -> User:
    """Return the user of a request that `HasNamedPermissions` has admitted."""
    assert isinstance(request.user, User)
    return request.user
