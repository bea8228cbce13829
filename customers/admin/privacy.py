"""The admin's privacy page of a customer: consent, an export of all data, and the erasure."""

from datetime import datetime
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.admin.lists import BigListAdmin
from core.admin.rights import ViewOnly
from core.audit import record
from core.clock import now
from core.text.formats import number_shown
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab, mail_rows_of
from customers.models import (
    AuditAction,
    AuditSubject,
    Consent,
    ConsentState,
    Customer,
    Erasure,
    Orders,
    Purpose,
)
from customers.privacy.consent import EVIDENCE_CHARACTERS, latest_consent, note_consent
from customers.privacy.document import document_of
from customers.privacy.erased import lift
from customers.privacy.erasing import request_erasure
from customers.privacy.holdings import person_of

SHOWN = 100
EXPORT, ERASE = "customers.export_customer", "customers.erase_customer"
NOTE = "customers.change_consent"


class ConsentForm(forms.Form):
    """A customer's statement of consent; an omitted purpose keeps its state."""

    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=EVIDENCE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How it was said, such as “by telephone on 10 April”."),
    )
    is_sure = forms.BooleanField(
        label=_("The customer has said so. It cannot be taken back, only noted again.")
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        choices = [("", _("as it is")), *ConsentState.choices]
        purposes = {
            purpose.value: forms.ChoiceField(
                label=capfirst(purpose.label), required=False, choices=choices
            )
            for purpose in Purpose
        }
        self.fields = {**purposes, **self.fields}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.states():
            raise forms.ValidationError(_("Choose what was granted or refused."))
        return data

    def states(self) -> dict[Purpose, ConsentState]:
        """Return the chosen consent states by purpose; purposes without a choice are left out."""
        said = self.cleaned_data
        return {one: ConsentState(said[one.value]) for one in Purpose if said[one.value]}


class ErasureForm(forms.Form):
    """The customer's number once more, and what becomes of their orders."""

    confirm = forms.CharField(label=_("The customer's number, to confirm"), max_length=64)
    orders = forms.ChoiceField(label=_("Orders"), choices=Orders.choices)

    def __init__(self, customer: Customer, *args: Any) -> None:
        super().__init__(*args)
        self.customer = customer
        number = {"number": customer.external_id}
        self.fields["confirm"].help_text = _("Type %(number)s.") % number

    def clean_confirm(self) -> str:
        confirm: str = self.cleaned_data["confirm"]
        if confirm != self.customer.external_id:
            raise forms.ValidationError(_("That is not this customer's number."))
        return confirm


def privacy_page(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponseBase:
    """Show the customer's consent; on POST record consent, send all data, or start the erasure.

    Raises PermissionDenied where the user may not do what the form asks for.
    """
    may_note, may_export, may_erase = (request.user.has_perm(one) for one in (NOTE, EXPORT, ERASE))
    form, consent = ErasureForm(customer), ConsentForm()
    if request.method == "POST" and "data" in request.POST:
        if not may_export:
            raise PermissionDenied
        record(request.user, AuditAction.EXPORTED, AuditSubject.CUSTOMER, customer.external_id)
        document = document_of(person_of(customer), as_of=now())
        return FileResponse(document, as_attachment=True, filename=f"customer-{customer.pk}.json")
    if request.method == "POST" and "consent" in request.POST:
        if not may_note:
            raise PermissionDenied
        consent = ConsentForm(request.POST)
        if consent.is_valid():
            note_consent(
                customer,
                consent.states(),
                source="admin",
                author=request.user,
                at=now(),
                evidence=consent.cleaned_data["evidence"],
            )
            messages.success(request, _("The consent is noted."))
            return HttpResponseRedirect(request.path)
    elif request.method == "POST":
        if not may_erase:
            raise PermissionDenied
        form = ErasureForm(customer, request.POST)
        if form.is_valid():
            erasure = request_erasure(
                customer, Orders(form.cleaned_data["orders"]), author=request.user
            )
            messages.success(request, _("The customer is being erased."))
            return HttpResponseRedirect(
                reverse("admin:customers_erasure_change", args=[erasure.pk])
            )
    entries = Consent.objects.filter(customer=customer).order_by("-at", "-pk")
    context |= {
        "page_name": _("Privacy"),
        "states": [(purpose.label, latest_consent(customer, purpose)) for purpose in Purpose],
        "entries": entries[:SHOWN],
        "profile": reverse("admin:customers_customer_change", args=[customer.pk]),
        "mail_states": f"{_('yes')},{_('no')},{_('not asked yet')}",
        "subscriptions": customer.subscriptions.select_related("store").order_by("store__code"),
        "mail_rows": mail_rows_of(customer, request.user),
        "form": form,
        "consent": consent,
        "may_note": may_note,
        "may_export": may_export,
        "may_erase": may_erase,
    }
    return TemplateResponse(request, "admin/customers/customer/privacy.html", context)


CUSTOMER_TABS.register(
    CustomerTab("privacy", _("Privacy"), privacy_page, ("customers.view_consent",), place=90)
)


def model_name(label: str) -> str:
    """Return the name of a model's rows; `label` itself if the model's app was removed."""
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name_plural))
    except LookupError:
        return label


@admin.register(Erasure)
class ErasureAdmin(ViewOnly, BigListAdmin[Erasure]):
    """Erasures and how far they are; the numbers of one may be let in again."""

    needed = ERASE
    list_display = ("id", "shown_state", "orders", "requested_by", "requested_at", "completed_at")
    list_filter = ("orders", "requested_at")
    fields = (
        *("shown_state", "orders", "requested_by", "requested_at", "erased_at"),
        *("completed_at", "failed_at", "rows_by_table", "remaining_parts", "left_out"),
    )
    readonly_fields = ("shown_state", "erased_at", "rows_by_table", "remaining_parts", "left_out")
    actions: Any = ("let_in_again",)

    @admin.display(description=_("state"))
    def shown_state(self, erasure: Erasure) -> str:
        return str(erasure.state.label)

    @admin.display(description=_("rows erased at"))
    def erased_at(self, erasure: Erasure) -> datetime | None:
        return erasure.rows_erased_at

    @admin.display(description=_("rows by table"))
    def rows_by_table(self, erasure: Erasure) -> SafeString:
        lines = (
            (model_name(label), number_shown(count)) for label, count in erasure.tables.items()
        )
        return format_html_join("", "{}: {}<br>", lines)

    @admin.display(description=_("still to be removed"))
    def remaining_parts(self, erasure: Erasure) -> SafeString:
        return format_html_join("", "{}<br>", ((part,) for part in erasure.remaining))

    @admin.display(description=_("numbers that are left out"))
    def left_out(self, erasure: Erasure) -> int:
        return erasure.numbers.count()

    @admin.action(
        description=_("Let the shop have customers of these numbers again"), permissions=["erase"]
    )
    def let_in_again(self, request: HttpRequest, erasures: Any) -> None:
        for erasure in erasures:
            lift(erasure, author=request.user)
        messages.success(request, _("What comes for these numbers is taken again."))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        helps = {
            "left_out": _(
                "The customer's own number, those of guests who were merged into them, and those "
                "of their orders: what comes in for one of them is left out."
            )
        }
        return super().get_form(request, obj, change, **{"help_texts": helps, **kwargs})

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ERASE)
