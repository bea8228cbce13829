"""The API of a resource, made from its declaration: addresses, bodies and responses."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from core.api.openapi.schema import FindingSerializer
from core.api.parameters import Parameter
from core.api.parsing import ClockField
from core.api.preconditions import etag_of
from core.api.refusals import as_json as findings
from core.api.routes.slashes import with_slash
from core.resources.endpoints import OneRow, ResourceEndpoint, Restoring, Rows, Versions
from core.resources.resource import Resource, Saved
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

    def _view(self, base: type[ResourceEndpoint], name: str) -> Any:
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


class ApiWithSecret(Api):
    """An API whose response to a new row has the secret of the row, shown this once."""

    @cached_property
    def created_serializer(self) -> type[ResourceSerializer]:
        saved = self.saved_serializer
        meta = type("Meta", (saved.Meta,), {"fields": [*saved.Meta.fields, "secret"]})
        inner = {"Meta": meta, "secret": serializers.CharField(read_only=True)}
        return type(f"New{self.words[1]}WithSecretSerializer", (saved,), inner)

    def respond_to_save(
        self, saved: Saved, user: Any, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        response = super().respond_to_save(saved, user, status)
        if status == HTTPStatus.CREATED:
            response.data["secret"] = self.secret_of(saved.row)
        return response

    def secret_of(self, row: Any) -> str:
        """Return the secret of `row`; "" for a row without one."""
        secret: str = row.secret
        return secret
