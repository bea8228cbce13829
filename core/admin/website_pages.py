"""Pages of the admin for users who are limited to websites; undeclared pages are refused.

A page declares itself: a method of a ModelAdmin by its name in `website_pages`, a function by
`within_websites`. It then shows and changes only what the limit allows.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.access.website_limits import OutsideWebsites, Treatment, is_limited

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
DECLARED = "website_treatment"
LIST = "changelist_view"
# Pages of the site itself that name no customer; their menu has only pages that are not refused.
OF_SITE = frozenset(
    {
        *("index", "settings_page", "search_page", "password_change", "password_change_done"),
        *("logout", "i18n_javascript", "catch_all_view"),
    }
)


def within_websites(view: Any) -> Any:
    """Declare that `view` shows and changes only what the limit of its reader allows."""
    setattr(view, DECLARED, Treatment.LIMITED)
    return view


def has_page(model_admin: Any, page: str) -> bool:
    """Return whether `page` of `model_admin` is there for people with a limit."""
    pages: Collection[str] = getattr(model_admin, "website_pages", ())
    return page in pages


def may_open(model_admin: Any, page: str, user: Any) -> bool:
    """Return whether the limit of `user`, if there is one, allows `page` of `model_admin`."""
    return not is_limited(user) or has_page(model_admin, page)


def refusing(view: View) -> View:
    """Return `view`, wrapped to refuse users who are limited to websites unless it is declared.

    The wrapper raises OutsideWebsites for these users.
    """
    if _is_declared(view):
        return view

    @wraps(view)
    def refuse_limited_user(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_limited(request.user):
            raise OutsideWebsites
        return view(request, *args, **kwargs)

    return cast(View, refuse_limited_user)


def _is_declared(view: Any) -> bool:
    if getattr(view, DECLARED, None) is Treatment.LIMITED:
        return True
    owner, name = getattr(view, "__self__", None), getattr(view, "__name__", "")
    if isinstance(owner, AdminSite):
        return name in OF_SITE
    return owner is not None and has_page(owner, name)
