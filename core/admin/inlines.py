"""Rows inside another row's page, of which no more than the first are shown."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField, ModelForm, Select
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator, capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from core.admin.labels import delete_nothing_beside, inner, name_cell

SHOWN = 100


class NamedRawIdWidget(ForeignKeyRawIdWidget):
    """A raw id widget that names its row without a query where `named` is that row already."""

    named: Model | None = None

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        row = self.named
        if row is None or row.pk != value:
            return super().label_and_url_for_value(value)
        meta = row._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        return Truncator(str(row)).words(14), url


class BoundedFormSet(BaseInlineFormSet[Any, Any, ModelForm[Any]]):
    """The first rows of an unbounded relation; the choices of a field are queried only once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._choices: dict[str, list[Any]] = {}
        super().__init__(*args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_first_rows"):
            self._first_rows = super().get_queryset()[:SHOWN]
        return self._first_rows

    def add_fields(self, form: ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            name_cell(field)
            delete_nothing_beside(field)
            widget = inner(field.widget)
            if isinstance(widget, NamedRawIdWidget) and form.instance.pk:
                widget.named = getattr(form.instance, name)
            elif isinstance(field, ModelChoiceField) and isinstance(widget, Select):
                if name not in self._choices:
                    choices: Any = field.choices
                    self._choices[name] = list(choices)
                field.choices = self._choices[name]


class BoundedInline(admin.TabularInline[Any, Any]):
    """Base of rows inside a page; the heading says how many are shown at most."""

    formset = BoundedFormSet
    extra = 0
    # The related rows that are shown with each row.
    shown_with: tuple[str, ...] = ()

    def __init__(self, parent_model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(parent_model, admin_site)
        self.verbose_name_plural = format_lazy(
            _("{rows} (at most {count} are shown)"),
            rows=capfirst(self.opts.verbose_name_plural),
            count=SHOWN,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(*self.shown_with) if self.shown_with else rows

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name in self.raw_id_fields:
            kwargs["widget"] = NamedRawIdWidget(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyInline(BoundedInline):
    """Rows that are only shown."""

    template = "admin/customers/rows.html"
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
