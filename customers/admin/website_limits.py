"""The admin's forms of users and of their groups, with the websites that they are limited to."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _

from core.admin.website_pages import may_open
from customers.models import GroupWebsite, UserWebsite


class LimitInline(admin.TabularInline[Any, Any]):
    """The websites of a limit; the last one that is taken away ends the limit."""

    extra = 0
    fields = ("website",)
    verbose_name = _("website")
    verbose_name_plural = _("Limited to websites")


class UserLimitInline(LimitInline):
    model = UserWebsite


class GroupLimitInline(LimitInline):
    model = GroupWebsite


admin.site.unregister(User)
admin.site.unregister(Group)


def _is_not_above(user: User | None, author: User) -> bool:
    """Return whether `author` has the rank to change `user` (None: any)."""
    return user is None or author.is_superuser or not user.is_superuser


@admin.register(User)
class LimitedUserAdmin(UserAdmin[User]):
    """Users; a limit of theirs cuts that of their groups.

    Only a superuser makes superusers, and changes or deletes one: else those who may change users
    could take all rights.
    """

    inlines = (UserLimitInline,)

    def has_change_permission(self, request: Any, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_not_above(obj, request.user)

    def has_delete_permission(self, request: Any, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_not_above(obj, request.user)

    def get_readonly_fields(self, request: Any, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def has_add_permission(self, request: Any) -> bool:
        # The form of an API token offers a link to add one.
        return super().has_add_permission(request) and may_open(self, "add_view", request.user)

    def get_inlines(self, request: Any, obj: Any) -> Any:
        # A new user first gets a name and a password.
        return self.inlines if obj is not None else ()


@admin.register(Group)
class LimitedGroupAdmin(GroupAdmin):
    """Groups of users; of several limited ones the websites are united."""

    inlines = (GroupLimitInline,)
