"""Mail templates: read, written, tried out, deleted, and what they said before."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.addresses import is_valid
from campaigns.api.answers import (
    MailPreviewShape,
    TemplateShape,
    TemplateVersionShape,
    TestsShape,
)
from campaigns.definition import TemplateDefinition, template_definition
from campaigns.editing.templates import (
    TemplateInUse,
    as_problem,
    create_template,
    delete_template,
    lock_template,
    restore_template,
    save_template,
)
from campaigns.models import MailTemplate, MailTemplateVersion, TemplateFormat
from campaigns.templates.problems import TemplateRefused
from campaigns.trying import TESTS_AN_HOUR, NoSender, TooManyTests, previewed, send_test
from core.access.personal import PERMISSION
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ExactTextField, StrictSerializer, TextField, WholeNumberField
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import Refused, invalid
from core.clock import now
from core.problems import Problem
from core.text.folding import fold
from customers.api.people import customer_with
from segments.models import Segment

MOST_CHARACTERS = 600_000
SEARCH = Parameter(
    "search",
    serializers.CharField(required=False, allow_blank=True, trim_whitespace=False),
    "A part of the name or the code.",
)


class BodyField(TextField):
    """A text that is kept as it was sent, spaces around it too."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            default="",
            allow_blank=True,
            max_length=MOST_CHARACTERS,
            trim_whitespace=False,
            **more,
        )


class TemplateSerializer(StrictSerializer):
    """What is written of a template."""

    code = TextField(required=False, max_length=64)
    name = TextField(max_length=255)
    subject = TextField(max_length=MOST_CHARACTERS)
    preheader = BodyField()
    html = BodyField()
    text = BodyField()
    format = serializers.ChoiceField(TemplateFormat.choices, default=TemplateFormat.HTML)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if key != "version"}
        return super().to_internal_value(data)


class NewTemplateSerializer(TemplateSerializer):
    """What is written of a new template."""

    code = TextField(max_length=64)


class TemplatePreviewSerializer(StrictSerializer):
    """For whom a template is tried out."""

    customer = ExactTextField(required=False, allow_null=True, default=None)
    segment = TextField(required=False, allow_null=True, default=None)
    step = WholeNumberField(required=False, allow_null=True, default=None, min_value=1)


class TestSerializer(StrictSerializer):
    """Where test mail goes."""

    to = serializers.ListField(child=TextField(max_length=254), min_length=1, max_length=5)
    customer = ExactTextField(required=False, allow_null=True, default=None)


EXAMPLE = {
    "name": "Welcome",
    "subject": "Welcome, {{ customer.first_name|default:'friend' }}",
    "html": "<p>Good to have you.</p><p><a href='{{ unsubscribe_url }}'>Unsubscribe</a></p>",
}


