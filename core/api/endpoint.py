"""Endpoints of the API: one declaration checks the requests and makes the OpenAPI description."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from core.access.website_limits import Treatment, check_treatment
from core.api.idempotency.run_once import Call, call_of, respond_once
from core.api.parameters import Parameter, parameters_of
from core.api.parsing import StrictSerializer, check_empty


@dataclass(frozen=True)
class Answer:
    """The response of a method that succeeds: its status and its serializer (None: no body).

    `many`: the body is a list of the serializer's objects; `pages`: the body is a page of them
    (`next`, `previous`, `results`). `media` are the media types of a body that is not JSON, or that
    may be chosen instead of JSON. `headers` describes the response headers, by name.
    """

    serializer: type[Serializer[Any]] | None
    status: HTTPStatus = HTTPStatus.OK
    many: bool = False
    pages: bool = False
    media: Sequence[str] = ()
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Operation:
    """One method of an endpoint.

    `needs` are the required permissions, all of them. `takes` is the serializer of the request body
    (None: there is no body). `refusals` are the error statuses besides 400, 401, 403, 429, and 404
    where the path names something. `later` is the response where the work continues in the
    background. `example` is a valid body. Requests with `if_match` must have the version of the row
    in If-Match; with `may_match` the header is checked where it is sent. `summary` is a verb and
    its object. A POST with `is_read` changes nothing; every other POST accepts an
    `Idempotency-Key`, and `secrets` are the keys of its response that are null in a replay.
    `websites` is the treatment of users who are limited to websites; the default refuses them.
    """

    needs: Sequence[str]
    answer: Answer
    takes: type[StrictSerializer] | None = None
    parameters: Sequence[Parameter] = ()
    refusals: Sequence[HTTPStatus] = ()
    if_match: bool = False
    may_match: bool = False
    later: Answer | None = None
    example: Any = None
    summary: str = ""
    is_read: bool = False
    secrets: Sequence[str] = ()
    websites: Treatment = Treatment.REFUSED


class Endpoint(APIView):
    """A view whose methods are declared as `Operation`s in `operations`, by method."""

    operations: ClassVar[Mapping[str, Operation]] = {}

    @property
    def needs(self) -> Mapping[str, Sequence[str]]:
        """The permissions of each method."""
        return {method: operation.needs for method, operation in self.operations.items()}

    @cached_property
    def query(self) -> dict[str, Any]:
        """The values of the query parameters of this request, by name, checked."""
        method = "GET" if self.request.method == "HEAD" else self.request.method
        operation = self.operations.get(str(method))
        return parameters_of(self.request, operation.parameters) if operation else {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        operation = self.operations.get(str(request.method))
        asked = self.operations.get("GET") if request.method == "HEAD" else operation
        if asked is not None:
            check_treatment(request.user, asked.websites)
        call = None
        if request.method == "POST" and operation is not None and not operation.is_read:
            call = call_of(self.request)
        if call is None or operation is None:
            # Check the query after authentication and permissions and before the handler runs;
            # unknown parameters are refused.
            _checked = self.query
        else:
            self._run_once(call, operation)

    def _run_once(self, call: Call, operation: Operation) -> None:
        """Let the handler of this POST run once for its `Idempotency-Key`.

        The query is checked within that run: a key that came with another query before is refused
        for that reason, before the query's own problems.
        """
        view: Any = self
        handler = view.post

        def post(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            def run() -> HttpResponseBase:
                _checked = self.query
                response: HttpResponseBase = handler(request, *args, **kwargs)
                return response

            return respond_once(call, run, self.handle_exception, operation.secrets)

        view.post = post

    def body(self, *, partial: bool = False) -> dict[str, Any]:
        """Return the validated body of this request; empty where the method takes no body.

        With `partial`, fields that the request leaves out stay out and get no defaults. Raises the
        validation error of the serializer.
        """
        takes = self.operations[str(self.request.method)].takes
        if takes is None:
            check_empty(self.request.data)
            return {}
        serializer = takes(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    @cached_property
    def render(self) -> Callable[[Any], dict[str, Any]]:
        """The function that shows an object by the serializer of this request's response."""
        method = "GET" if self.request.method == "HEAD" else self.request.method
        serializer: Any = self.operations[str(method)].answer.serializer
        rendered: Callable[[Any], dict[str, Any]]
        rendered = serializer(context={"request": self.request}).to_representation
        return rendered
