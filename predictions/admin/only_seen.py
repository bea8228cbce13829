"""A mixin for read-only admins of predictions."""

from typing import Any, ClassVar

from django.http import HttpRequest

VIEW = "predictions.view_scores"


class OnlySeen:
    """A mixin for an admin: users with `needed` see rows; nobody adds, changes or deletes rows."""

    # The permission to see the rows.
    needed: ClassVar = VIEW

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.needed)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