class OfTemplates(Endpoint):
    """A call about templates: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, MailTemplate.DoesNotExist):
            exc = NotFound(_("There is no such template any more."))
        response: Response = super().handle_exception(exc)
        return response


class Templates(OfTemplates):
    """All templates; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_mailtemplate"],
            Answer(TemplateShape, pages=True),
            parameters=(*PAGED, SEARCH),
        ),
        "POST": Operation(
            ["campaigns.add_mailtemplate"],
            Answer(TemplateShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewTemplateSerializer,
            example={"code": "welcome", **EXAMPLE},
        ),
    }

    def get(self, request: Request) -> Response:
        rows = MailTemplate.objects.all()
        if text := self.query.get("search"):
            rows = rows.filter(Q(name_folded__contains=fold(text)) | Q(code__contains=fold(text)))
        return page_of(rows, "pk", template_json, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        code = values.pop("code")
        template = create_template(code, TemplateDefinition(**values), author=user_of(request))
        response = _saved(template, HTTPStatus.CREATED)
        response["Location"] = reverse("api:mail-template", args=[template.code])
        return response


class OneTemplate(OfTemplates):
    """One template; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(["campaigns.view_mailtemplate"], Answer(TemplateShape, headers=ETAG)),
        "PUT": Operation(
            ["campaigns.change_mailtemplate"],
            Answer(TemplateShape, headers=ETAG),
            takes=TemplateSerializer,
            example=EXAMPLE,
            if_match=True,
        ),
        "PATCH": Operation(
            ["campaigns.change_mailtemplate"],
            Answer(TemplateShape, headers=ETAG),
            takes=TemplateSerializer,
            example={"subject": "Welcome"},
            if_match=True,
        ),
        "DELETE": Operation(
            ["campaigns.delete_mailtemplate"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return _saved(template_at(code), HTTPStatus.OK)

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with transaction.atomic():
            template = _to_change(request, code)
            try:
                delete_template(template, author=user_of(request))
            except TemplateInUse as error:
                problem = Problem("", "in_use", str(error))
                raise Refused(
                    HTTPStatus.CONFLICT, str(error), [problem], used_by=error.users
                ) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            template = _to_change(request, code)
            values = self.body(partial=partial)
            if values.pop("code", code) != code:
                message = _("The code of a template never changes.")
                raise invalid(Problem("code", "read_only", message))
            definition = TemplateDefinition(**(vars(template_definition(template)) | values))
            saved = save_template(template, definition, author=user_of(request))
        return _saved(saved, HTTPStatus.OK)


class TemplateVersions(OfTemplates):
    """All versions of a template, the oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_mailtemplate"],
            Answer(TemplateVersionShape, pages=True),
            parameters=PAGED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        rows = MailTemplateVersion.objects.filter(template=template_at(code))
        return page_of(rows.select_related("author"), "number", _version_json, self)


class RestoringTemplate(OfTemplates):
    """Makes an old version of a template the newest one."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.change_mailtemplate"], Answer(TemplateShape, headers=ETAG), if_match=True
        )
    }

    def post(self, request: Request, code: str, number: int) -> Response:
        self.body()
        with transaction.atomic():
            template = _to_change(request, code)
            if not template.versions.filter(number=number).exists():
                raise NotFound(_("There is no version %(number)d.") % {"number": number})
            saved = restore_template(template, number, author=user_of(request))
        return _saved(saved, HTTPStatus.OK)


class PreviewingTemplate(OfTemplates):
    """What a template says; nothing is stored and no coupon is issued."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.view_mailtemplate"],
            Answer(MailPreviewShape),
            takes=TemplatePreviewSerializer,
            example={"step": 1},
            summary="Preview a mail template",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        template, asked = template_at(code), self.body()
        customer = _customer_of(request, asked["customer"])
        segment = None
        if asked["segment"] is not None:
            segment = Segment.objects.filter(code=asked["segment"]).first()
            if segment is None:
                text = _("There is no segment “%(code)s”.") % {"code": asked["segment"]}
                raise invalid(Problem("segment", "unknown_segment", text))
        try:
            found = previewed(
                template_definition(template),
                customer=customer,
                segment=segment,
                step=asked["step"],
            )
        except TemplateRefused as error:
            raise invalid(*map(as_problem, error.problems)) from error
        return Response(
            {
                "subject": found.subject,
                "html": found.html,
                "text": found.text,
                "warnings": found.warnings,
                "size": found.size,
            }
        )


class TestingTemplate(OfTemplates):
    """Sends a template to a few addresses at once."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.send_test"],
            Answer(TestsShape),
            takes=TestSerializer,
            example={"to": ["you@shop.example"]},
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a test of a mail template",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        template, asked = template_at(code), self.body()
        for place, address in enumerate(asked["to"]):
            if not is_valid(address):
                text = _("This is no e-mail address.")
                raise invalid(Problem(f"to[{place}]", "invalid", text))
        customer = _customer_of(request, asked["customer"])
        author = user_of(request)
        try:
            sent = send_test(template, asked["to"], now(), customer=customer, author=author)
        except NoSender as error:
            text = _("No store has a sender with an address and a postal address.")
            raise Refused(
                HTTPStatus.CONFLICT, text, [Problem("", "sender_missing", text)]
            ) from error
        except TooManyTests as error:
            text = _("At most %(n)d test mails an hour.") % {"n": TESTS_AN_HOUR}
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, text, wait=3600) from error
        except TemplateRefused as error:
            raise invalid(*map(as_problem, error.problems)) from error
        rows = [{"message": one.pk, "state": one.state, "reason": one.reason} for one in sent]
        return Response({"sent": rows})


def template_at(code: str) -> MailTemplate:
    """Return the template `code`; raises NotFound."""
    template: MailTemplate | None = MailTemplate.objects.filter(code=code).first()
    if template is None:
        raise NotFound(_("There is no template “%(code)s”.") % {"code": code})
    return template


def template_json(template: MailTemplate) -> dict[str, Any]:
    """Return a template as the API shows it."""
    said = asdict(template_definition(template))
    return {"code": template.code, **said, "version": template.version}


def _customer_of(request: Request, number: str | None) -> Any:
    """Return the customer whom a mail is tried out for: their name and address are in it."""
    if number is None:
        return None
    if not user_of(request).has_perm(PERMISSION):
        raise Refused(HTTPStatus.FORBIDDEN, _("You may not see the personal data of customers."))
    return customer_with(number)


def _to_change(request: Request, code: str) -> MailTemplate:
    template = lock_template(template_at(code).pk)
    text = _("Somebody else has changed the template meanwhile; version %(v)s is stored.")
    check_if_match(request, etag_of(template), text % {"v": template.version})
    return template


def _saved(template: MailTemplate, status: HTTPStatus) -> Response:
    return Response(template_json(template), status=status, headers={"ETag": etag_of(template)})


def _version_json(version: MailTemplateVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        **version.definition,
        "author": version.author.get_username() if version.author else None,
        "created_at": version.created_at,
    }
