"""The list of a segment: customers put on it and taken off it, effective at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.csv_body import CsvParser
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ExactJSONParser, StrictSerializer
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.problems import Problem
from customers.imports.named.named_csv import names_in
from customers.imports.named.named_customers import By, Name, Names, RefusedNames, TooManyNames
from customers.imports.problems import BrokenFile, ImportProblem, reason_in_file
from segments.api.responses import ListChangeSerializer
from segments.api.segments import segment_at, segment_not_found
from segments.api.too_many_requests import turn_of
from segments.editing.lists import MOST, ListTooLong, NotAList, Verb, change_list
from segments.models import Segment

MOST_IN_JSON = 10_000
SEES_WHO = "segments.view_members"


@extend_schema_field({"type": "string"})
class NameField(serializers.Field[Any, Any, Any, Any]):
    """A customer's number or e-mail, whatever text it is: who that is, is looked for."""

    default_error_messages = {"invalid": gettext_lazy("Not a valid string.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class ListRequestSerializer(StrictSerializer):
    """The customers to put on the list or to take off it: `ids`, or `emails`."""

    default_error_messages = {"one_of": gettext_lazy("Either “ids” or “emails” is needed.")}

    ids = serializers.ListField(child=NameField(), required=False, max_length=MOST_IN_JSON)
    emails = serializers.ListField(child=NameField(), required=False, max_length=MOST_IN_JSON)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if len(values) != 1:
            raise serializers.ValidationError(self.error_messages["one_of"], code="one_of")
        return values


UNKNOWN = Parameter(
    "unknown",
    serializers.ChoiceField(["refuse", "skip"], required=False),
    "What becomes of names that are nobody's: all is refused (the default), or they are left out.",
)
OPERATION = Operation(
    ["segments.change_segment"],
    Answer(ListChangeSerializer),
    takes=ListRequestSerializer,
    example={"ids": ["C-1001"]},
    parameters=[UNKNOWN],
    refusals=[HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE],
)


class SegmentList(Endpoint):
    """`PUT` replaces the list, `POST` adds to it, `DELETE` takes out; JSON, or CSV with a column
    `id` or `email`. By e-mail for those only who may see members."""

    operations: ClassVar = {
        "PUT": replace(OPERATION, summary="Replace a list"),
        "POST": replace(OPERATION, summary="Add customers to a list"),
        "DELETE": replace(OPERATION, summary="Remove customers from a list"),
    }
    parser_classes = (ExactJSONParser, CsvParser)

    def put(self, request: Request, code: str) -> Response:
        return self._change(request, code, Verb.REPLACE)

    def post(self, request: Request, code: str) -> Response:
        return self._change(request, code, Verb.ADD)

    def delete(self, request: Request, code: str) -> Response:
        return self._change(request, code, Verb.REMOVE)

    def _change(self, request: Request, code: str, verb: Verb) -> Response:
        segment = segment_at(code, user_of(request))
        try:
            with turn_of(request), self._named() as names:
                if names.by is By.EMAIL and not self._sees_emails:
                    raise PermissionDenied
                counts = change_list(
                    segment,
                    verb,
                    names,
                    skip_unknown=self.query.get("unknown") == "skip",
                    author=user_of(request),
                )
        except BrokenFile as error:
            found = [_of_file(one) for one in error.problems]
            raise invalid(*found) from error
        except RefusedNames as error:
            found = [_problem(one, names.by, self._is_csv) for one in error.first]
            raise invalid(*found) from error
        except (ListTooLong, TooManyNames) as error:
            message = _("A list has %(most)s customers at most.") % {"most": f"{MOST:,}"}
            raise invalid(Problem("", "list_too_long", message)) from error
        except NotAList as error:
            message = _("“%(code)s” has conditions, and no list.") % {"code": code}
            raise Refused(HTTPStatus.CONFLICT, message) from error
        except Segment.DoesNotExist as error:  # Deleted while this was waiting.
            raise segment_not_found(code) from error
        return Response(self.render(counts))

    @property
    def _sees_emails(self) -> bool:
        # The response reveals whether a customer has an address.
        return self.request.user.has_perm(SEES_WHO)

    @property
    def _is_csv(self) -> bool:
        return isinstance(self.request.data, SpooledTemporaryFile)

    @contextmanager
    def _named(self) -> Iterator[Names]:
        data = cast(Any, self.request.data)
        if self._is_csv:
            with data:
                yield names_in(data, compares_emails=self._sees_emails)
        else:
            ((field, values),) = self.body().items()
            by = By.ID if field == "ids" else By.EMAIL
            yield Names(by, (Name(index, value) for index, value in enumerate(values)))


def _problem(name: Name, by: By, is_csv: bool) -> Problem:
    code = "unknown_customer" if name.fault == "unknown" else name.fault
    if is_csv:
        return Problem(_line(name.place), code, reason_in_file(name.fault, name.value))
    return Problem(f"{by}s[{name.place}]", code, name.reason)


def _of_file(problem: ImportProblem) -> Problem:
    return Problem(_line(problem.line), problem.code, problem.reason)


def _line(number: int | None) -> str:
    return "" if number is None else f"line {number}"
