"""The page that asks a logged-in user to authenticate again."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.confirmation import Confirmation
from core.clock import now
from login.factors import passkeys
from login.factors.stored import factors_of
from login.login_methods import doors_to_confirm
from login.models import FactorKind
from login.pages.authenticate import proved_factor
from login.pages.guessing import count_failure, locked_page
from login.refusals import LoginRefused, refused_page
from login.sessions import AT, MEANS, is_fresh, own_path


def is_needed(request: HttpRequest) -> bool:
    """Return whether the logged-in user of `request` last authenticated too long ago."""
    return request.user.is_authenticated and not is_fresh(request)


def page_address(back: str) -> str:
    """Return the URL of this page, which redirects to `back` afterwards."""
    return f"{reverse('login:confirm')}?{urlencode({'next': back})}"


CONFIRMATION = Confirmation("login", is_needed, page_address)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password, a code, a passkey or a log-in at the provider; then redirect back."""
    user = request.user
    if not isinstance(user, User):
        return redirect("admin:login")
    if locked := locked_page(request, user):
        return locked
    back, wrong = own_path(request.GET.get("next")), ""
    if request.method == "POST":
        if settings.SSO_ONLY and "password" in request.POST:
            refusal = LoginRefused("SSO_ONLY: passwords are refused", user.get_username())
            return refused_page(request, request.session.get(MEANS, "password"), refusal)
        if _is_proved(request, user):
            stamp_confirmed(request)
            return HttpResponseRedirect(back)
        wrong = _("This is not right.")
    kinds = set(factors_of(user).values_list("kind", flat=True))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Confirm that it is you"),
        "wrong": wrong,
        "asks_password": user.has_usable_password() and not settings.SSO_ONLY,
        "asks_code": bool(kinds),
        "options": passkeys.begin_asking(request, user) if FactorKind.PASSKEY in kinds else None,
        "provider_addresses": doors_to_confirm(request.session.get(MEANS, ""), back),
        "sso_name": settings.OIDC_NAME,
    }
    return render(request, "login/confirm.html", context)


def stamp_confirmed(request: HttpRequest) -> None:
    """Note that the person has just proved who they are, under a new session key."""
    request.session.cycle_key()
    request.session[AT] = now().timestamp()


def _is_proved(request: HttpRequest, user: User) -> bool:
    if password := request.POST.get("password", ""):
        # It counts its own failures.
        return authenticate(request, username=user.get_username(), password=password) == user
    if proved_factor(request, user):
        return True
    count_failure(request, user, request.session.get(MEANS, "password"))
    return False
