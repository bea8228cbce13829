"""An address of the API: one declaration, which requests are checked by and the schema shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from core.access.website_limits import Treatment, check_treatment
from core.api.idempotency.once import Call, call_of, respond_once
from core.api.parameters import Parameter, parameters_of
from core.api.parsing import StrictSerializer, check_empty

Shape = type[Serializer[Any]]


@dataclass(frozen=True)
class Answer:
    """The response of a method that succeeds: its status and its serializer (None: no body).

    `many`: the body is a list of the serializer's objects; `pages`: the body is a page of them
    (`next`, `previous`, `results`). `media` are the media types of a body that is not JSON, or that
    may be chosen instead of JSON. `headers` describes the response headers, by name.
    """

    shape: Shape | None
    status: HTTPStatus = HTTPStatus.OK
    many: bool = False
    pages: bool = False
    media: Sequence[str] = ()
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Operation:
    """One method of an address.

    `needs` are the permissions, all of them; `takes` reads and checks the body (None: there is
    none); `refusals` are the statuses besides 400, 401, 403, 429, and 404 where the address names
    something; `later` is the answer where the work goes on in the background. `example` is a body
    that may be sent as it stands. Calls with `if_match` need the version that they are about; those
    with `may_match` look at it where it is given. `summary` is a verb and its object. A POST with
    `is_read` changes nothing; every other one takes an `Idempotency-Key`, and `secrets` are the
    keys of its answer that are null in a replay. `websites` says what the call does for somebody
    who is limited to websites: unless declared, it refuses them.
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
            # After who asks and whether they may, before anything is done; unknown ones are
            # refused.
            _checked = self.query
        else:
            self._run_once(call, operation)

    def _run_once(self, call: Call, operation: Operation) -> None:
        """Let the handler of this POST run once for its `Idempotency-Key`.

        The query is checked with it: a key that came with another query before is refused as such.
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
        """Return the checked body of this request; an empty one where the method takes none.

        With `partial` what is left out is left out, without its default.
        """
        takes = self.operations[str(self.request.method)].takes
        if takes is None:
            check_empty(self.request.data)
            return {}
        serializer = takes(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
