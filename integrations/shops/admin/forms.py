"""Forms for the files and options of an import, checked as `import_shop` checks its options."""

import zoneinfo
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.numbers import TypedDecimalField, spell_number
from customers.imports.problems import ImportRefused
from integrations.shops.converting.conversion import ASK_COLUMNS, BAD_DATE, LOOKS_LIKE_EMAIL
from integrations.shops.converting.websites import stored_zone
from integrations.shops.files.layouts import PLATFORMS
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.reader import GUEST_ORDERS, prefix
from integrations.shops.sources import ASK_PREFIX, prefix_of

MOST_FILES = 100
RATE = "rate_"
# Codes of problems that a person solves by an answer.
ASKED = ("ask_rate", "ask_zone", ASK_PREFIX, ASK_COLUMNS)
COLUMN = "column_"
# Names that the machine knows and no place has.
NO_ZONES = {"Factory", "localtime"}
DAYS = {
    "%d.%m.%Y": "31.12.2026",
    "%d/%m/%Y": "31/12/2026",
    "%d-%m-%Y": "31-12-2026",
    "%m/%d/%Y": "12/31/2026",
    "%Y/%m/%d": "2026/12/31",
    "%d.%m.%y": "31.12.26",
    "%d/%m/%y": "31/12/26",
    "%d-%m-%y": "31-12-26",
    "%m/%d/%y": "12/31/26",
}
TIMES = {"": "", " %H:%M": " 14:05", " %H:%M:%S": " 14:05:30"}
GUEST_LABELS = {
    "match": gettext_lazy("to the account with the same e-mail address"),
    "separate": gettext_lazy("to guests of their own"),
}


