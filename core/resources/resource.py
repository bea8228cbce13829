"""Writes rows of a resource: lock, validate, store, version and audit in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.access.website_limits import Treatment, findings_within, is_limited, websites_of
from core.api.refusals import problems_in
from core.audit import AuditAction, record
from core.clock import now
from core.problems import Invalid, Problem
from core.resources.coverage import Coverage, SeenByNone
from core.resources.serializers import ResourceSerializer
from core.text.codes import free_code
from core.text.formats import MOST_NAMED, first_named, in_quotes

T = TypeVar("T")
Precondition = Callable[[Any], None]


@dataclass(frozen=True)
class Saved:
    """A stored row and its warnings."""

    row: Any
    warnings: tuple[Problem, ...] = ()


class InUse(ValueError):
    """A row that cannot be deleted, since the rows `names`, with the codes `users`, use it.

    Without `names` the message does not say what uses the row.
    """

    def __init__(self, row: Any, names: str, users: Sequence[str]) -> None:
        self.users = list(users)
        text = _("“%(name)s” is used by %(users)s.") if names else _("“%(name)s” is in use.")
        super().__init__(text % {"name": row, "users": names})


def in_use(row: Any, users: Sequence[str], *, are_named: bool = True) -> InUse:
    """Return the InUse error that names the first 20 of `users` and counts the rest.

    Without `are_named` the users, which may concern other websites, are not named.
    """
    if not are_named:
        return InUse(row, "", [])
    return InUse(row, first_named([in_quotes(name) for name in users]), users[:MOST_NAMED])


class Resource:
    """Rows of one model that people and programs edit, each change a version and an audit entry.

    `subject` is the kind of the rows in the audit log. A document is a mapping of JSON values as
    PUT takes them; where a document is refused, Invalid has every problem and nothing is stored.
    """

    serializer: ClassVar[type[ResourceSerializer]]
    subject: ClassVar[str]
    # The beginning of a code that is generated for a name without letters.
    usual_code: ClassVar[str] = "row"
    # How rows cover websites, for people who are limited to some.
    coverage: ClassVar[Coverage] = SeenByNone()
    # The column by which programs and the audit log name a row.
    identity: ClassVar[str] = "code"

    # To be overridden --------------------------------------------------------------------------

    def hold(self) -> None:
        """Take the locks that come before the row lock in the lock order."""

    def users(self, row: Any) -> Sequence[str]:
        """Return the names of the rows that use `row` and prevent its deletion."""
        return ()

    def check_open(self, row: Any) -> None:
        """Raise a refusal where the state of `row` allows no changes any more.

        Called with the locked row, before it is validated or deleted.
        """

    def before_save(self, row: Any, *, author: Any) -> None:
        """Prepare a changed row, in the same transaction; may raise a refusal."""

    def after_save(self, row: Any) -> None:
        """Write the dependent rows of a changed row, in the same transaction."""

    def before_delete(self, row: Any, *, author: Any) -> None:
        """Delete the dependent rows of a row, in the same transaction."""

    def rows(self) -> Any:
        """Return all rows, with the related data that is shown."""
        return self.model._default_manager.all()

    def name_of(self, row: Any) -> str:
        """Return the name of the row in the audit log."""
        return str(getattr(row, self.identity))

    def free_code(self, name: Any) -> str:
        """Return an unused code that is made from `name`."""
        rows, reserved = self.model._default_manager.all(), self.serializer.reserved_codes
        called = name if isinstance(name, str) else ""
        return free_code(called, rows, otherwise=self.usual_code, reserved=reserved)

    # Reading -----------------------------------------------------------------------------------

    @property
    def model(self) -> Any:
        """The model of the rows."""
        return self.serializer.Meta.model

    @cached_property
    def reader(self) -> ResourceSerializer:
        """A serializer that shows rows."""
        return self.serializer()

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of the fields of a document."""
        return frozenset(self.reader.document_fields)

    @cached_property
    def has_versions(self) -> bool:
        """Return whether older definitions of a row are kept as related rows called `versions`."""
        return any(one.name == "versions" for one in self.model._meta.get_fields())

    @property
    def treatment(self) -> Treatment:
        """How the API and the pages of the resource treat users who are limited to websites."""
        is_hidden = isinstance(self.coverage, SeenByNone)
        return Treatment.REFUSED if is_hidden else Treatment.LIMITED

    @cached_property
    def can_close(self) -> bool:
        """Return whether a row can reach a state that allows no changes any more."""
        return type(self).check_open is not Resource.check_open

    def document_of(self, row: Any) -> dict[str, Any]:
        """Return the document of `row` as JSON values, without its code and version."""
        return self.reader.document_of(row)

    def definition_of(self, version: Any) -> dict[str, Any]:
        """Return the definition in `version` with the fields that a definition has today.

        Fields that are newer than the version have their default.
        """
        stored = version.definition
        return {name: stored.get(name, value) for name, value in self.defaults.items()}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The definition of a row that names nothing."""
        return self.document_of(self.model())

    def warnings_of(self, row: Any) -> list[Problem]:
        """Return the problems that a stored row has by now, and its warnings."""
        serializer = self.serializer(row, data=self.document_of(row))
        serializer.is_valid()
        return [*problems_in(serializer.errors), *serializer.warnings]

    # Writing -----------------------------------------------------------------------------------

    def create(self, document: Any, *, author: Any, new: Any = None) -> Saved:
        """Store a new row, with the code that `document` gives it, as version 1.

        `new` is the unsaved instance that the row begins as, such as one with its owner set.
        """

        def work() -> Saved:
            self.hold()
            return self.store(self._checked_for(author, None, document, new), author=author)

        return _retry_once(work)

    def save(
        self, row: Any, document: Any, *, author: Any, precondition: Precondition | None = None
    ) -> Saved:
        """Write `document` to `row`; fields that `document` leaves out get their defaults.

        `precondition` is called with the locked row before anything else.
        """
        return self._write(row, lambda _row: document, author, precondition)

    def change(
        self, row: Any, change: Any, *, author: Any, precondition: Precondition | None = None
    ) -> Saved:
        """Replace the values of `row` that `change` names and keep the others, as `save` does."""

        def document(held: Any) -> Any:
            # The serializer reports what is wrong with a change that is no object.
            whole = isinstance(change, Mapping)
            return {**self.document_of(held), **change} if whole else change

        return self._write(row, document, author, precondition)

    def restore(
        self, row: Any, number: int, *, author: Any, precondition: Precondition | None = None
    ) -> Saved:
        """Write the definition of version `number` to `row`, as `save` does.

        Raises ObjectDoesNotExist where `row` has no such version, and the exceptions of `save`.
        """

        def document(held: Any) -> dict[str, Any]:
            definition = held.versions.get(number=number).definition
            return {name: definition[name] for name in definition.keys() & self.known}

        return self._write(row, document, author, precondition)

    def delete(
        self, rows: Sequence[Any], *, author: Any, precondition: Precondition | None = None
    ) -> None:
        """Delete all of `rows` or none; raises InUse for the first that is used."""
        with transaction.atomic():
            for row in sorted(rows, key=lambda row: row.pk):
                held = self.lock(row.pk)
                if precondition is not None:
                    precondition(held)
                self.check_open(held)
                self.delete_locked(held, author=author)

    def lock(self, pk: Any) -> Any:
        """Return the stored row with a row lock until the end of the transaction."""
        self.hold()
        return self.rows().select_for_update(no_key=True, of=("self",)).get(pk=pk)

    def lock_row(self, row: Any) -> Any:
        """Return the stored `row`, locked; a new one where changing the row creates it."""
        return self.lock(row.pk)

    def checked(
        self, row: Any, document: Any, *, broken: Sequence[str] = (), new: Any = None
    ) -> ResourceSerializer:
        """Return the serializer of `document`; raises Invalid where it finds a problem.

        `row` is locked, or None for a new row that begins as `new`.
        """
        serializer = self.serializer(row, data=document, broken=broken, new=new)
        if not serializer.is_valid():
            raise Invalid(list(problems_in(serializer.errors)))
        return serializer

    def _checked_for(self, author: Any, row: Any, document: Any, new: Any) -> ResourceSerializer:
        """Return the serializer as `checked`; raises OutsideWebsites as `findings_within`."""
        try:
            return self.checked(row, document, new=new)
        except Invalid as error:
            shown = findings_within(error.problems, websites_of(author))
            raise type(error)(shown) from error

    def store(self, serializer: ResourceSerializer, *, author: Any) -> Saved:
        """Store the row of a valid `serializer` where it has changed; call this in a transaction.

        Raises OutsideWebsites where `author` is limited to websites and the row covers others,
        before or after the change.
        """
        row: Any = serializer.row
        is_new = serializer.instance is None
        if is_new:
            self.coverage.fill(row, author)
        else:
            self.coverage.check_writing(serializer.instance, author)
        self.coverage.check_writing(row, author)
        before = None if is_new else self.document_of(serializer.instance)
        after = self.document_of(row)
        warnings = tuple(serializer.warnings)
        if before == after:
            return Saved(serializer.instance, warnings)
        self.before_save(row, author=author)
        row.version = 1 if is_new else row.version + 1
        row.save()
        if self.has_versions:
            row.versions.create(
                number=row.version, definition=after, author=author, created_at=now()
            )
        self.after_save(row)
        action = AuditAction.CREATED if is_new else AuditAction.CHANGED
        record(author, action, self.subject, self.name_of(row), before=before, after=after)
        return Saved(row, warnings)

    def _write(
        self,
        row: Any,
        document: Callable[[Any], Any],
        author: Any,
        precondition: Precondition | None,
    ) -> Saved:
        def work() -> Saved:
            held = self.lock_row(row)
            if precondition is not None:
                precondition(held)
            self.check_open(held)
            old, new = (None, held) if held._state.adding else (held, None)
            return self.store(self._checked_for(author, old, document(held), new), author=author)

        return _retry_once(work)

    def delete_locked(self, row: Any, *, author: Any) -> None:
        """Delete a locked row; raises InUse where it is used, and OutsideWebsites as `store`."""
        self.coverage.check_writing(row, author)
        if users := self.users(row):
            raise in_use(row, users, are_named=not is_limited(author))
        self.before_delete(row, author=author)
        before = self.document_of(row)
        record(author, AuditAction.DELETED, self.subject, self.name_of(row), before=before)
        row.delete()


def _retry_once(work: Callable[[], T]) -> T:
    """Return the result of `work`, retried once where another transaction took the same code."""
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        with transaction.atomic():
            return work()
