"""The audit log of actions of users and programs that may have to be accounted for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.registries import Registry


class AuditAction(models.TextChoices):
    """An action that the audit log records."""

    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    VIEWED = "viewed", _("personal data seen")
    # An export of a list in the admin; `segments.ExportAudit` records exports of members.
    EXPORTED = "exported", _("exported")
    ERASED = "erased", _("erased")
    LOCKED = "locked", _("locked after failed log-ins")
    REFUSED = "refused", _("log-in refused")


class AuditSubject(models.TextChoices):
    """The kind of thing that an action concerns; other apps register further kinds."""

    SEGMENT = "segment", _("segment")
    OVERRIDE = "override", _("include or exclude")
    CUSTOMER = "customer", _("customer")
    LOGIN = "login", _("log-in")
    TOKEN = "token", _("API token")


# Labels of the fields that `acting_through` adds to entries of every kind.
OF_ALL = {"through": _("done through"), "tool": _("tool")}


@dataclass(frozen=True)
class Subject:
    """A kind of thing that actions concern.

    `names_customers`: the names of these things are customer numbers, which an erasure removes from
    the log. `deeds` are labels of actions that have another label for this kind, and `fields` are
    labels of the fields of `before` and `after`. `texts` are the fields of `before` and `after` in
    which users write about a customer; an erasure empties them. `model` is the label of the model
    of these things, such as "campaigns.Campaign", whose columns name the fields without a label.
    `keys_are_names`: the keys of `before` and `after` name rows, and their values have the fields.
    `words` has a function for each field of `before` and `after` that is stored as a document: it
    returns the value in words, in one or more lines; None for a value that it cannot read.
    """

    name: str
    label: str | Promise
    names_customers: bool = False
    deeds: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    texts: Collection[str] = ()
    model: str = ""
    keys_are_names: bool = False
    words: Mapping[str, Callable[[Any], str | None]] = field(default_factory=dict)

    def label_of(self, name: str) -> str:
        """Return the label of a field of `before` and `after`, or `name` for a field without one.

        Raises LookupError where `model` is the label of no installed model.
        """
        if name in self.fields:
            return str(self.fields[name])
        return str(getattr(self._column(name), "verbose_name", OF_ALL.get(name, name)))

    def choice_of(self, name: str, value: Any) -> Any:
        """Return the label of `value` where it is one of the choices of a field, else `value`."""
        choices = getattr(self._column(name), "flatchoices", None) or ()
        return next((str(label) for choice, label in choices if choice == value), value)

    def _column(self, name: str) -> Any:
        columns = apps.get_model(self.model)._meta.get_fields() if self.model else ()
        return next((one for one in columns if one.name == name), None)


def with_words(
    subjects: Iterable[Subject], name: str, words: Mapping[str, Callable[[Any], str | None]]
) -> list[Subject]:
    """Return `subjects`, the one called `name` with these `words`."""
    return [replace(one, words=words) if one.name == name else one for one in subjects]


@dataclass(frozen=True)
class Action:
    """A kind of action; other apps register further ones."""

    name: str
    label: str | Promise


ACTIONS: Registry[Action] = Registry("audit action")
for deed in AuditAction:
    ACTIONS.register(Action(deed.value, deed.label))
SUBJECTS: Registry[Subject] = Registry("audit subject")
LOGIN_FIELDS = {
    "means": _("means"),
    "factor": _("second factor"),
    "reason": _("reason"),
    "address": _("network address"),
}
SUBJECTS.register(Subject("login", AuditSubject.LOGIN.label, fields=LOGIN_FIELDS))
SUBJECTS.register(
    Subject(
        "token",
        AuditSubject.TOKEN.label,
        fields={"websites": _("websites")},
        model="customers.ApiToken",
    )
)


@dataclass(frozen=True)
class Program:
    """An author that is no user, such as `code:shop-eu`; its actions are stored under its name."""

    name: str

    def get_username(self) -> str:
        """Return the name, as a user does."""
        return self.name


# The channel of an action, for entries, where it is not Tranche itself: "mcp" and the tool.
_means: ContextVar[Mapping[str, Any] | None] = ContextVar("audit means", default=None)


@contextmanager
def acting_through(means: str, **more: str) -> Iterator[None]:
    """Add `means` to the entries of the block as `through` in their `after`, with `more`."""
    token = _means.set({"through": means, **more})
    try:
        yield
    finally:
        _means.reset(token)


def account_of(author: Any) -> User | None:
    """Return the user that `author` is; None for a program, a command or an anonymous visitor."""
    return author if isinstance(author, User) else None


def subject_choices() -> list[tuple[str, str | Promise]]:
    """Return name and label of each kind; a kind of a removed app is shown by its name."""
    return [(subject.name, subject.label) for subject in SUBJECTS]


def action_choices() -> list[tuple[str, str | Promise]]:
    """Return name and label of each action; an action of a removed app is shown by its name."""
    return [(action.name, action.label) for action in ACTIONS]


class AuditEntry(models.Model):
    """The record of one action, written by `core.audit.record` only and never changed.

    The row has plain values and no foreign key except the user's, so that it stays complete when
    its subject is deleted.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # The user's name, which remains when the user is deleted; empty for commands and tasks.
    username = models.CharField(_("user name"), max_length=255, blank=True, default="")
    action = models.CharField(_("action"), max_length=16, choices=action_choices)
    subject = models.CharField(_("kind"), max_length=64, choices=subject_choices)
    # The segment's code, the customer's number, the user name that was tried, and so on.
    name = models.CharField(_("code or number"), max_length=64)
    # The values that differ, before and after; for a view or an export, what the user has seen.
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        app_label = "customers"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "name"], name="audit_subject_idx")]

    def __str__(self) -> str:
        return f"{self.who}: {self.deed} {self.name}"

    @property
    def deed(self) -> str:
        """The label of the action for this kind."""
        kind = SUBJECTS.find(self.subject)
        words = kind.deeds if kind else {}
        return str(words.get(self.action) or self.get_action_display())

    def called(self, name: str) -> str:
        """Return the label of a field of `before` and `after` for this kind."""
        kind = SUBJECTS.find(self.subject)
        return kind.label_of(name) if kind else name

    def label_of_key(self, key: str) -> str:
        """Return the label of a key of `before` and `after`: of a field, or the name of a row."""
        kind = SUBJECTS.find(self.subject)
        names_row = kind is not None and kind.keys_are_names
        return str(OF_ALL.get(key, key)) if names_row else self.called(key)

    def choice_of(self, name: str, value: Any) -> Any:
        """Return the label of a value of `before` or `after`; the value if it has none."""
        kind = SUBJECTS.find(self.subject)
        return kind.choice_of(name, value) if kind else value

    def words_of(self, name: str, value: Any) -> str | None:
        """Return a document of `before` or `after` in words; None if there are none for it."""
        kind = SUBJECTS.find(self.subject)
        in_words = kind.words.get(name) if kind else None
        return in_words(value) if in_words and value else None

    @property
    def who(self) -> str:
        """The user's name, or words for a failed log-in, a command or a task."""
        if self.subject == AuditSubject.LOGIN and not self.username:
            return gettext("somebody who did not get in")
        return self.username or gettext("command or task")


