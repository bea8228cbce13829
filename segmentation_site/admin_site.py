"""The admin as merchants see it: a menu of nine entries, and a page of settings."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin, site
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import checks
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from core.access.website_limits import is_limited
from core.admin.menu import (
    SETTINGS,
    MenuPage,
    Section,
    cards_of,
    current_of,
    hang_up,
    mark_open_entry,
    sections_of,
    tabs_of,
)
from core.admin.search import find, first_page_of
from core.admin.website_pages import refusing
from core.extras import register_extra
from customers.admin.files.xlsx_format import register_xlsx

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Sets of permissions times languages; more than a shop has roles.
MENUS_KEPT = 200


# Django's own, which know nothing of the menu.
PEOPLE = (
    MenuPage("auth.users", SETTINGS, _("Users"), 30, "auth.user", card="people"),
    MenuPage("auth.groups", SETTINGS, _("User groups"), 31, "auth.group", card="people"),
)


class TrancheAdminConfig(SimpleAdminConfig):
    """The admin, whose pages are loaded with the addresses: workers and commands need none.

    An app imports its pages in `admin` or, if others import from this package, in
    `admin.registration`.
    """

    default_site = "segmentation_site.admin_site.TrancheAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)
        hang_up(PEOPLE)
        register_login_extras()


def register_login_extras() -> None:
    """Register which settings need the extras `login` and `saml`, whose app may be left out."""
    for setting, is_on in (
        ("OIDC_SERVER_URL", lambda: bool(settings.OIDC_SERVER_URL)),
        ("SECOND_FACTOR", lambda: settings.SECOND_FACTOR != "optional"),
        ("SSO_ONLY", lambda: settings.SSO_ONLY),
    ):
        register_extra(setting=setting, extra="login", module="fido2", is_on=is_on)
    register_extra(
        setting="SAML_IDP_METADATA",
        extra="saml",
        module="onelogin",
        is_on=lambda: bool(settings.SAML_IDP_METADATA),
    )


def load_pages() -> None:
    """Import and so register the admin pages of all apps; a second call does nothing."""
    register_xlsx()
    autodiscover_modules("admin", "admin.registration", register_to=site)


def check_pages(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return what Django's check of the admin finds in the pages."""
    load_pages()
    return check_admin_app(app_configs, **kwargs)


class TrancheAdminSite(AdminSite):
    site_header = site_title = "Tranche"
    index_title = pgettext_lazy("menu", "Home")
    # There is no other site than this one.
    site_url = None
    # The menu is ours, see `core.admin.menu`.
    enable_nav_sidebar = False
    # The log-in page of an app, which replaces Django's.
    login_page: Callable[[HttpRequest, dict[str, Any] | None], HttpResponse] | None = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._menus: dict[tuple[str | None, bool, frozenset[str], bool], list[Section]] = {}

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        owner = getattr(view, "__self__", None)
        # Asked of the view itself, and checked behind the log-in.
        view = refusing(view)
        if isinstance(owner, ModelAdmin):
            view = _with_possible_keys(view, owner.model._meta.pk)
        return super().admin_view(view, cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path("settings/", self.admin_view(self.settings_page), name="settings"),
            path("search/", self.admin_view(self.search_page), name="search"),
        ]
        return [*own, *super().get_urls()]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.login_page is None or (request.method == "GET" and self.has_permission(request)):
            return super().login(request, extra_context)
        request.current_app = self.name
        return never_cache(self.login_page)(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        if not _has_use_of_password(request):
            raise PermissionDenied
        return super().password_change(request, extra_context)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # The models are not there yet when this module is read.
        from segments.admin.overview import overview_context

        # Its figures are about customers of all websites.
        shown = {} if is_limited(request.user) else overview_context(request)
        return super().index(request, (extra_context or {}) | shown)

    def settings_page(self, request: HttpRequest) -> TemplateResponse:
        """Show the rarely visited pages of the installation as cards."""
        context = self.each_context(request) | {
            "title": pgettext_lazy("menu", "Settings"),
            "cards": cards_of(self._sections(request)),
        }
        return TemplateResponse(request, "admin/settings.html", context)

    def search_page(self, request: HttpRequest) -> TemplateResponse:
        """Show the pages and rows that fit `q`; the box of every page shows a part of this page."""
        typed = request.GET.get("q", "")
        context = self.each_context(request) | {
            "title": _("Search or go to"),
            "typed": typed,
            "found": find(self, request, self._sections(request), typed),
        }
        return TemplateResponse(request, "admin/search.html", context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the menu, the title of a page in the menu, or the menu entry of another page."""
        match = request.resolver_match
        address = (match.url_name or "") if match else ""
        menu = mark_open_entry(self._sections(request), address)
        found: dict[str, Any] = {
            "menu": menu,
            "list_title": "",
            "belongs_to": None,
            "object_url": "",
            "page_tabs": [],
            "may_change_password": _has_use_of_password(request)
            and request.user.is_authenticated
            and request.user.has_usable_password(),
        }
        if (current := current_of(menu)) is not None:
            if request.path == current.url:
                found["list_title"] = "" if current.page.arguments else current.title
                found["page_tabs"] = tabs_of(menu)
            else:
                found["belongs_to"] = current
                found["object_url"] = self._object_url(current.page.model, match, address)
        return super().each_context(request) | found

    def _object_url(self, model: str, match: Any, address: str) -> str:
        """Return where the row is that a page is about; "" where it is the page of the row."""
        key = match.kwargs.get("object_id")
        if key is None:
            return ""
        admin = self.get_model_admin(apps.get_model(model))
        page = f"{model.replace('.', '_')}_{first_page_of(admin)}"
        return "" if address == page else reverse(f"{self.name}:{page}", args=[key])

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the models of an app; an empty list for all apps, since no page shows them."""
        return super().get_app_list(request, app_label) if app_label else []

    def _sections(self, request: HttpRequest) -> list[Section]:
        """Return the menu without the mark of the current page.

        The menu is cached for each language, each set of permissions, and for users with and
        without a limit to websites: nothing else affects it.
        """
        user = request.user
        has_all = user.is_active and user.is_superuser
        permissions = frozenset() if has_all else frozenset(user.get_all_permissions())
        key = (get_language(), has_all, permissions, is_limited(user))
        if key not in self._menus:
            if len(self._menus) >= MENUS_KEPT:
                self._menus.clear()
            self._menus[key] = sections_of(self, request)
        return self._menus[key]


def _with_possible_keys(view: View, key: Field[Any, Any]) -> View:
    """Return `view`, refusing keys that no list has offered: Django would raise on them."""

    @wraps(view)
    def check_chosen_keys(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                key.run_validators(key.to_python(chosen))
            except ValidationError as error:
                raise BadRequest(f"No row has the key {chosen!r}.") from error
        return view(request, *args, **kwargs)

    return cast(View, check_chosen_keys)


def _has_use_of_password(request: HttpRequest) -> bool:
    """Return whether a password lets the user in: with SSO_ONLY only that of a superuser does."""
    return not settings.SSO_ONLY or bool(getattr(request.user, "is_superuser", False))
