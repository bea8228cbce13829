"""Log-ins, refusals, second factors and groups in the audit log, and refusals in the log."""

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.access.origin import origin_of
from core.audit import Action, AuditAction, AuditSubject, Subject, record

logger = logging.getLogger(__name__)

LOGGED_IN, LOGGED_OUT = "logged_in", "logged_out"
FACTOR, RIGHTS = "login.factor", "login.rights"

ACTIONS = (
    Action(LOGGED_IN, _("logged in")),
    Action(LOGGED_OUT, _("logged out")),
)
SUBJECTS = (
    Subject(
        FACTOR,
        _("second factor"),
        deeds={"created": _("added"), "deleted": _("removed")},
        fields={"kind": _("kind"), "means": _("means")},
    ),
    Subject(
        RIGHTS,
        _("rights of a user"),
        fields={
            "groups": _("groups"),
            "superuser": _("superuser"),
            "staff": _("may enter the admin"),
            "means": _("means"),
        },
    ),
)


def note_login(request: HttpRequest, user: User, means: str, factor: str) -> None:
    """Record that `user` is in, by `means` and perhaps a second factor."""
    origin = origin_of(request)
    logger.info("Logged in: user %r by %s from %s", user.get_username(), means, origin)
    after = {"means": means, "address": origin, **({"factor": factor} if factor else {})}
    record(user, LOGGED_IN, AuditSubject.LOGIN, user.get_username()[:64], after=after)


def note_logout(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Record that `user` logged out; receives `user_logged_out`."""
    if isinstance(user, User):
        session = getattr(request, "session", {})
        after = {"means": session.get("login.means", "password")}
        record(user, LOGGED_OUT, AuditSubject.LOGIN, user.get_username()[:64], after=after)


def note_refusal(request: HttpRequest, means: str, reason: str, name: str = "") -> None:
    """Record why a log-in by `means` is refused, in one line of the log and one entry.

    `reason` holds no code, token or secret; `name` is the user name or subject, where known.
    """
    origin = origin_of(request)
    logger.warning("Log-in by %s refused: %s; %r from %s", means, reason, name, origin)
    after = {"means": means, "reason": reason, "address": origin}
    record(None, AuditAction.REFUSED, AuditSubject.LOGIN, name[:64], after=after)


def note_factor(
    user: User, author: User | None, action: AuditAction, kind: str, **more: str
) -> None:
    """Record that a second factor of `user` was added or removed, by `author` (None: a command)."""
    after = {"kind": kind, **more}
    record(author, action, FACTOR, user.get_username()[:64], after=after)


def note_rights(
    user: User, before: Mapping[str, Any], after: Mapping[str, Any], means: str
) -> None:
    """Record which groups and rights a log-in gave and took; nothing where they are the same."""
    if before != after:
        name = user.get_username()[:64]
        changed = {**after, "means": means}
        record(user, AuditAction.CHANGED, RIGHTS, name, before=before, after=changed)