def record(
    user: User | AnonymousUser | Program | None,
    action: str,
    subject: str,
    name: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Store that `user` (None: a command or a task) did `action` to the `subject` called `name`.

    `before` and `after` are JSON values by their field's name; only fields that differ are stored,
    and where no field differs, no entry is written. Call this in the transaction of the action.
    `action` and `subject` are names of those registered in `ACTIONS` and `SUBJECTS`; ValueError for
    any other.
    """
    for registry, given in ((ACTIONS, action), (SUBJECTS, subject)):
        if registry.find(given) is None:
            raise ValueError(f"no {registry.kind} is registered as {given!r}")
    if before is not None and after is not None:
        names = [key for key in after if before.get(key) != after[key]]
        if not names:
            return
        before = {key: before.get(key) for key in names}
        after = {key: after[key] for key in names}
    if means := _means.get():
        after = {**(after or {}), **means}
    AuditEntry.objects.create(
        at=now(),
        user=account_of(user),
        username=user.get_username() if user else "",
        action=action,
        subject=subject,
        name=name,
        before=before,
        after=after,
    )


def record_look(
    user: User | AnonymousUser, subject: str, name: str, page: str, **seen: Any
) -> None:
    """Store that `user` saw personal data on `page` of the `subject` called `name`."""
    record(user, AuditAction.VIEWED, subject, name, after={"page": page, **seen})


def record_looks(user: User | AnonymousUser, subject: str, name: str, page: str) -> None:
    """Store that `user` sees personal data on `page`, which asks at each edit: once an hour."""
    known = AuditEntry.objects.filter(
        user=user if isinstance(user, User) else None,
        action=AuditAction.VIEWED,
        subject=subject,
        name=name,
        after__page=page,
        at__gt=now() - timedelta(hours=1),
    )
    if not known.exists():
        record_look(user, subject, name, page)
