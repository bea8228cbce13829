"""The endpoints of a resource: all rows, one row, its versions, and the restoring of a version."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.confirmation import refuse_unconfirmed
from core.access.website_limits import OutsideWebsites, is_limited
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_version
from core.api.refusals import conflict
from core.resources.resource import InUse, Saved

if TYPE_CHECKING:
    from core.resources.api import Api


@contextmanager
def _not_found_if_deleted() -> Iterator[None]:
    """Raise NotFound where another transaction deleted the row between look-up and lock."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise NotFound(_("Somebody has deleted it meanwhile.")) from error


class ResourceEndpoint(Endpoint):
    """An address of a resource."""

    api: ClassVar["Api"]

    @classmethod
    def operations_of(cls, api: "Api") -> Mapping[str, Operation]:
        """Return the operations of this address for a resource.

        Subclasses override this method; the base raises NotImplementedError.
        """
        raise NotImplementedError

    def row(self, codes: Mapping[str, Any]) -> Any:
        """Return the row at the path of the request; for writing methods, one to write."""
        user, values = user_of(self.request), codes.values()
        if self.request.method in SAFE_METHODS:
            return self.api.row_at(*values, user=user)
        return self.api.row_to_write(*values, user=user)

    def respond_to_write(
        self, request: Request, write: Callable[..., Saved], *given: Any
    ) -> Response:
        """Return the response to a write, which checks the row's version (If-Match)."""
        with _not_found_if_deleted():
            saved = write(*given, author=user_of(request), precondition=self._is_current)
        return self.api.respond_to_save(saved, user_of(request))

    def _is_current(self, row: Any) -> None:
        is_needed = self.api.needs_version and not row._state.adding
        check_version(self.request, row, self.api.tag_of(row), is_needed=is_needed)


class Rows(ResourceEndpoint):
    """All rows; a new one."""

    @classmethod
    def operations_of(cls, api: "Api") -> Mapping[str, Operation]:
        return {
            "GET": Operation(
                [api.permission("view")],
                Answer(api.serializer, pages=True),
                parameters=[*PAGED, *(one.parameter for one in api.filters)],
                websites=api.resource.treatment,
                summary=f"List {api.nouns[0]}",
            ),
            "POST": Operation(
                [api.permission("add")],
                Answer(api.created_serializer, HTTPStatus.CREATED, headers=ETAG),
                takes=api.new_serializer,
                example=api.new_example,
                websites=api.resource.treatment,
                summary=f"Create {api.nouns[1]}",
                secrets=api.secrets,
            ),
        }

    def get(self, request: Request, **codes: str) -> Response:
        rows = self.api.rows_at(*codes.values())
        rows = self.api.resource.coverage.rows_seen(rows, user_of(request))
        for one in self.api.filters:
            if one.parameter.name in self.query:
                if one.counts and is_limited(request.user):
                    raise OutsideWebsites
                value = self.query[one.parameter.name]
                if one.check is not None:
                    one.check(value, user_of(request))
                rows = one.apply(rows, value)
        return page_of(
            rows,
            self.api.order_of(self.query),
            self.api.serialize_row,
            self,
            prepare=lambda found: self.api.prepare(found, user_of(request)),
        )

    def post(self, request: Request, **codes: str) -> Response:
        new = self.api.new_at(*codes.values())
        if self.api.secrets:
            refuse_unconfirmed(request)
        with _not_found_if_deleted():
            saved = self.api.resource.create(request.data, author=user_of(request), new=new)
        return self.api.respond_to_save(saved, user_of(request), HTTPStatus.CREATED)


class OneRow(ResourceEndpoint):
    """One row; what is written needs the version it is about (If-Match)."""

    @classmethod
    def operations_of(cls, api: "Api") -> Mapping[str, Operation]:
        noun, websites = api.nouns[1], api.resource.treatment
        closed = [HTTPStatus.CONFLICT] if api.resource.can_close else []
        put = Operation(
            [api.permission("change")],
            Answer(api.saved_serializer, headers=ETAG),
            takes=api.serializer,
            example=api.example,
            refusals=[*closed, *api.refusals],
            if_match=api.needs_version,
            may_match=not api.needs_version,
            websites=websites,
            summary=f"Replace {noun}",
        )
        return {
            "GET": Operation(
                [api.permission("view")],
                Answer(api.serializer, headers=ETAG),
                websites=websites,
                summary=f"Read {noun}",
            ),
            "PUT": put,
            "PATCH": replace(put, example=api.change, summary=f"Change {noun}"),
            "DELETE": replace(
                put,
                needs=[api.permission("delete")],
                answer=Answer(None, HTTPStatus.NO_CONTENT),
                takes=None,
                example=None,
                refusals=[HTTPStatus.CONFLICT],
                summary=f"Delete {noun}",
            ),
        }

    def get(self, request: Request, **codes: str) -> Response:
        row = self.row(codes)
        shown = self.api.show_row(row, user_of(request))
        return Response(shown, headers={"ETag": self.api.tag_of(row)})

    def put(self, request: Request, **codes: str) -> Response:
        return self.respond_to_write(request, self.api.resource.save, self.row(codes), request.data)

    def patch(self, request: Request, **codes: str) -> Response:
        return self.respond_to_write(
            request, self.api.resource.change, self.row(codes), request.data
        )

    def delete(self, request: Request, **codes: str) -> Response:
        row = self.row(codes)
        delete = self.api.resource.delete
        try:
            with _not_found_if_deleted():
                delete([row], author=user_of(request), precondition=self._is_current)
        except InUse as error:
            raise conflict("in_use", str(error), used_by=error.users) from error
        return Response(status=HTTPStatus.NO_CONTENT)


class Versions(ResourceEndpoint):
    """All versions of a row, the oldest first."""

    @classmethod
    def operations_of(cls, api: "Api") -> Mapping[str, Operation]:
        return {
            "GET": Operation(
                [api.permission("view")],
                Answer(api.version_serializer, pages=True),
                parameters=PAGED,
                websites=api.resource.treatment,
                summary=f"List versions of {api.nouns[1]}",
            )
        }

    def get(self, request: Request, **codes: str) -> Response:
        rows = self.row(codes).versions.select_related("author")
        api = self.api
        return page_of(rows, "number", api.serialize_version, self, prepare=api.prepare_versions)


class Restoring(ResourceEndpoint):
    """Makes an old version of a row the newest one."""

    @classmethod
    def operations_of(cls, api: "Api") -> Mapping[str, Operation]:
        return {
            "POST": Operation(
                [api.permission("change")],
                Answer(api.saved_serializer, headers=ETAG),
                refusals=[HTTPStatus.CONFLICT] if api.resource.can_close else [],
                if_match=True,
                websites=api.resource.treatment,
                summary=f"Restore a version of {api.nouns[1]}",
            )
        }

    def post(self, request: Request, number: int, **codes: str) -> Response:
        self.body()
        row = self.row(codes)
        if not row.versions.filter(number=number).exists():
            raise NotFound(_("There is no version %(number)d.") % {"number": number})
        return self.respond_to_write(request, self.api.resource.restore, row, number)
