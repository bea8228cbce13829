"""The Overrides page: customers included or excluded manually."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.errors import InvalidTree
from core.access.website_limits import limit_rows
from core.audit import record_look
from core.text.folding import fold
from customers.models import AuditSubject, Customer
from segments.editing.overrides import remove_override, set_override
from segments.models import OverrideKind, Segment

PAGE_SIZE = 50
NAMED = 5


class OverrideForm(forms.Form):
    """The customer to include or exclude, and the reason."""

    user: Any = None  # the user of the request
    customer = forms.CharField(label=gettext_lazy("Customer number or e-mail"), max_length=255)
    kind = forms.ChoiceField(label=gettext_lazy("Decision"), choices=OverrideKind.choices)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=255, required=False)

    def clean_customer(self) -> Customer:
        text: str = self.cleaned_data["customer"]
        rows = limit_rows(Customer.objects.all(), self.user, "website")
        by_number: Customer | None = rows.filter(external_id=text).first()
        if by_number is not None:
            return by_number
        found: list[Customer] = list(
            rows.filter(email_folded=fold(text)).order_by("pk")[: NAMED + 1]
        )
        if not found:
            raise ValidationError(_("No customer has this number or e-mail."))
        if len(found) > 1:
            numbers = ", ".join(customer.external_id for customer in found[:NAMED])
            raise ValidationError(
                _("Several customers have this e-mail; give a number: %(numbers)s"),
                params={"numbers": numbers + (", …" if len(found) > NAMED else "")},
            )
        return found[0]


def overrides_page(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Show the overrides; on POST set one.

    Raises PermissionDenied for a POST of a user who may not change segments.
    """
    if request.method == "POST" and not request.user.has_perm("segments.change_segment"):
        raise PermissionDenied
    form = OverrideForm(request.POST or None)
    form.user = request.user
    if form.is_valid():
        return _decide(request, segment, form)
    decided = limit_rows(segment.overrides.all(), request.user, "customer__website")
    overrides = decided.select_related("customer", "author").order_by("-pk")
    page = Paginator(overrides, PAGE_SIZE).get_page(request.GET.get("page"))
    if page:
        seen = [override.customer.external_id for override in page]
        record_look(request.user, AuditSubject.SEGMENT, segment.code, "overrides", customers=seen)
    context |= {
        "form": form,
        "page": page,
    }
    return TemplateResponse(request, "admin/segments/segment/overrides.html", context)


def remove(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> HttpResponse:
    """Remove an override. Raises Http404 where the segment has no such override."""
    number = request.POST.get("override", "")
    try:
        override = get_object_or_404(segment.overrides, pk=int(number))
    except ValueError as error:  # not a number, or one with more digits than Python reads
        raise Http404 from error
    try:
        remove_override(override, author=request.user)
    except InvalidTree as error:
        messages.error(request, _("Not removed: %(problems)s") % {"problems": error})
    else:
        messages.success(request, _("The conditions decide about this customer again."))
    return redirect("admin:segments_segment_overrides", segment.pk)


def _decide(request: HttpRequest, segment: Segment, form: OverrideForm) -> HttpResponse:
    customer = form.cleaned_data["customer"]
    kind = OverrideKind(form.cleaned_data["kind"])
    try:
        set_override(
            segment, customer, kind, reason=form.cleaned_data["reason"], author=request.user
        )
    except InvalidTree as error:
        messages.error(request, _("Not stored: %(problems)s") % {"problems": error})
    else:
        _say(request, segment, customer, kind)
    return redirect("admin:segments_segment_overrides", segment.pk)


def _say(request: HttpRequest, segment: Segment, customer: Customer, kind: OverrideKind) -> None:
    is_member = segment.memberships.filter(customer=customer).exists()
    if not segment.is_active:
        messages.warning(
            request,
            _("Noted. The segment is inactive, so its members stay as they are for now."),
        )
    elif kind is OverrideKind.INCLUDE and not is_member:
        messages.warning(
            request,
            _(
                "Noted, but “%(customer)s” is outside of the segment's scope (its websites, "
                "customer groups and kind of customers), so is no member."
            )
            % {"customer": customer.called},
        )
    else:
        messages.success(
            request,
            (
                _("“%(customer)s” is a member now.")
                if is_member
                else _("“%(customer)s” is no member now.")
            )
            % {"customer": customer.called},
        )
