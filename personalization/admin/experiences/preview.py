"""The page “Preview”: what a customer sees at a time, and which variant comes before which."""

import time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import clock
from customers.admin.moments import MomentField
from customers.models import Customer, Website
from customers.personal import PERMISSION
from customers.problems import Invalid
from personalization.admin.experiences.shown import shown_content
from personalization.experiences.checking import CONTEXT
from personalization.experiences.serving import Asked, serve
from personalization.experiences.shopper import called
from personalization.models import Placement

# So many seconds somebody waits for a preview.
PATIENCE = 10.0


class PreviewForm(forms.Form):
    """Which page, as whom, and when."""

    page_type = forms.ChoiceField(label=gettext_lazy("Page type"))
    customer = forms.CharField(
        label=gettext_lazy("Customer number"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("Left empty: somebody who is not logged in."),
    )
    at = MomentField(
        label=gettext_lazy("At"), required=False, help_text=gettext_lazy("Left empty: now.")
    )
    website = forms.ChoiceField(label=gettext_lazy("Website"), required=False)
    device = forms.CharField(label=gettext_lazy("Device"), required=False, max_length=255)
    time_of_day = forms.CharField(label=gettext_lazy("Time of day"), required=False, max_length=255)
    session_type = forms.CharField(
        label=gettext_lazy("Type of session"), required=False, max_length=255
    )
    traffic_source = forms.CharField(
        label=gettext_lazy("Traffic source"), required=False, max_length=255
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pages = Placement.objects.order_by("page_type").values_list("page_type", flat=True)
        types = [(one, one) for one in pages.distinct()]
        self.fields["page_type"].choices = types  # type: ignore[attr-defined]
        sites = [("", _("the customer’s")), *Website.objects.values_list("code", "name")]
        self.fields["website"].choices = sites  # type: ignore[attr-defined]

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"]
        found = called(number)
        if number and found is None:
            raise forms.ValidationError(
                _("There is no customer “%(number)s”."), params={"number": number}
            )
        return found


def preview_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the page; nothing is stored, so that its address may be kept."""
    sent = request.GET if "page_type" in request.GET else None
    form = PreviewForm(sent)
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
                    may_name=request.user.has_perm(PERMISSION),
                )
            )
            context["answer"] = answer
            context["shown"] = [(one, shown_content(one.content)) for one in answer.elements]
        except Invalid as error:
            form.add_error(None, str(error))
    return TemplateResponse(request, "admin/personalization/experiences/preview.html", context)
