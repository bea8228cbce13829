"""The endpoints of a resource, made from its declaration."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.confirmation import refuse_unconfirmed
from core.access.website_limits import OutsideWebsites, is_limited
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.openapi.schema import FindingSerializer
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ClockField
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_version, etag_of
from core.api.refusals import as_json as findings
from core.api.refusals import conflict
from core.api.routes.slashes import with_slash
from core.resources.resource import InUse, Resource, Saved
from core.resources.serializers import ResourceSerializer
from core.text.folding import fold


@dataclass(frozen=True)
class Filter:
    """A query parameter of a list, and how its value filters the rows."""

    parameter: Parameter
    apply: Callable[[QuerySet[Any], Any], QuerySet[Any]]
    # Whether it filters by counts of customers of all websites, which limited users may not see.
    counts: bool = False
    # Raises where the user must not filter by the value.
    check: Callable[[Any, Any], None] | None = None


def _by_text(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(name_folded__contains=fold(text)) | Q(code__contains=fold(text)))


def _by_state(rows: QuerySet[Any], is_active: str) -> QuerySet[Any]:
    return rows.filter(is_active=is_active == "true")


SEARCH = Filter(
    Parameter(
        "search",
        serializers.CharField(required=False, allow_blank=True, trim_whitespace=False),
        "A part of the name or the code.",
    ),
    _by_text,
)
IS_ACTIVE = Filter(
    Parameter("is_active", serializers.ChoiceField(["true", "false"], required=False)), _by_state
)


@dataclass(frozen=True)
class Api:
    """The API of a resource.

    The endpoints below `path` are the list, one row by its code, its versions, and the restoring of
    a version. `names` are the URL names (list, row), `words` the names for views and schemas, and
    `nouns` the words for summaries (plural; singular with article). `example` is a whole document
    without its code, which is `example_code`; `change` is an example of a change. `address` makes a
    URL pattern from route, view and name; `key` is the path converter and name of a row's key.
    Without `needs_version`, a change may leave If-Match out.
    """

    resource: Resource
    path: str
    names: tuple[str, str]
    words: tuple[str, str]
    nouns: tuple[str, str]
    example: Mapping[str, Any]
    change: Mapping[str, Any]
    example_code: str = ""
    filters: Sequence[Filter] = field(default_factory=tuple)
    # Further statuses of PUT and PATCH where the present state forbids the change.
    refusals: Sequence[HTTPStatus] = ()
    address: Callable[..., URLPattern] = with_slash
    key: str = "text:code"
    methods: Collection[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")
    needs_version: bool = True
    # The keys that only the response to the creation of a row has.
    secrets: Sequence[str] = ()

    def urls(self) -> list[URLPattern]:
        """Return the URL patterns."""
        many, one = self.names
        at = f"{self.path}<{self.key}>/"
        found = [
            self.address(self.path, self._view(Rows, self.words[0]), name=many),
            self.address(at, self._view(OneRow, f"One{self.words[1]}"), name=one),
        ]
        if self.resource.has_versions:
            versions = self._view(Versions, f"{self.words[1]}Versions")
            restoring = self._view(Restoring, f"Restoring{self.words[1]}")
            found += [
                self.address(f"{at}versions/", versions, name=f"{one}-versions"),
                self.address(
                    f"{at}versions/<int:number>/restore/", restoring, name=f"{one}-restore"
                ),
            ]
        return found

    def _view(self, base: "type[ResourceEndpoint]", name: str) -> Any:
        found = base.operations_of(self)
        operations = {method: one for method, one in found.items() if method in self.methods}
        # Remove the handlers of methods that the resource does not have.
        left_out = {method.lower() for method in found.keys() - operations.keys()}
        inner = {name: one for name, one in vars(base).items() if name not in left_out}
        return type(name, base.__bases__, {**inner, "api": self, "operations": operations})

    def permission(self, action: str) -> str:
        """Return the permission to `view`, `add`, `change` or `delete` rows."""
        meta = self.resource.model._meta
        return f"{meta.app_label}.{action}_{meta.model_name}"

    # Serializers of bodies ----------------------------------------------------------------

    @property
    def serializer(self) -> type[ResourceSerializer]:
        """The serializer of a stored row."""
        return self.resource.serializer

    @cached_property
    def new_serializer(self) -> type[ResourceSerializer]:
        """The serializer of a row to be created."""
        code = {self.serializer.code_name: {"required": True}}
        more = {**getattr(self.serializer.Meta, "extra_kwargs", {}), **code}
        meta = type("Meta", (self.serializer.Meta,), {"extra_kwargs": more})
        return self._variant(f"New{self.words[1]}Serializer", meta, {})

    @cached_property
    def saved_serializer(self) -> type[ResourceSerializer]:
        """The serializer of a saved row with its warnings."""
        names = [*self.serializer.Meta.fields, "warnings"]
        meta = type("Meta", (self.serializer.Meta,), {"fields": names})
        return self._variant(
            f"Saved{self.words[1]}Serializer",
            meta,
            {"warnings": FindingSerializer(many=True, read_only=True)},
        )

    @property
    def created_serializer(self) -> type[ResourceSerializer]:
        """The serializer of a created row."""
        return self.saved_serializer

    @cached_property
    def version_serializer(self) -> type[serializers.Serializer[Any]]:
        """The serializer of a stored version of a row."""
        names = ["number", *self.resource.reader.document_fields, "author", "created_at"]
        meta = type("Meta", (self.serializer.Meta,), {"fields": names})
        return self._variant(
            f"{self.words[1]}VersionSerializer",
            meta,
            {
                "number": serializers.IntegerField(read_only=True),
                "author": serializers.CharField(read_only=True, allow_null=True),
                "created_at": ClockField(read_only=True),
            },
        )

    def _variant(self, name: str, meta: Any, more: Mapping[str, Any]) -> type[ResourceSerializer]:
        inner = {"Meta": meta, "__doc__": self.serializer.__doc__, **more}
        found: type[ResourceSerializer] = type(name, (self.serializer,), inner)
        return found

    @property
    def new_example(self) -> Mapping[str, Any]:
        """An example of a whole document of a new row."""
        if not self.example_code:
            return self.example
        return {self.serializer.code_name: self.example_code, **self.example}

    # Answers -----------------------------------------------------------------------------------

    def rows_at(self, *codes: str) -> QuerySet[Any]:
        """Return the rows at a path with `codes`; overrides may raise NotFound."""
        rows: QuerySet[Any] = self.resource.rows()
        return rows

    def new_at(self, *codes: str) -> Any:
        """Return the initial instance of a new row at a path with `codes`; None: an empty one."""
        return None

    def order_of(self, query: Mapping[str, Any]) -> str:
        """Return the column that orders a list with these query parameters."""
        return "pk"

    def codes_of(self, row: Any) -> list[Any]:
        """Return the codes in the path of a row."""
        return [getattr(row, self.resource.identity)]

    def row_at(self, *codes: Any, user: Any = None) -> Any:
        """Return the row with the last code of a path.

        Raises NotFound, also where `user` (None: a task) is limited to other websites.
        """
        *above, code = codes
        rows = self.resource.coverage.rows_seen(self.rows_at(*above), user)
        row = rows.filter(**{self.resource.identity: code}).first()
        if row is None:
            raise NotFound(_("There is no “%(code)s” here.") % {"code": code})
        return row

    def row_to_write(self, *codes: Any, user: Any) -> Any:
        """Return the row with the last code of a path, for `user` to write.

        Raises NotFound, and OutsideWebsites where it covers websites that `user` is not limited to.
        """
        row = self.row_at(*codes, user=user)
        self.resource.coverage.check_writing(row, user)
        return row

    def tag_of(self, row: Any) -> str:
        """Return the ETag of a row's writable data, for If-Match."""
        return etag_of(row)

    def prepare(self, rows: Sequence[Any], user: Any) -> None:
        """Add to `rows` the further data that is shown, as far as `user` may see it."""

    def show_row(self, row: Any, user: Any) -> Any:
        """Return a row as it is shown to `user`."""
        self.prepare([row], user)
        return self.serialize_row(row)

    def serialize_row(self, row: Any) -> Any:
        """Return a row as it is shown."""
        return self.resource.reader.to_representation(row)

    def serialize_version(self, version: Any) -> dict[str, Any]:
        """Return a version of a row as it is shown."""
        return {
            "number": version.number,
            **self.resource.definition_of(version),
            "author": version.author.get_username() if version.author else None,
            "created_at": version.created_at,
        }

    def prepare_versions(self, versions: Sequence[Any]) -> None:
        """Add to `versions` the further data that is shown."""

    def respond_to_save(
        self, saved: Saved, user: Any, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        """Return the response to a save by `user`."""
        body = self.show_row(saved.row, user) | {"warnings": findings(saved.warnings)}
        response = Response(body, status=status, headers={"ETag": self.tag_of(saved.row)})
        if status == HTTPStatus.CREATED:
            response["Location"] = reverse(f"api:{self.names[1]}", args=self.codes_of(saved.row))
        return response


@contextmanager
def _not_found_if_deleted() -> Iterator[None]:
    """Raise NotFound where another transaction deleted the row between look-up and lock."""
    try:
        yield
    except ObjectDoesNotExist as error:
        raise NotFound(_("Somebody has deleted it meanwhile.")) from error


class ResourceEndpoint(Endpoint):
    """An address of a resource."""

    api: ClassVar[Api]

    @classmethod
    def operations_of(cls, api: Api) -> Mapping[str, Operation]:
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
    def operations_of(cls, api: Api) -> Mapping[str, Operation]:
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
    def operations_of(cls, api: Api) -> Mapping[str, Operation]:
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
    def operations_of(cls, api: Api) -> Mapping[str, Operation]:
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
    def operations_of(cls, api: Api) -> Mapping[str, Operation]:
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
