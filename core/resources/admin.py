"""The form of a resource and its pages in the admin; the serializer alone validates."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access.website_limits import is_limited
from core.admin.guarded import OwnLookups
from core.admin.labels import activity_html
from core.admin.website_pages import LIST
from core.api.preconditions import stale
from core.api.refusals import Refused
from core.forms.datetimes import MomentField, MomentInput
from core.forms.numbers import TypedIntegerField
from core.forms.texts import is_as_shown, with_newlines
from core.problems import Invalid, Problem
from core.resources.deletion import DeletionPage
from core.resources.history import HistoryPages
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer
from core.text.folding import fold

# The parts of a form: the title and the fields of each.
Layout = Sequence[tuple[Any, Sequence[str]]]


def columns_in(layout: Layout, model: type[models.Model]) -> list[str]:
    """Return the columns of `model` that a form with this layout has."""
    columns = {one.name for one in model._meta.fields if one.editable}
    return [name for _title, names in layout for name in names if name in columns]


class ResourceForm(forms.ModelForm[Any]):
    """A form for a whole row: it makes a document, which the serializer validates.

    `instance` stays unchanged. An unchanged field has the stored value in the document.
    """

    resource: ClassVar[Resource]
    author: ClassVar[Any] = None  # who writes it; set for each request
    judge: ResourceSerializer

    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stored = self.instance if self.instance.pk else None
        self.initial["opened_version"] = self.instance.version
        code_name = self.resource.serializer.code_name
        if code_name in self.fields:
            # Made from the name, where there is one.
            self.fields[code_name].required = "name" not in self.fields

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the fields whose values differ from what the page showed."""
        return [name for name in super().changed_data if not is_as_shown(self[name])]

    def document(self) -> dict[str, Any]:
        """Return the document of the form, with stored values for all that it does not show."""
        reader = self.resource.reader
        document = reader.document_of(self.instance)
        for name in self.resource.known & self.cleaned_data.keys():
            if self.stored is None or name in self.changed_data:
                document[name] = _as_json(reader.fields[name], self.cleaned_data[name])
        return document

    def new_row(self) -> Any:
        """Return the unsaved instance that a new row begins as; None: an empty one."""
        return None

    def field_of(self, problem: Problem) -> str:
        """Return the form's field of a problem."""
        return problem.field

    def document_field_of(self, name: str) -> str:
        """Return the field of the document for the form's field `name`."""
        return name

    def report(self, problem: Problem) -> None:
        """Show a problem at its field, or on top of the form where it has none."""
        field = self.field_of(problem)
        self.add_error(field if field in self.fields else None, problem.message)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.stored is not None:
            try:
                self.resource.check_open(self.stored)
            except Refused as error:
                # The row was open when the page was shown: keep the typed values readable.
                self.add_error(None, str(error))
                return data
        broken = [self.document_field_of(name) for name in self.errors]
        document = self.document()
        if self.stored is None:
            self.resource.hold()
            code_name = self.resource.serializer.code_name
            if code_name in self.resource.reader.fields:
                named = self.cleaned_data.get("name", "")
                made = self.resource.free_code(named) if "name" in self.fields else ""
                document[code_name] = data.get(code_name) or made
        try:
            new = self.new_row() if self.stored is None else None
            self.judge = self.resource.checked(self.stored, document, broken=broken, new=new)
        except Invalid as error:
            for problem in error.problems:
                self.report(problem)
        self._check_version()
        return data

    def _check_version(self) -> None:
        for message in self.errors.get("opened_version", ()):
            # A hidden field.
            self.add_error(None, message)
        opened = self.cleaned_data.get("opened_version")
        if self.stored is None or opened in (None, self.stored.version):
            return
        if self.resource.has_versions:
            remedy = _("Saving again replaces it by what stands here; the history keeps it.")
        else:
            remedy = _("Saving again replaces it by what stands here.")
        self.add_error(None, f"{stale(self.stored)} {remedy}")
        data = cast(QueryDict, self.data).copy()
        data["opened_version"] = str(self.stored.version)
        self.data = data

    def _post_clean(self) -> None:
        """Do nothing: the serializer has validated everything."""


