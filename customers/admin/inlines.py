"""Rows inside another row's page, of which no more than the first are shown."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from customers.admin.labels import name_cell

SHOWN = 100


class BoundedFormSet(BaseInlineFormSet[Any, Any, ModelForm[Any]]):
    """The first rows of a relation that has no end."""

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_first_rows"):
            self._first_rows = super().get_queryset()[:SHOWN]
        return self._first_rows

    def add_fields(self, form: ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            name_cell(field)


class BoundedInline(admin.TabularInline[Any, Any]):
    """Base of rows inside a page; the heading says how many are shown at most."""

    formset = BoundedFormSet
    extra = 0

    def __init__(self, parent_model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(parent_model, admin_site)
        self.verbose_name_plural = format_lazy(
            _("{rows} (at most {count} are shown)"),
            rows=capfirst(self.opts.verbose_name_plural),
            count=SHOWN,
        )


class ReadOnlyInline(BoundedInline):
    """Rows that are only shown."""

    template = "admin/customers/rows.html"
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
