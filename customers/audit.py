"""Writes the audit log: who did what, with what there was before and after."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from customers.clock import now
from customers.models.audit import ACTIONS, SUBJECTS, Action, AuditAction, AuditEntry, Subject

__all__ = ["ACTIONS", "SUBJECTS", "Action", "Subject", "record", "record_look", "record_looks"]


def record(
    user: User | AnonymousUser | None,
    action: str,
    subject: str,
    name: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Store that `user` (None: a command or a task) did `action` to the `subject` called `name`.

    `before` and `after` are JSON values by their field's name; only fields that differ are stored,
    and where none does no entry is written. Belongs in the transaction of the deed itself.
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
    AuditEntry.objects.create(
        at=now(),
        user=user if isinstance(user, User) else None,
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