class ResourceAdmin(OwnLookups, DeletionPage, HistoryPages):
    """List, form, conflict, history, restoring and deletion of a resource."""

    list_per_page = 50
    actions: Any = None
    # Whether users who are limited to websites may open the list and the pages for reading.
    is_shown_to_limited: ClassVar[bool] = False
    # Columns and fields with figures or names of other websites, which limited users do not see.
    of_all_websites: ClassVar[Collection[str]] = ()
    formfield_overrides: ClassVar = {
        models.DateTimeField: {"form_class": MomentField, "widget": MomentInput},
        # A browser's number input would interpret "1.000" and "10,5" in its own way.
        models.IntegerField: {"form_class": TypedIntegerField, "widget": forms.TextInput},
    }

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if any("_folded" in one for one in self.search_fields):
            search_term = fold(search_term)
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("State"), ordering="is_active")
    def activity(self, row: Any) -> SafeString:
        """Return whether the row is active, as a mark and a word."""
        return activity_html(is_active=row.is_active)

    # People who are limited to websites --------------------------------------------------------

    @property
    def website_pages(self) -> Collection[str]:
        """The pages that users who are limited to websites may open."""
        return (LIST, "change_view") if self.is_shown_to_limited else ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        shows_some = self.is_shown_to_limited and is_limited(request.user)
        return self.resource.coverage.rows_seen(rows, request.user) if shows_some else rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_limited(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_limited(request.user)

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        if not is_limited(request.user):
            return columns
        # The first column leads to pages of sending.
        return ["__str__", *(one for one in columns[1:] if one not in self.of_all_websites)]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        if is_limited(request.user):
            return ["__str__"]
        return super().get_list_display_links(request, list_display)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)
        if is_limited(request.user) and isinstance(response, TemplateResponse):
            response.template_name = "admin/change_list.html"
        return response

    # The form ----------------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if not change or self.has_change_permission(request, obj):
            # The form has fields that are no columns, which Django looks for among these.
            kwargs["fields"] = None
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"author": request.user})

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None or not getattr(request, "locks_row", False):
            return row
        try:
            return self.resource.lock(row.pk)
        except ObjectDoesNotExist:
            return None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.locks_row = request.method == "POST"  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (IntegrityError, ObjectDoesNotExist):
            # Another transaction has taken the code, or deleted the owner of the row, between the
            # check and the save: the repeated check finds that.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.resource.store(form.judge, author=request.user)
        obj.pk, obj._state.adding = saved.row.pk, False
        obj.refresh_from_db()
        for warning in saved.warnings:
            self.message_user(request, warning.numbered_message, messages.WARNING)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the resource has stored all related rows."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        context["show_save_and_add_another"] = False
        if row is not None and is_limited(request.user):
            response = super().render_change_form(request, context, *args, **kwargs)
            cast(TemplateResponse, response).template_name = "admin/resources/seen.html"
            return response
        if row is not None:
            context |= self.head_of(request, row)
            if request.method == "GET":
                # Lazy, so that pages without warnings do not compute them.
                context["warnings"] = SimpleLazyObject(lambda: self._warnings(request, row))
        return super().render_change_form(request, context, *args, **kwargs)

    def _warnings(self, request: HttpRequest, row: Any) -> list[Problem]:
        """Return the warnings of `row` that no message on the page shows."""
        said = {str(message) for message in messages.get_messages(request)}
        return [one for one in self.resource.warnings_of(row) if one.numbered_message not in said]


def _as_json(field: Any, value: Any) -> Any:
    if isinstance(value, str):
        value = with_newlines(value)
    return None if value is None else field.to_representation(value)
