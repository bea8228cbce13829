"""What is shown of predictions in the admin, and never edited there as rows."""

from typing import Any, ClassVar

from django.http import HttpRequest

VIEW = "predictions.view_scores"


class OnlySeen:
    """For an admin of rows: who has `needed` sees them, and nobody adds, changes or deletes."""

    # The permission by which one sees it.
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
