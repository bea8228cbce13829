"""Customers and groups as CSV or XLSX files, out of and into the admin, by codes and numbers."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import EMPTY_VALUES
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.widgets import Widget

from core.access.personal import may_see, strictest_of
from core.access.website_limits import is_limited
from core.audit import record
from core.text.folding import is_address
from core.text.formulas import guard_formula, unguard_formula
from customers.admin.files.uploads import ROW_LIMIT, BoundedCSV, BoundedXLSX, RefusedUpload
from customers.imports.problems import REASONS, BadCell
from customers.imports.staging import cells
from customers.imports.staging.cells import Convert, Value
from customers.imports.tables import CUSTOMERS
from customers.models import (
    AuditAction,
    AuditSubject,
    Customer,
    CustomerGroup,
    CustomerMerge,
    CustomerTag,
    Store,
    Website,
)
from customers.models.identity.customer import CustomerKind
from customers.models.shop import DEFAULT_GROUP, DEFAULT_STORE, DEFAULT_WEBSITE
from customers.privacy.erased import ErasedNumbers

# The most numbers that one query looks for: SQLite takes no more than 32,766.
BLOCK = 10_000
# The most lines of a file that a warning names.
LINES_SHOWN = 20
# The code of the error that the page follows with what reads files of other shop systems.
UNKNOWN_COLUMNS = "unknown_columns"


class ExchangeAdmin(ImportExportMixin):
    """Base of pages with import and export; an import needs the right to add and to change.

    A file has all columns, and an import shows the values stored before. Where some columns are
    personal, export and import require the permission to see these columns. `example` is a row of
    the file to begin with, by columns.
    """

    formats = [BoundedCSV, BoundedXLSX]
    # The subject of an export in the audit log; None: exports are not logged.
    audited_as: AuditSubject | None = None
    import_template_name = "admin/customers/import.html"
    example: ClassVar[Mapping[str, str]] = {}

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view(self.sample_view)
        name = "{}_{}_import_sample".format(*self.get_model_info())
        return [path("import/sample/", wrapped, name=name), *super().get_urls()]

    def sample_view(self, request: HttpRequest) -> HttpResponse:
        """Return a CSV file with the columns of an import and one row.

        Raises PermissionDenied for users who may not import.
        """
        if not self.has_import_permission(request):
            raise PermissionDenied
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = f"{self.model._meta.model_name}s.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        rows = csv.DictWriter(response, list(self.example))
        rows.writeheader()
        rows.writerow(self.example)
        return response

    def get_import_form_initial(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_import_form_initial(request), "format": "0"}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        (resource,) = self.resource_classes
        fields = [field for field in resource().get_import_fields() if not field.readonly]
        columns = [field.column_name for field in fields]
        needed = resource._meta.import_id_fields[0]
        return {
            **super().get_import_context_data(**kwargs),
            "columns": [one for one in columns if one != needed],
            "needed": needed,
            "sample_url": reverse("admin:{}_{}_import_sample".format(*self.get_model_info())),
        }

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(
            self.has_add_permission(request)
            and self.has_change_permission(request)
            and self._may_see_all(request)
            # A file may name rows of any website.
            and not is_limited(request.user)
        )

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request) and self._may_see_all(request))

    def _may_see_all(self, request: HttpRequest) -> bool:
        return may_see(request.user, strictest_of(self.model))

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[int]:
        # The keys of everyone, asked for by actions, which these lists have not.
        return []

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        # The file and its row of the audit log, or neither.
        with transaction.atomic():
            return super().get_export_data(file_format, request, queryset, **kwargs)

    def get_data_for_export(
        self, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        data = super().get_data_for_export(request, queryset, **kwargs)
        if self.audited_as is not None:
            seen = {"columns": list(data.headers or ()), "rows": len(data)}
            record(request.user, AuditAction.EXPORTED, self.audited_as, "", after=seen)
        return data

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        # Rows that were valid in the preview may be invalid when the import is confirmed.
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if isinstance(e, RefusedUpload):
            form.add_error("import_file", list(e.messages))
        else:
            text = _("The file cannot be read: choose the format that it has, or save it anew.")
            form.add_error("import_file", text)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            return self.refused(request, _("The file is no longer there: choose it again."))
        return response

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        if result.has_errors() or result.has_validation_errors():
            return self.refused(
                request, _("The data have changed since the preview; nothing was imported.")
            )
        response: HttpResponse = super().process_result(result, request)
        return response

    def refused(self, request: HttpRequest, message: str) -> HttpResponse:
        messages.error(request, message)
        return HttpResponseRedirect(reverse("admin:{}_{}_import".format(*self.get_model_info())))


class TextCell(Widget):
    """A text as it is; one that a spreadsheet would take for a formula goes out behind a `'`."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = cell_text(value)
        if "\0" in text:
            raise ValueError(_("A text cannot have a NUL character."))
        return unguard_formula(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else guard_formula(str(value))


class BooleanCell(Widget):
    """true, false, yes, no, 1 or 0; empty means missing."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        found = convert_cell(cells.boolean, value)
        return None if found is None else bool(found)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value).lower()


class DateCell(Widget):
    """A date, YYYY-MM-DD."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        found = convert_cell(cells.day, value.date() if isinstance(value, datetime) else value)
        return date.fromisoformat(str(found)) if found else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


class TimeCell(Widget):
    """An ISO 8601 time; without an offset it is UTC."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        found = convert_cell(cells.moment, value)
        return datetime.fromisoformat(str(found)).replace(tzinfo=UTC) if found else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else ""


class CodeCell(Widget):
    """Another row, by its code."""

    def __init__(self, model: type[Website | Store | CustomerGroup]) -> None:
        super().__init__()
        self.model = model

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Model | None:
        code = cell_text(value)
        if not code:
            return None
        found = self.model._default_manager.filter(code=code).first() if "\0" not in code else None
        if found is None:
            raise ValueError(
                _("There is no %(what)s “%(code)s”.")
                % {"what": self.model._meta.verbose_name, "code": code}
            )
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else value.code


class TagsField(Field):
    """A customer's tags, which are rows of their own, as the text `a|b`."""

    def export(self, instance: Customer, **kwargs: Any) -> str:
        tags = instance.tags.all() if instance.pk else ()
        return TextCell().render("|".join(sorted(tag.tag for tag in tags)))


class PlainDiff(Diff):
    """The changes of a row without inline styles, which the site's content policy refuses."""

    def as_html(self) -> list[str]:
        return [
            format_html("<del>{}</del> <ins>{}</ins>", before, after or _("(empty)"))
            if before != after and not self.new
            else format_html("{}", after)
            for before, after in zip(self.left, self.right, strict=True)
        ]


class CodedResource(ModelResource):
    """Base of resources whose rows are identified by a code.

    Unknown columns, invalid cells and repeated codes are refused; errors name lines of the file.
    """

    class Meta:
        abstract = True

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        return PlainDiff

    def import_data(
        self, dataset: Any, dry_run: bool = False, raise_errors: bool = False, **kwargs: Any
    ) -> Any:
        """Refuse a file by its header or size before any of its rows is read."""
        try:
            self._check_file(dataset)
        except ValidationError as error:
            result = self.get_result_class()()
            self.handle_import_error(result, error, raise_errors)
            return result
        return super().import_data(dataset, dry_run, raise_errors, **kwargs)

    def _check_file(self, dataset: Any) -> None:
        known = {field.column_name for field in self.get_import_fields()}
        headers: Sequence[str] = dataset.headers or []
        if not all(headers):
            number = next(place for place, header in enumerate(headers, 1) if not header)
            raise ValidationError(str(REASONS["unnamed_column"]).format(value=number))
        unknown = [header for header in headers if header not in known]
        if unknown:
            text = _("Unknown columns: %s") % ", ".join(map(str, unknown))
            raise ValidationError(text, code=UNKNOWN_COLUMNS)
        if len(set(headers)) != len(headers):
            raise ValidationError(_("A column stands twice in the file."))
        (column,) = self.get_import_id_fields()
        if column not in headers:
            raise ValidationError(_("The file needs a column “%s”.") % column)
        if len(dataset) > ROW_LIMIT:
            raise ValidationError(
                _("The file has more than %s rows: use import_shop.") % f"{ROW_LIMIT:,}"
            )

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        # A data set that was not read from a file counts its own rows.
        self._lines: Sequence[int] = getattr(dataset, "lines", range(1, len(dataset) + 1))
        self._keys: set[str] = set()
        self._emptied_columns: set[str] = set()
        self._emptied_lines: list[int] = []

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        self._note = ""
        self._line = self._lines[kwargs["row_number"] - 1]
        (column,) = self.get_import_id_fields()
        key = TextCell().clean(row.get(column))
        if key in self._keys:
            raise ValidationError({column: str(REASONS["duplicate"]).format(value=key)})
        if key:
            self._keys.add(key)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        # Why a row is skipped, or what of the row is not stored; the preview shows it.
        row_result.note = self._note
        if not self._note and row_result.import_type == row_result.IMPORT_TYPE_SKIP:
            row_result.note = _("All of it is stored already.")

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        for row in (*result.invalid_rows, *result.error_rows):
            row.number = self._lines[row.number - 1]
        columns = [field.column_name for field in self.get_import_fields()]
        result.emptied_rows = len(self._emptied_lines)
        result.emptied_lines = shown_lines(self._emptied_lines)
        result.emptied_columns = ", ".join(one for one in columns if one in self._emptied_columns)
        by_attribute = {field.attribute: field.column_name for field in self.get_import_fields()}
        for row in result.invalid_rows:
            # A field and its column may both have errors.
            errors: dict[str, list[str]] = {}
            for name, texts in row.error_dict.items():
                errors.setdefault(by_attribute.get(name, name), []).extend(texts)
            row.error_dict = errors

    def skip_row(self, instance: Any, original: Any, row: Any, errors: Any = None) -> bool:
        if emptied := self.emptied_columns(instance, original, row):
            self._emptied_columns.update(emptied)
            self._emptied_lines.append(self._line)
        return bool(super().skip_row(instance, original, row, errors))

    def emptied_columns(self, instance: Any, original: Any, row: Any) -> list[str]:
        """Return the columns whose stored values `row` deletes."""
        return [
            field.column_name
            for field in self.get_import_fields()
            if field.column_name in row
            and field.get_value(original) not in EMPTY_VALUES
            and field.get_value(instance) in EMPTY_VALUES
        ]

    def filter_export(self, queryset: QuerySet[Any], **kwargs: Any) -> QuerySet[Any]:
        if queryset.order_by()[: ROW_LIMIT + 1].count() > ROW_LIMIT:
            raise ValueError(
                _("More than %s rows: search or filter first, or export a segment.")
                % f"{ROW_LIMIT:,}"
            )
        return queryset


class GroupResource(CodedResource):
    code = Field("code", "code", TextCell())
    name = Field("name", "name", TextCell())

    class Meta:
        model = CustomerGroup
        fields = ("code", "name")
        import_id_fields = ("code",)
        clean_model_instances = skip_unchanged = report_skipped = use_transactions = True


class CustomerResource(CodedResource):
    """The columns of customers.csv, custom attributes left out."""

    id = Field("external_id", "id", TextCell())
    email = Field("email", "email", TextCell())
    first_name = Field("first_name", "first_name", TextCell())
    last_name = Field("last_name", "last_name", TextCell())
    gender = Field("gender", "gender", TextCell())
    date_of_birth = Field("date_of_birth", "date_of_birth", DateCell())
    group = Field("group", "group", CodeCell(CustomerGroup))
    website = Field("website", "website", CodeCell(Website))
    store = Field("store", "store", CodeCell(Store))
    registered_at = Field("registered_at", "registered_at", TimeCell())
    is_active = Field("is_active", "is_active", BooleanCell(), default=True)
    kind = Field("kind", "kind", TextCell(), default=CustomerKind.REGISTERED)
    tags = TagsField(column_name="tags", widget=TextCell())
    accepts_marketing = Field("accepts_marketing", "accepts_marketing", BooleanCell())

    class Meta:
        model = Customer
        import_id_fields = ("id",)
        fields = (*CUSTOMERS.required, *CUSTOMERS.optional)
        clean_model_instances = skip_unchanged = report_skipped = use_transactions = True

    def filter_export(self, queryset: QuerySet[Any], **kwargs: Any) -> QuerySet[Any]:
        rows = super().filter_export(queryset, **kwargs)
        return rows.select_related("group", "website", "store").prefetch_related("tags")

    def import_instance(self, instance: Customer, row: Any, **kwargs: Any) -> None:
        stored = instance.accepts_marketing
        try:
            super().import_instance(instance, row, **kwargs)
        finally:
            # A row without a store gets the default store; a named store determines the website.
            if instance.store_id is None:
                instance.store = Store.objects.get(code=DEFAULT_STORE)
            elif instance.website_id is None:
                instance.website = instance.store.website
            if instance.website_id is None:
                instance.website = Website.objects.get(code=DEFAULT_WEBSITE)
            if instance.group_id is None:
                instance.group = CustomerGroup.objects.get(code=DEFAULT_GROUP)
        accepts = instance.accepts_marketing
        instance.accepts_marketing = stored
        # As in `customers.csv`, the file has no time for the statement.
        instance.say_marketing(accepts, None, by_file=True)
        if accepts and not instance.accepts_marketing:
            self._note = _(
                "The customer refused marketing, which a file without times does not undo."
            )
        too_long = [tag for tag in tags_of(row) if len(tag) > 255]
        if too_long:
            raise ValidationError({"tags": _("A tag has more than 255 characters.")})

    def emptied_columns(self, instance: Customer, original: Customer, row: Any) -> list[str]:
        emptied = super().emptied_columns(instance, original, row)
        if "tags" in row and not tags_of(row) and instance.pk and instance.tags.exists():
            emptied.append("tags")
        return emptied

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self._erased = ErasedNumbers()
        super().before_import(dataset, **kwargs)
        self._bad_email_lines: list[int] = []
        self._merged = merged_among(
            {unguard_formula(cell_text(number)) for number in dataset["id"]}
        )

    def skip_row(
        self, instance: Customer, original: Customer, row: Any, errors: Any = None
    ) -> bool:
        number = instance.external_id
        if instance.pk is None and number in self._erased:
            self._note = _("This customer was erased.")
            return True
        if instance.pk is None and (merge := self._merged.get(number)):
            # The row changes nothing else of the customer.
            merge.note_marketing(instance.accepts_marketing)
            text = _("This guest was merged into customer %(number)s.")
            if instance.accepts_marketing is False:
                text = _(
                    "This guest was merged into customer %(number)s, who refuses marketing by "
                    "this row."
                )
            self._note = text % {"number": merge.customer.external_id}
            return True
        if instance.email and instance.email != original.email and not is_address(instance.email):
            self._bad_email_lines.append(self._line)
        same = super().skip_row(instance, original, row, errors)
        if not same or "tags" not in row or instance.pk is None:
            return bool(same)
        return set(tags_of(row)) == {tag.tag for tag in instance.tags.all()}

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        super().after_import(dataset, result, **kwargs)
        result.bad_emails = len(self._bad_email_lines)
        result.bad_email_lines = shown_lines(self._bad_email_lines)

    def after_save_instance(self, instance: Customer, row: Any, **kwargs: Any) -> None:
        if "tags" not in row:
            return
        wanted = tags_of(row)
        instance.tags.exclude(tag__in=wanted).delete()
        CustomerTag.objects.bulk_create(
            [CustomerTag(customer=instance, tag=tag) for tag in wanted], ignore_conflicts=True
        )


def merged_among(numbers: Iterable[str]) -> dict[str, CustomerMerge]:
    """Return the merges of those of `numbers` that are of guests who were merged."""
    storable = [number for number in numbers if "\0" not in number]
    found: dict[str, CustomerMerge] = {}
    for start in range(0, len(storable), BLOCK):
        rows = CustomerMerge.objects.filter(guest_external_id__in=storable[start : start + BLOCK])
        found.update({row.guest_external_id: row for row in rows.select_related("customer")})
    return found


def shown_lines(lines: Sequence[int]) -> str:
    """Return the first of `lines` in a row, for a warning."""
    shown = ", ".join(map(str, lines[:LINES_SHOWN]))
    return f"{shown}, …" if len(lines) > LINES_SHOWN else shown


def tags_of(row: Any) -> list[str]:
    """Return the different tags in the row's cell `a|b`."""
    text = TextCell().clean(row.get("tags"))
    return list(dict.fromkeys(tag for tag in text.split("|") if tag))


def cell_text(value: Any) -> str:
    """Return a cell of a CSV or XLSX file as text; a whole number without decimals."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def convert_cell(convert: Convert, value: Any) -> Value:
    """Return what `convert` makes of a cell, None for an empty one; ValueError in words."""
    text = cell_text(value)
    try:
        return convert(text) if text else None
    except BadCell as error:
        raise ValueError(str(REASONS[error.code]).format(value=text)) from None
