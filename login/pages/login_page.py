"""The log-in page of the admin, with its other doors, and what follows the right password."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from login.factors.stored import has_factor, may_use_password, needs_factor
from login.login_methods import open_doors
from login.pages.guessing import count_failure
from login.refusals import LoginRefused, page_of_refusal, refused_page
from login.sessions import finish_login, own_path, wait_for_factor

MEANS = "password"


class LoginForm(AdminAuthenticationForm):
    """Django's own; to a shop its accounts are no “staff accounts”."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": gettext_lazy(
            "The user name or the password is wrong. Upper and lower case make a difference."
        ),
    }


class LoginPage(LoginView):
    """Django's own, but for who needs more than a password, or may not use one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and settings.SSO_ONLY and not self._is_local():
            return refused_page(request, MEANS, LoginRefused("SSO_ONLY: passwords are refused"))
        return super().dispatch(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        # Without other doors the page is Django's.
        return ["login/login.html"] if self._doors() else super().get_template_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_form = not settings.SSO_ONLY or self._is_local()
        own = {"doors": self._doors(), "has_form": has_form, "sso_name": settings.OIDC_NAME}
        return super().get_context_data(**kwargs) | own

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.get_user()
        request, wanted = self.request, self.get_success_url()
        if not may_use_password(user):
            reason = "SSO_ONLY: a superuser with a second factor alone uses a password"
            count_failure(request, user, MEANS, reason)
            return page_of_refusal(request)
        if has_factor(user):
            wait_for_factor(request, user, wanted)
            return HttpResponseRedirect(reverse("login:authenticate"))
        if needs_factor(user):
            wait_for_factor(request, user, wanted)
            return HttpResponseRedirect(reverse("login:factors"))
        return finish_login(request, user, MEANS, wanted)

    def form_invalid(self, form: Any) -> HttpResponse:
        # The same page as for a right password that may not be used: reveal no password.
        return page_of_refusal(self.request) if settings.SSO_ONLY else super().form_invalid(form)

    def _is_local(self) -> bool:
        return self.request.GET.get("local") == "1"

    def _doors(self) -> list[tuple[str, str]]:
        """Return kind and address of each other way in."""
        if not hasattr(self, "_found_doors"):
            given = self.request.POST.get("next") or self.request.GET.get("next")
            self._found_doors = open_doors(own_path(given))
        return self._found_doors


def login_page(request: HttpRequest, extra: dict[str, Any] | None) -> HttpResponseBase:
    """Return the response of the log-in page; takes the place of `AdminSite.login`."""
    context = {
        **admin.site.each_context(request),
        "title": _("Log in"),
        "subtitle": None,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
    }
    if "next" not in request.GET and "next" not in request.POST:
        context["next"] = reverse("admin:index")
    return LoginPage.as_view(
        extra_context=context | (extra or {}),
        authentication_form=admin.site.login_form or LoginForm,
        template_name=admin.site.login_template or "admin/login.html",
    )(request)
