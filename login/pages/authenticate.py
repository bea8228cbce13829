"""The second step of a log-in: a code or a passkey; and the log-in by a passkey alone."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from login.factors import passkeys
from login.factors.stored import factors_of, has_factor, may_use_password
from login.models import Factor, FactorKind
from login.pages.guessing import count_failure, locked_page, posted_answer, taken_factor
from login.refusals import LoginRefused, refused_page
from login.sessions import finish_login, own_path, pending_path, pending_user


@never_cache
@require_http_methods(["GET", "POST"])
def authenticate(request: HttpRequest) -> HttpResponse:
    """Ask a user who has entered the right password for the second factor, and log the user in."""
    user = pending_user(request)
    # `SSO_ONLY` may be on since the user gave the password.
    if user is None or not has_factor(user) or not may_use_password(user):
        return redirect("admin:login")
    if locked := locked_page(request, user):
        return locked
    wrong = ""
    if request.method == "POST":
        if factor := proved_factor(request, user):
            return finish_login(request, user, "password", pending_path(request), factor=factor)
        count_failure(request, user, "password")
        wrong = _("This is not right, or was used before.")
    return ask_for_factor(request, user, _("Second factor"), wrong)


def ask_for_factor(request: HttpRequest, user: User, title: str, wrong: str) -> HttpResponse:
    """Return the page that asks `user` for a code or a passkey."""
    has_passkey = factors_of(user).filter(kind=FactorKind.PASSKEY).exists()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": title,
        "wrong": wrong,
        "options": passkeys.begin_asking(request, user) if has_passkey else None,
        "asks_code": True,
    }
    return render(request, "login/authenticate.html", context)


def proved_factor(request: HttpRequest, user: User) -> str:
    """Return the kind of factor that the form proves; "" for none."""
    if request.POST.get("answer"):
        factor = passkeys.finish_asking(request, user, posted_answer(request))
        return FactorKind.PASSKEY if factor else ""
    return taken_factor(user, request.POST.get("code", ""))


@never_cache
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Log a user in by a passkey alone, which has verified the person itself."""
    wanted, wrong = own_path(request.GET.get("next")), ""
    if request.method == "POST":
        factor = passkeys.finish_asking(request, None, posted_answer(request))
        if factor is not None:
            return _let_in(request, factor, wanted)
        refused_page(request, "passkey", LoginRefused("wrong passkey"))
        wrong = _("No user here has this passkey.")
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Log in with a passkey"),
        "wrong": wrong,
        "options": passkeys.begin_asking(request, None),
        "asks_code": False,
    }
    return render(request, "login/authenticate.html", context)


def _let_in(request: HttpRequest, factor: Factor, wanted: str) -> HttpResponse:
    user: User = factor.user
    if not user.is_active:
        reason = "the user is not active"
    elif settings.SSO_ONLY and not user.is_superuser:
        reason = "SSO_ONLY: only superusers log in here"
    else:
        return finish_login(request, user, "passkey", wanted)
    return refused_page(request, "passkey", LoginRefused(reason, user.get_username()))
