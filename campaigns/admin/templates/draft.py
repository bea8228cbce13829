"""The preview of a template while it is being written; nothing is stored."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from campaigns.delivery.test_mail import preview_content
from campaigns.editing.templates import as_problem
from campaigns.models import TemplateFormat
from campaigns.pages.views import shown_mail
from campaigns.templates.content import PARTS, Content
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import Rendered
from core.access.personal import PERMISSION
from customers.api.people import customer_called
from customers.models import Customer


class DraftForm(forms.Form):
    """The parts of a template as they are typed, and the customer of the preview."""

    subject = forms.CharField(required=False, strip=False)
    preheader = forms.CharField(required=False, strip=False)
    html = forms.CharField(required=False, strip=False)
    text = forms.CharField(required=False, strip=False)
    format = forms.ChoiceField(choices=TemplateFormat.choices)
    customer = forms.CharField(required=False)

    def __init__(self, request: HttpRequest) -> None:
        self.user = request.user
        self.may_name = request.user.has_perm(PERMISSION)
        super().__init__(request.POST)

    def clean_customer(self) -> Customer | None:
        called = self.cleaned_data["customer"]
        if not called:
            return None
        if not self.may_name:
            raise forms.ValidationError(_("You may not see the personal data of customers."))
        customer = customer_called(called, self.user)
        if customer is None:
            text = _("There is no customer “%(called)s”.") % {"called": called}
            raise forms.ValidationError(text)
        return customer

    def rendered(self) -> Rendered:
        """Render the content of a valid form; raises TemplateRefused."""
        data = self.cleaned_data
        parts = {name: data[name] for name in PARTS}
        content = Content(format=data["format"], **parts)
        return preview_content(content, customer=data["customer"])


def draft_as_text(request: HttpRequest) -> JsonResponse:
    """Return the rendered subject and text part of the draft, or its problems."""
    form = DraftForm(request)
    said: dict[str, Any] = {"problems": [], "warnings": [], "subject": "", "text": ""}
    if not form.is_valid():
        said["problems"] = [text for texts in form.errors.values() for text in texts]
        return JsonResponse(said)
    try:
        found = form.rendered()
    except TemplateRefused as error:
        said["problems"] = [str(as_problem(one)) for one in error.problems]
        return JsonResponse(said)
    said |= {"warnings": found.warnings, "subject": found.subject, "text": found.text}
    return JsonResponse(said)


def draft_as_html(request: HttpRequest) -> HttpResponse:
    """Return the HTML of the draft, for a frame that runs no scripts; empty if refused."""
    form = DraftForm(request)
    html = ""
    if form.is_valid():
        try:
            html = form.rendered().html
        except TemplateRefused:
            html = ""
    return shown_mail(html, in_frame=True)
