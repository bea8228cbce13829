"""The page of the admin that deletes a row of a resource."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.api.refusals import Refused
from core.problems import Locked
from core.resources.resource import InUse, Resource


class DeletionPage(admin.ModelAdmin[Any]):
    """The page “Delete” of a row: a refusal leads back to the list, which shows the reason."""

    resource: ClassVar[Resource]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.resource.delete([obj], author=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        try:
            self.resource.delete(list(queryset), author=request.user)
        except ObjectDoesNotExist:
            # Another transaction deleted one of them: the others are still to be deleted.
            self.resource.delete(list(queryset.all()), author=request.user)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except (InUse, Locked, Refused) as error:
            return self.explain_refusal(request, error)
        except ObjectDoesNotExist:
            # Another transaction deleted the row between look-up and lock: this look-up finds none.
            return super().delete_view(request, object_id, extra_context)

    def explain_refusal(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """Return the redirect to the list, which shows why a deletion was refused."""
        self.message_user(request, str(error), messages.ERROR)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