class FilesInput(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, none of whose names stands twice."""

    widget = FilesInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.zip,.gz,.xz"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the files; raises ValidationError."""
        clean_one = super().clean
        files = [clean_one(one, initial) for one in data or [None]]
        names = [str(one.name).lower() for one in files]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two files have one name: rename one of them."))
        if len(files) > MOST_FILES:
            message = _("More than %(most)d files: put them into a zip archive.")
            raise ValidationError(message % {"most": MOST_FILES})
        return files


class UploadForm(forms.Form):
    """The files of one shop."""

    uploads = FilesField(label=gettext_lazy("Files"), max_length=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = _("One or several, also packed as zip; up to %(size)d MB together.")
        self.fields["uploads"].help_text = text % {"size": settings.UPLOAD_LIMIT // 2**20}


class AnswersForm(forms.Form):
    """The form for the questions of an import's plan, and for further options of the import."""

    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "Of the shop. It decides on which day an order falls where a file writes times without"
            " their zone, and when a day begins in rules such as “today”."
        ),
    )
    guest_orders = forms.ChoiceField(
        label=gettext_lazy("Orders without an account belong"),
        choices=[(name, GUEST_LABELS[name]) for name in GUEST_ORDERS],
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "It decides whether a purchase without logging in counts for the customer’s account."
        ),
    )
    id_prefix = forms.CharField(
        label=gettext_lazy("Short name of this shop"),
        required=False,
        max_length=32,
        help_text=gettext_lazy(
            "There is data of another shop already, whose numbers may be the same. The short name"
            " is put before the numbers of this shop: with SHOP2, customer 1001 becomes SHOP2:1001."
            " Letters, digits and _."
        ),
    )
    is_same = forms.BooleanField(
        label=gettext_lazy("It is the same shop: leave the numbers as they are"),
        required=False,
        help_text=gettext_lazy(
            "Customers and orders with the same number are then the same ones, and the new data"
            " counts."
        ),
    )
    subscribe_accepting = forms.BooleanField(
        label=gettext_lazy("Subscribe the customers who accept marketing to the newsletter"),
        required=False,
        help_text=gettext_lazy(
            "Mail goes to subscribers only. Customers who have unsubscribed or refused marketing "
            "here get none, whatever the files say."
        ),
    )
    skip_bad_rows = forms.BooleanField(
        label=gettext_lazy("Leave out the rows with problems"),
        required=False,
        help_text=gettext_lazy(
            "All other rows are imported, and the plan shows which ones are left out. After the"
            " import you can download them, correct them and import them."
        ),
    )

    def __init__(self, run: ShopImport, data: QueryDict | None = None) -> None:
        answers, report, stored = run.answers, run.report, stored_zone()
        self._source = run.source
        rates = {**report.get("rates", {}), **answers.get("rates", {})}
        unrated = report.get("unrated", {})
        initial = {
            "timezone": answers.get("timezone") or stored,
            "guest_orders": answers.get("guest_orders", GUEST_ORDERS[0]),
            "id_prefix": answers.get("prefix") or "",
            "is_same": answers.get("prefix") == "",
            "skip_bad_rows": answers.get("skip_bad_rows", False),
            "subscribe_accepting": answers.get("subscribe_accepting", False),
            **{f"{RATE}{currency}": Decimal(number) for currency, number in rates.items()},
        }
        super().__init__(data, initial=initial)
        zone = cast(forms.ChoiceField, self.fields["timezone"])
        zones = sorted(zoneinfo.available_timezones() - NO_ZONES)
        # The problems of rows that are left out ask nothing.
        problems = run.problems if run.outcome == ImportState.REFUSED else []
        codes = {one["code"] for one in problems}
        # A refusal for lack of a rate comes before that of times without a zone.
        zone.required = "ask_zone" in codes or (
            "ask_rate" in codes and report.get("unzoned", 0) > 0
        )
        if zone.required:
            unsaid = _("Choose a time zone")
        else:
            unsaid = _("as the website has it") if stored else _("UTC, until a zone is chosen")
        zone.choices = [("", unsaid), *((zone, zone) for zone in zones)]
        asks_prefix = ASK_PREFIX in codes
        if not asks_prefix and answers.get("prefix") is None:
            del self.fields["id_prefix"], self.fields["is_same"]
        has_bad_rows = any(one["code"] not in ASKED and one["row"] is not None for one in problems)
        if not (has_bad_rows or answers.get("skip_bad_rows")):
            del self.fields["skip_bad_rows"]
        if not (report.get("consents", {}).get("yes") or answers.get("subscribe_accepting")):
            del self.fields["subscribe_accepting"]
        self._add_columns(run)
        self._open = {
            *(f"{COLUMN}{role}" for role in report.get("contested", {})),
            *(f"{RATE}{currency}" for currency in unrated),
            *(["timezone"] if zone.required else []),
            *([f"{COLUMN}{self._roles.date_format}"] if self._roles and BAD_DATE in codes else []),
            *(["id_prefix", "is_same"] if asks_prefix else []),
            *(["skip_bad_rows"] if has_bad_rows else []),
        }
        # Counts of days depend on the zone: it is offered in sight until somebody has chosen one.
        is_unset = not stored and not answers.get("timezone")
        may_go_on = bool(self._open) or run.may_start
        self._offered = {"timezone"} if is_unset and run.source and may_go_on else set()
        warnings = {one["code"] for one in report.get("warnings", [])}
        if self._roles and LOOKS_LIKE_EMAIL in warnings:
            self._offered.update(f"{COLUMN}{role}" for role in self._roles.owner)
        for currency in sorted({*rates, *unrated}):
            self.fields[f"{RATE}{currency}"] = _rate_field(currency, unrated.get(currency, 0))
        self.order_fields([name for name in self.fields if name.startswith(RATE)])

    def _add_columns(self, run: ShopImport) -> None:
        """Add the fields for the columns of files of order lines, where there may be any."""
        self._roles = None
        self._chosen: Mapping[str, str] = run.answers.get("columns") or {}
        headers = run.report.get("headers", {}).values()
        platform = next((one for one in PLATFORMS if one.roles), None)
        if not headers or platform is None or platform.roles is None:
            return
        has_others = any(
            one["layout"].partition(".")[0] != platform.name
            for one in run.report.get("recognised", [])
        )
        if has_others:
            return
        self._roles = platform.roles
        self._fitting: dict[str, str] = {}
        proposed: dict[str, str] = {}
        for header in headers:
            for layout in platform.layouts:
                self._fitting = {**layout.roles(header), **self._fitting}
                proposed = {**layout.proposed(header), **proposed}
        chosen = self._chosen
        if not all(role in chosen for role in platform.roles.needed):
            # A format of dates alone: the names of the columns say the rest.
            chosen = {**proposed, **self._fitting, **chosen}
        contested: Mapping[str, list[str]] = run.report.get("contested", {})
        names = [*dict.fromkeys(name for header in headers for name in header)]
        for role, label in platform.roles.labels.items():
            field = forms.ChoiceField(
                label=_(label),
                required=role in platform.roles.needed or role in contested,
                choices=[("", "–"), *((name, name) for name in contested.get(role, names))],
                initial=chosen.get(role, ""),
            )
            field.help_text = _(platform.roles.hints.get(role, ""))
            self.fields[f"{COLUMN}{role}"] = field
        written = forms.ChoiceField(
            label=_("Dates are written as"),
            required=False,
            help_text=_(
                "03/04/2026 may be 3 April or 4 March: choose the example that is written like the"
                " dates of your file."
            ),
            choices=[
                ("", "2026-12-31, 2026-12-31 14:05"),
                *(
                    (f"{day}{time}", f"{example}{clock}")
                    for day, example in DAYS.items()
                    for time, clock in TIMES.items()
                ),
            ],
            initial=chosen.get(platform.roles.date_format, ""),
        )
        self.fields[f"{COLUMN}{platform.roles.date_format}"] = written

    def clean_id_prefix(self) -> str:
        """Return a prefix as `import_shop --prefix` takes it, which no other source has."""
        found = str(_validated(prefix, self.cleaned_data["id_prefix"]))
        if found and self._source:
            try:
                prefix_of(self._source, found)
            except ImportRefused as refused:
                raise ValidationError(refused.problems[0].message) from refused
        return found

    def clean(self) -> dict[str, Any]:
        """Check the rates as `import_shop --rate` takes them, and that the prefix is decided."""
        cleaned = super().clean() or {}
        for name, _currency in self._currencies():
            if name in cleaned and not cleaned[name] > 0:
                text = _("A rate is a number above 0, such as %(number)s.")
                self.add_error(name, text % {"number": spell_number("1.08")})
        if self._roles and not any(cleaned.get(f"{COLUMN}{role}") for role in self._roles.product):
            text = _("Choose a column for the product, its name or the amount.")
            self.add_error(f"{COLUMN}{self._roles.product[0]}", text)
        if self._roles:
            self._check_owner(cleaned)
        if "id_prefix" in cleaned and bool(cleaned["id_prefix"]) == cleaned.get("is_same"):
            self.add_error("id_prefix", _("Write a short name, or tick the box below."))
        return cleaned

    def _check_owner(self, cleaned: Mapping[str, Any]) -> None:
        """Add an error unless a column says whose an order is, and no column says it twice."""
        assert self._roles
        names = [f"{COLUMN}{role}" for role in self._roles.owner]
        columns = [one for name in names if (one := cleaned.get(name))]
        if not columns and not self.errors.keys() & names:
            text = _("Choose a column for the customer’s number or for the e-mail address.")
            self.add_error(names[0], text)
        elif len(set(columns)) < len(columns):
            text = _("This column is chosen as the e-mail address: choose “–” or another one here.")
            self.add_error(names[0], text)

    @property
    def open_fields(self) -> list[forms.BoundField]:
        """The fields without whose answers nothing can be imported."""
        return [field for field in self if field.name in self._open]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The open fields without boxes that are another answer to the field above them."""
        return [field for field in self.open_fields if field.name != "is_same"]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """The fields that stand in sight: the open ones and those worth a look."""
        return [field for field in self if field.name in self._open | self._offered]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """The fields that have an answer already."""
        others = (field for field in self if field.name not in self._open | self._offered)
        return [field for field in others if not field.name.startswith(COLUMN)]

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """The fields for columns of files of order lines that are no open question."""
        others = (field for field in self if field.name not in self._open | self._offered)
        return [field for field in others if field.name.startswith(COLUMN)]

    @property
    def has_column_errors(self) -> bool:
        """Whether any of the fields for columns has an error."""
        return any(field.errors for field in self.column_fields)

    @property
    def has_further_errors(self) -> bool:
        """Whether any of the further fields has an error."""
        return any(field.errors for field in self.further_fields)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers of a valid form, as they are stored."""
        cleaned = self.cleaned_data
        answers = {
            "rates": {currency: f"{cleaned[name]:f}" for name, currency in self._currencies()},
            "timezone": cleaned["timezone"],
            "guest_orders": cleaned["guest_orders"],
            "skip_bad_rows": cleaned.get("skip_bad_rows", False),
            "subscribe_accepting": cleaned.get("subscribe_accepting", False),
        }
        if self._roles:
            columns = {
                name.removeprefix(COLUMN): cleaned[name]
                for name in self.fields
                if name.startswith(COLUMN) and cleaned.get(name)
            }
            # What the names of the columns say needs no answer, and holds for each file by itself.
            name = self._roles.date_format
            written = {name: columns[name]} if name in columns else {}
            fits = columns == {**self._fitting, **written}
            answers["columns"] = written if fits else columns
        elif self._chosen:
            # A plan that failed has no headers to choose from; what was chosen stays so.
            answers["columns"] = dict(self._chosen)
        if "id_prefix" in self.fields:
            answers["prefix"] = cleaned["id_prefix"]
        return answers

    def _currencies(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            if name.startswith(RATE):
                yield name, name.removeprefix(RATE)


def _rate_field(currency: str, orders: int) -> TypedDecimalField:
    text = _(
        "Units of %(currency)s for one unit of %(base)s. It decides how much orders in %(currency)s"
        " count in turnover: at %(rate)s, an order of %(amount)s %(currency)s is one of 100"
        " %(base)s."
    )
    words = text % {
        "currency": currency,
        "base": settings.BASE_CURRENCY,
        "rate": spell_number("1.08"),
        "amount": spell_number("108"),
    }
    if orders:
        words += " " + _("Orders without a rate: %(count)s.") % {"count": f"{orders:,}"}
    label = _("Rate of %(currency)s") % {"currency": currency}
    return TypedDecimalField(label=label, max_digits=32, help_text=words)


def _validated(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ArgumentTypeError as error:
        raise ValidationError(str(error)) from error
