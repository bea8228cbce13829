"""Rights in the admin: read-only pages, and definitions that stay while they are in use."""

from typing import Any, ClassVar, TypeVar

from django.db.models import ForeignObjectRel, Model
from django.http import HttpRequest

from core.admin.guarded import Base
from core.admin.lists import BigListAdmin

M = TypeVar("M", bound=Model)


class ViewOnly(Base):
    """A mixin for pages of rows that nobody adds, changes or deletes there."""

    # The permission to see the rows; "": the model's own.
    needed: ClassVar[str] = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.needed:
            return super().has_view_permission(request, obj)
        return request.user.has_perm(self.needed)

    def has_module_permission(self, request: HttpRequest) -> bool:
        if not self.needed:
            return super().has_module_permission(request)
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(BigListAdmin[M]):
    """Pages of what the shop itself records: seen, and deleted with the permission, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class DefinitionAdmin(BigListAdmin[M]):
    """Pages of what other rows name: its `fixed` fields stay, and so does a row that is in use."""

    # Set once, when the row is added: segments, imports and other systems know it by them.
    fixed: tuple[str, ...] = ("code",)
    # Models whose rows are part of this one and go with it.
    parts: tuple[type[Model], ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, *self.fixed)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        # Asked here, and not left to the deletion, which would first collect every row in memory.
        return super().has_delete_permission(request, obj) and (
            obj is None or not is_in_use(obj, self.parts)
        )


def is_in_use(row: Model, parts: tuple[type[Model], ...]) -> bool:
    """Return whether a row of another model than `parts` refers to `row`."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel)
        and not relation.many_to_many
        and relation.related_model not in parts
    )
