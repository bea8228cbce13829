"""What the admin pages of experiments and recommendation rules have in common."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse

from core.admin.guarded import OwnLookups
from core.problems import Invalid
from core.resources.resource import Saved


class RowAdmin(OwnLookups, admin.ModelAdmin[Any]):
    """Rows that one function alone writes."""

    list_per_page = 50
    actions = None

    class Media:
        css = {"all": ["segments/admin.css", "personalization/experiences.css"]}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if not change or self.has_change_permission(request, obj):
            # The form has fields that are no columns, which Django looks for among these.
            kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (Invalid, ObjectDoesNotExist):
            # Something went between the form's check and the save: the check sees it now.
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except (Invalid, ObjectDoesNotExist):  # As above: it may no longer be deleted.
            return super().delete_view(request, *args, **kwargs)

    def stored(self, form: Any, author: User) -> Saved:
        """Store what the form says."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.stored(form, cast(User, request.user))
        obj.pk, obj._state.adding = saved.row.pk, False
        obj.refresh_from_db()
        for warning in saved.warnings:
            self.message_user(request, warning.said, messages.WARNING)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Nothing left to do: all of it is stored."""
