"""The OpenAPI description, made from the same declarations that requests are checked by."""

import re
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
)
from rest_framework import serializers

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.idempotency.run_once import HEADER
from core.api.parsing import StrictSerializer
from core.api.refusals import CONTENT_TYPE
from core.problems import Problem

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what is changed, as it was read.",
)
MAY_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what was read: where it has changed since, nothing is done.",
)

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Sent again with the same key, the call does nothing and gets the first answer.",
)

JSON, ANYTHING = "application/json", "*/*"
# The names that client generators expect for the verbs of summaries.
VERBS = {"read": "get", "change": "update"}


class FindingSerializer(serializers.Serializer[Problem]):
    """One thing that is wrong, and where."""

    path = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemDetailsSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField(required=False)
    trace_id = serializers.CharField(required=False)
    errors = FindingSerializer(many=True, required=False)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Describes the operations of an `Endpoint`; other views are left out."""

    @property
    def operation(self) -> Operation:
        """The declaration of the method that is described."""
        view: Any = self.view
        found: Operation = view.operations[self.method]
        return found

    def is_excluded(self) -> bool:
        return not isinstance(self.view, Endpoint) or self.method not in self.view.operations

    def get_operation_id(self) -> str:
        """Return things and verb, such as `segments_list` or `campaigns_send`.

        The things are the path without its parameters; the verb is that of the summary. The last
        word of the path is the verb where the summary begins with that word.
        """
        path = re.sub(r"\{\w+\}", "", self.path.removeprefix("/api/v1/"))
        things = [re.sub(r"\W", "_", one) for one in path.split("/") if one]
        verb = self.operation.summary.split()[0].lower()
        view: Any = self.view
        is_verb = "GET" not in view.operations and things[-1].startswith(verb)
        return "_".join(things if is_verb else [*things, VERBS.get(verb, verb)])

    def _get_serializer_name(self, *described: Any, **more: Any) -> str:
        name: str = super()._get_serializer_name(*described, **more)
        # The generator adds this ending to the names of bodies, also where they have it.
        return name.replace("RequestRequest", "Request")

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_summary(self) -> str | None:
        return self.operation.summary or None

    def get_description(self) -> str:  # type: ignore[override]
        doc = (type(self.view).__doc__ or "").strip()
        needs = ", ".join(f"`{one}`" for one in self.operation.needs)
        return f"{doc}\n\nPermission: {needs}." if needs else doc

    def get_auth(self) -> list[dict[str, Any]]:
        # The ways to authenticate are alternatives.
        return [{name: scopes} for one in super().get_auth() for name, scopes in one.items()]

    def get_request_serializer(self) -> Any:
        takes = self.operation.takes
        # The parser of a body that is not JSON has the body's schema.
        shapes = {one.media_type: getattr(one, "shape", takes) for one in self.view.parser_classes}
        return shapes if takes and len(shapes) > 1 else takes

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        takes = self.operation.takes
        # Neither a list nor a text has required fields, by which the generator judges.
        if body and (len(body["content"]) > 1 or isinstance(takes, PolymorphicProxySerializer)):
            body["required"] = True
        return body

    def map_parsers(self) -> list[str]:
        """Return the media types of bodies; JSON where a body may call itself anything."""
        return [one.replace(ANYTHING, JSON) for one in super().map_parsers()]

    def get_examples(self) -> list[Any]:
        example = self.operation.example
        # The page shows the name of an example that has no summary.
        return [OpenApiExample("An example", example, request_only=True)] if example else []

    def get_override_parameters(self) -> list[Any]:
        declared = [
            OpenApiParameter(
                one.name,
                self._field(one.field),
                many=False,
                required=one.field.required,
                description=one.meaning,
            )
            for one in self.operation.parameters
        ]
        return [
            *declared,
            *[IF_MATCH] * self.operation.if_match,
            *[MAY_MATCH] * self.operation.may_match,
            *[IDEMPOTENCY_KEY] * self._takes_key,
            *self._told_beside(),
        ]

    def get_response_serializers(self) -> Any:
        found: dict[Any, Any] = {}
        for answer in filter(None, (self.operation.answer, self.operation.later)):
            status: Any = str(answer.status.value)
            file = OpenApiResponse({"type": "string"}, description=answer.status.phrase)
            found |= {(status, one): file for one in answer.media}
            if answer.serializer is not None:
                found[status, JSON] = self._response_of(answer)
            elif not answer.media:
                found[status] = self._response_of(answer)
        for refusal in sorted(self._refusals()):
            found[str(refusal.value), CONTENT_TYPE] = OpenApiResponse(
                ProblemDetailsSerializer, description=refusal.phrase
            )
        return found

    def _response_of(self, answer: Answer) -> OpenApiResponse:
        said = answer.status.phrase
        if answer.serializer is None:
            return OpenApiResponse(None, description=said)
        ref = self.resolve_serializer(answer.serializer, "response").ref
        if answer.pages:
            link = {"type": ["string", "null"], "format": "uri"}
            properties = {"next": link, "previous": link, "results": _list_of(ref)}
            page = {"type": "object", "properties": properties, "required": list(properties)}
            return OpenApiResponse(page, description=said)
        return OpenApiResponse(_list_of(ref) if answer.many else ref, description=said)

    def _told_beside(self) -> list[OpenApiParameter]:
        status = self.operation.answer.status.value
        told = self.operation.answer.headers or {}
        return [
            OpenApiParameter(
                name, str, OpenApiParameter.HEADER, response=[status], description=meaning
            )
            for name, meaning in told.items()
        ]

    def _field(self, field: Any) -> Any:
        return self._map_serializer_field(field, "request")  # type: ignore[no-untyped-call]

    @property
    def _takes_key(self) -> bool:
        return self.method == "POST" and not self.operation.is_read

    def _refusals(self) -> set[HTTPStatus]:
        status = HTTPStatus
        found = {status.BAD_REQUEST, status.UNAUTHORIZED, status.FORBIDDEN}
        found |= {status.TOO_MANY_REQUESTS, *self.operation.refusals}
        if "{" in self.path:
            found.add(status.NOT_FOUND)
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            found.add(status.UNSUPPORTED_MEDIA_TYPE)
        if self.operation.if_match:
            found |= {status.PRECONDITION_FAILED, status.PRECONDITION_REQUIRED}
        if self.operation.may_match:
            found.add(status.PRECONDITION_FAILED)
        if self._takes_key:
            found |= {status.CONFLICT, status.UNPROCESSABLE_ENTITY}
        return found

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        found: Any = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if isinstance(serializer, StrictSerializer):
            found["additionalProperties"] = False
        for one in found.get("properties", {}).values():
            # A default of "" does not match the pattern.
            if "default" in one.get("oneOf", [{}])[0]:
                one["default"] = one["oneOf"][0].pop("default")
        if isinstance(serializer, serializers.ModelSerializer) and direction == "response":
            # A response always has every field; only a request may leave fields out.
            found["required"] = sorted(found["properties"])
        return found


class CredentialsScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token, or the session of the admin."""

    target_class = "core.access.authentication.Credentials"
    name = ["token", "bearer", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Token KEY`; `manage.py create_api_token USERNAME` prints a key.",
            },
            {"type": "http", "scheme": "bearer", "description": "The same as `Token KEY`."},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


def _list_of(ref: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": ref}
