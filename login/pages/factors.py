"""Pages where users list, add and remove their second factors, also to add a required first one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access.confirmation import ask_first
from login.factors import passkeys, totp
from login.factors.recovery_codes import count_codes, new_codes
from login.factors.stored import add_factor, factors_of, has_factor, needs_factor, remove_factor
from login.models import FactorKind
from login.pages.guessing import posted_answer
from login.sessions import finish_login, own_path, pending_path, pending_user

# In the session: the key of an app that is not proved yet.
UNPROVED_KEY = "login.totp"

View = Callable[..., HttpResponse]


def _for_owner(view: View) -> View:
    """Decorate `view` to receive the user whose factors it handles, after recent authentication.

    The user is logged in, or has entered the right password and must add a first factor to log in.
    """

    @wraps(view)
    def require_user(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User):
            return ask_first(request, _own_page(request)) or view(
                request, request.user, *args, **kwargs
            )
        user = pending_user(request)
        # With `SSO_ONLY`, nobody adds a first factor by a password.
        if user is None or has_factor(user) or not needs_factor(user) or settings.SSO_ONLY:
            return redirect("admin:login")
        return view(request, user, *args, **kwargs)

    return never_cache(require_user)


def _own_page(request: HttpRequest) -> str:
    return request.path if request.method == "GET" else "/accounts/2fa/"


@_for_owner
@require_http_methods(["GET"])
def factors(request: HttpRequest, user: User) -> HttpResponse:
    """Show the factors of `user`, and the kinds of factors that `user` can add."""
    rows = list(factors_of(user))
    context = {
        "title": _("Second factors"),
        "factors": rows,
        "codes_left": count_codes(user),
        "has_app": any(row.kind == FactorKind.TOTP for row in rows),
        "must_add": not request.user.is_authenticated,
    }
    return _page(request, "login/factors.html", context)


@_for_owner
@require_http_methods(["GET", "POST"])
def add_app(request: HttpRequest, user: User) -> HttpResponse:
    """Show the key of a new authenticator app, and store it once a code of it is right."""
    secret = request.session.get(UNPROVED_KEY)
    wrong = ""
    if request.method == "POST" and secret:
        step = totp.step_of(secret, request.POST.get("code", ""))
        if step is not None:
            try:
                add_factor(user, FactorKind.TOTP, secret, counter=step)
            except IntegrityError:  # They have one.
                return redirect("login:factors")
            request.session.pop(UNPROVED_KEY, None)
            return _added(request, user)
        wrong = _("This is not the code that the app shows.")
    elif factors_of(user).filter(kind=FactorKind.TOTP).exists():
        return redirect("login:factors")
    else:
        secret = request.session[UNPROVED_KEY] = totp.new_secret()
    context = {
        "title": _("Add an authenticator app"),
        "secret": secret,
        "picture": totp.picture_of(totp.address_of(user, secret)),
        "wrong": wrong,
    }
    return _page(request, "login/add_app.html", context)


@_for_owner
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest, user: User) -> HttpResponse:
    """Have the browser make a passkey, and store it."""
    wrong = ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()
        if not name.isprintable():
            name = ""
        if passkeys.finish_adding(request, user, posted_answer(request), name):
            return _added(request, user)
        wrong = _("The passkey was not stored. Try again.")
    context = {
        "title": _("Add a passkey"),
        "options": passkeys.begin_adding(request, user),
        "wrong": wrong,
    }
    return _page(request, "login/add_passkey.html", context)


@_for_owner
@require_POST
def remove(request: HttpRequest, user: User, number: int) -> HttpResponse:
    """Remove a factor."""
    if remove_factor(get_object_or_404(factors_of(user), pk=number), user):
        messages.success(request, _("The factor is removed."))
    else:
        messages.error(request, _("You need one second factor: add another before."))
    return redirect("login:factors")


@_for_owner
@require_POST
def renew_codes(request: HttpRequest, user: User) -> HttpResponse:
    """Make ten new recovery codes and show them, this once."""
    if not has_factor(user):
        return redirect("login:factors")
    return _codes_page(request, new_codes(user), "login:factors")


def _added(request: HttpRequest, user: User) -> HttpResponse:
    """Show recovery codes after the first factor; log in a user who had to add that factor."""
    way_on = "login:factors"
    if not isinstance(request.user, User):
        way_on = own_path(pending_path(request))
        finish_login(request, user, "password", way_on)
    if count_codes(user):
        messages.success(request, _("The factor is added."))
        return redirect(way_on)
    return _codes_page(request, new_codes(user), way_on)


def _codes_page(request: HttpRequest, codes: list[str], way_on: str) -> HttpResponse:
    context = {
        "title": _("Your recovery codes"),
        "codes": codes,
        "way_on": resolve_url(way_on),
    }
    return _page(request, "login/recovery_codes.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context})
