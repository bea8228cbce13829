"""Sessions that end since a second factor has become necessary, or was reset by an operator."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from core.clock import now
from login.factors.stored import are_needed, factors_of, needs_factor
from login.sessions import AT, MEANS

# The key in the session which notes that the log-in asked for a second factor.
HAS_FACTOR = "login.has_factor"


class RequiredFactorMiddleware:
    """End the session of a user who came in by a password alone and now needs a second factor.

    The log-in asked for a factor that the user had by then; a factor added since was not asked for
    in this session. The next page is that of the log-in, which asks for the password again before
    a user adds a factor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if are_needed() and SESSION_KEY in request.session:
            _end_if_incomplete(request)
        return self.get_response(request)


def _end_if_incomplete(request: HttpRequest) -> None:
    session = request.session
    if session.get(MEANS, "password") != "password" or session.get(HAS_FACTOR):
        return
    user = request.user
    if not isinstance(user, User) or not needs_factor(user):
        return
    entered_at = datetime.fromtimestamp(session.get(AT, 0), UTC)
    if factors_of(user).filter(created_at__lte=entered_at).exists():
        session[HAS_FACTOR] = True
    else:
        logout(request)


def end_sessions(user: User) -> int:
    """End all sessions of `user` and return how many there were; reads every session."""
    count = 0
    for row in Session.objects.filter(expire_date__gt=now()).iterator():
        if row.get_decoded().get(SESSION_KEY) == str(user.pk):
            SessionStore(row.session_key).delete()
            count += 1
    return count
