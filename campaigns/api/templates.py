"""Mail templates: reading, writing, previews, test mail, deletion, and former versions."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import MailPreviewSerializer, TestsSerializer
from campaigns.consent.addresses import is_valid
from campaigns.content.contents import content_of
from campaigns.delivery.test_mail import (
    TESTS_AN_HOUR,
    NoSender,
    TooManyTests,
    preview_content,
    send_test,
)
from campaigns.editing.templates import TEMPLATES, as_problem
from campaigns.models import MailTemplate
from campaigns.templates.problems import TemplateRefused
from campaigns.words import NO_ADDRESS
from core.access.personal import PERMISSION
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ExactTextField, StrictSerializer, TextField, WholeNumberField
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.clock import now
from core.problems import Invalid, Problem
from core.resources.api import SEARCH, Api
from customers.api.people import customer_with
from segments.models import Segment

MAIL_TEMPLATES = Api(
    TEMPLATES,
    "mail-templates/",
    names=("mail-templates", "mail-template"),
    words=("Templates", "Template"),
    nouns=("mail templates", "a mail template"),
    filters=(SEARCH,),
    example_code="welcome",
    example={
        "name": "Welcome",
        "subject": "Welcome, {{ customer.first_name|default:'friend' }}",
        "html": "<p>Good to have you.</p><p><a href='{{ unsubscribe_url }}'>Unsubscribe</a></p>",
    },
    change={"subject": "Welcome"},
)


class TemplatePreviewSerializer(StrictSerializer):
    """The customer, segment and step of a template's preview."""

    customer = ExactTextField(required=False, allow_null=True, default=None)
    segment = TextField(required=False, allow_null=True, default=None)
    step = WholeNumberField(required=False, allow_null=True, default=None, min_value=1)


class TestSerializer(StrictSerializer):
    """Where test mail goes."""

    to = serializers.ListField(child=TextField(max_length=254), min_length=1, max_length=5)
    customer = ExactTextField(required=False, allow_null=True, default=None)


class OfTemplates(Endpoint):
    """A call about templates: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, MailTemplate.DoesNotExist):
            exc = NotFound(_("There is no such template any more."))
        response: Response = super().handle_exception(exc)
        return response


class PreviewingTemplate(OfTemplates):
    """What a template says; nothing is stored and no coupon is issued."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.view_mailtemplate"],
            Answer(MailPreviewSerializer),
            takes=TemplatePreviewSerializer,
            example={"step": 1},
            summary="Preview a mail template",
            is_read=True,
        )
    }

    def post(self, request: Request, code: str) -> Response:
        template, asked = MAIL_TEMPLATES.row_at(code), self.body()
        customer = _customer_of(request, asked["customer"])
        segment = None
        if asked["segment"] is not None:
            segment = Segment.objects.filter(code=asked["segment"]).first()
            if segment is None:
                text = _("There is no segment “%(code)s”.") % {"code": asked["segment"]}
                raise invalid(Problem("segment", "unknown_segment", text))
        try:
            found = preview_content(
                content_of(template),
                customer=customer,
                segment=segment,
                step=asked["step"],
            )
        except TemplateRefused as error:
            raise invalid(*map(as_problem, error.problems)) from error
        return Response(self.render(found))


class TestingTemplate(OfTemplates):
    """Sends a template to a few addresses at once."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.send_test"],
            Answer(TestsSerializer),
            takes=TestSerializer,
            example={"to": ["you@shop.example"]},
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a test of a mail template",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        template, asked = MAIL_TEMPLATES.row_at(code), self.body()
        for place, address in enumerate(asked["to"]):
            if not is_valid(address):
                text = str(NO_ADDRESS)
                raise invalid(Problem(f"to[{place}]", "invalid", text))
        customer = _customer_of(request, asked["customer"])
        author = user_of(request)
        try:
            sent = send_test(template, asked["to"], now(), customer=customer, author=author)
        except NoSender as error:
            text = str(error)
            raise Refused(
                HTTPStatus.CONFLICT, text, [Problem("", "sender_missing", text)]
            ) from error
        except TooManyTests as error:
            text = _("At most %(n)d test mails an hour.") % {"n": TESTS_AN_HOUR}
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, text, wait=3600) from error
        except TemplateRefused as error:
            raise invalid(*map(as_problem, error.problems)) from error
        except Invalid as error:
            raise invalid(*error.problems) from error
        return Response(self.render({"sent": sent}))


def _customer_of(request: Request, number: str | None) -> Any:
    """Return the customer of a preview or test mail; None if `number` is None.

    The mail has their name and address in it: raises Refused (403) for users who may not see
    personal data.
    """
    if number is None:
        return None
    if not user_of(request).has_perm(PERMISSION):
        raise Refused(HTTPStatus.FORBIDDEN, _("You may not see the personal data of customers."))
    return customer_with(number, user_of(request))
