"""The page “Preview”: a page as a customer sees it at a time, and the ranking of its variants."""

import time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.access.personal import PERMISSION
from core.forms.datetimes import MomentField
from core.problems import Invalid
from core.text.json_documents import can_be_stored
from customers.api.people import customer_called
from customers.models import Customer, Website
from personalization.admin.experiences.content.in_words import shown_content
from personalization.admin.experiences.suggested import Suggested
from personalization.admin.experiences.variants.context_form import values_used
from personalization.conditions.audience import BELONGING, is_question
from personalization.experiences.resources import CONTEXT
from personalization.experiences.serving.responses import Asked, serve
from personalization.experiences.serving.shopper import find_customer
from personalization.models import Placement
from personalization.models.behavior.types import DEVICES

# The number of seconds that the page waits for a preview.
PATIENCE = 10.0
BY_NUMBER = gettext_lazy("The customer’s number. Left empty: somebody who is not logged in.")
BY_EMAIL = gettext_lazy(
    "The customer’s number or e-mail address. Left empty: somebody who is not logged in."
)


def _visit(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=255, help_text=help_text)


class PreviewForm(forms.Form):
    """The page type, customer and time of a preview."""

    page_type = forms.ChoiceField(label=gettext_lazy("Page type"))
    customer = forms.CharField(label=gettext_lazy("Customer"), required=False, max_length=255)
    at = MomentField(
        label=gettext_lazy("At"), required=False, help_text=gettext_lazy("Left empty: now.")
    )
    website = forms.ChoiceField(label=gettext_lazy("Website"), required=False)
    device = forms.ChoiceField(
        label=gettext_lazy("Device"),
        required=False,
        help_text=gettext_lazy("Unknown: no variant is shown that is limited to devices."),
    )
    time_of_day = _visit(
        gettext_lazy("Time of day"),
        gettext_lazy("As the storefront calls it, such as morning. Left empty: it does not say."),
    )
    session_type = _visit(
        gettext_lazy("Type of session"),
        gettext_lazy("As the storefront calls it, such as returning. Left empty: it does not say."),
    )
    traffic_source = _visit(
        gettext_lazy("Traffic source"),
        gettext_lazy("As the storefront calls it, such as newsletter. Left empty: from anywhere."),
    )

    def __init__(self, *args: Any, may_name: bool, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.may_name = may_name
        self.fields["customer"].help_text = BY_EMAIL if may_name else BY_NUMBER
        used = values_used()
        for name in CONTEXT[1:]:
            self.fields[name].widget = Suggested(used[name])
        more = [(one, one) for one in used["device"] if one not in DEVICES]
        devices = [("", _("unknown")), *DEVICES.items(), *more]
        self.fields["device"].choices = devices  # type: ignore[attr-defined]
        pages = Placement.objects.order_by("page_type").values_list("page_type", flat=True)
        types = [(one, one) for one in pages.distinct()]
        self.fields["page_type"].choices = types  # type: ignore[attr-defined]
        sites = [("", _("the customer’s")), *Website.objects.values_list("code", "name")]
        self.fields["website"].choices = sites  # type: ignore[attr-defined]

    def clean_customer(self) -> Customer | None:
        text = self.cleaned_data["customer"]
        found = find_customer(text)
        if text and found is None and self.may_name:
            found = customer_called(text, self.user)
        if text and found is None:
            raise forms.ValidationError(
                _("There is no customer “%(number)s”."), params={"number": text}
            )
        return found


def _customer_of_variant(code: str) -> str:
    """Return the number of a member of the first segment with a variant of the place, or ""."""
    place = Placement.objects.filter(code=code).first() if can_be_stored(code) else None
    variants = place.variants.filter(is_active=True).order_by("priority", "code") if place else ()
    for one in variants:
        if one.audience and is_question(one.audience) and one.audience["operator"] in BELONGING:
            members = Customer.objects.filter(
                memberships__segment__code__in=one.audience["segments"]
            )
            if place and place.website_id:
                members = members.filter(website=place.website_id)
            numbers = members.order_by("pk").values_list("external_id", flat=True)
            if number := numbers.first():
                return str(number)
    return ""


def preview_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the page; nothing is stored, so that its address may be kept.

    `place` in the address asks for the view of a customer for whom the place has a variant.
    """
    sent = request.GET.copy() if "page_type" in request.GET else None
    if sent and "place" in sent and request.user.has_perm("customers.view_customer"):
        sent["customer"] = _customer_of_variant(request.GET["place"])
    may_name = request.user.has_perm(PERMISSION)
    form = PreviewForm(sent, may_name=may_name, user=request.user)
    context |= {"form": form, "title": _("Preview")}
    if sent is not None and form.is_valid():
        data = form.cleaned_data
        try:
            answer = serve(
                Asked(
                    page_type=data["page_type"],
                    customer=data["customer"],
                    at=data["at"] or clock.now(),
                    deadline=time.monotonic() + PATIENCE,
                    website=data["website"] or None,
                    context={name: data[name] for name in CONTEXT if data[name]},
                    preview=True,
                    as_of=data["at"],
                    may_name=may_name,
                )
            )
            context["answer"] = answer
            context["shown"] = [(one, shown_content(one.content)) for one in answer.elements]
        except Invalid as error:
            form.add_error(None, str(error))
    return TemplateResponse(request, "admin/personalization/experiences/preview.html", context)
