"""Sessions of users: complete log-ins, log-ins that wait for a second factor, own paths."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from core.clock import now
from login.audit import note_login

BACKEND = "django.contrib.auth.backends.ModelBackend"
MEANS, AT, PENDING = "login.means", "login.at", "login.pending"
# For so long a correct password waits for its second factor.
WAIT = timedelta(minutes=10)


def own_path(wanted: str | None) -> str:
    """Return `wanted` where it is a path of this site, else the address of the first page."""
    wanted = wanted or ""
    # Browsers leave out tabs and ends of lines: "/", a tab and "//evil.example" lead away.
    is_path = wanted.startswith("/") and wanted.isprintable()
    if is_path and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def finish_login(
    request: HttpRequest, user: User, means: str, wanted: str, *, factor: str = ""
) -> HttpResponseRedirect:
    """Log `user` in under a new session key, and return the way to `wanted`."""
    # Remove all data of the time before the log-in.
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session[MEANS] = means
    note_login(request, user, means, factor)
    return HttpResponseRedirect(own_path(wanted))


def stamp_session(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Note in the session when the user proved who they are; receives `user_logged_in`."""
    if hasattr(request, "session"):
        request.session[AT] = now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the person proved who they are within `settings.REAUTH_MINUTES`."""
    at = request.session.get(AT)
    return at is not None and abs(now().timestamp() - at) <= settings.REAUTH_MINUTES * 60


def wait_for_factor(request: HttpRequest, user: User, wanted: str) -> None:
    """Note that `user` gave the right password and is not in yet."""
    request.session.flush()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": now().timestamp(),
        "next": wanted,
    }


def pending_user(request: HttpRequest) -> User | None:
    """Return who gave the right password and still needs a second factor; None after a while."""
    waiting = request.session.get(PENDING)
    if not waiting or _is_over(waiting["at"]):
        return None
    user = User.objects.filter(pk=waiting["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), waiting["hash"]):
        return None
    return user


def pending_path(request: HttpRequest) -> str:
    """Return where the pending log-in leads."""
    return str(request.session.get(PENDING, {}).get("next", ""))


def _is_over(at: float) -> bool:
    return now() - datetime.fromtimestamp(at, tz=now().tzinfo) > WAIT
