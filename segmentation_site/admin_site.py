"""The admin as merchants see it: segments first, then the shop, then who may do what."""

from collections.abc import Callable
from functools import wraps
from operator import itemgetter
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

ORDER = (
    "segments",
    "price_rules",
    "campaigns",
    "predictions",
    "personalization",
    "customers",
    "auth",
)
# Models that stand in the menu of another app than theirs: who may do what, and who did; what
# customers have allowed; how the shop's data come here.
MOVED = {
    "ApiToken": "auth",
    "AuditEntry": "auth",
    "Consent": "personalization",
    "ShopImport": "customers",
}
# Models that stand there besides.
SHOWN_TWICE = {"TouchCampaign": "personalization"}

# Sets of permissions times languages; more than a shop has roles.
MENUS_KEPT = 200


class TrancheAdminConfig(AdminConfig):
    default_site = "segmentation_site.admin_site.TrancheAdminSite"


class TrancheAdminSite(AdminSite):
    site_header = site_title = "Tranche"
    index_title = _("Overview")
    # There is no other site than this one.
    site_url = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._menus: dict[tuple[str | None, bool, frozenset[str]], list[dict[str, Any]]] = {}

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        owner = getattr(view, "__self__", None)
        if isinstance(owner, ModelAdmin):
            view = _with_possible_keys(view, owner.model._meta.pk)
        return super().admin_view(view, cacheable)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        # The models are not there yet when this module is read.
        from segments.admin.overview import overview_context

        return super().index(request, (extra_context or {}) | overview_context(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the menu; every page shows it, and it takes a fifth of the time of most.

        It is kept for each language and each set of permissions: nothing else decides it.
        """
        user = request.user
        has_all = user.is_active and user.is_superuser
        permissions = frozenset() if has_all else frozenset(user.get_all_permissions())
        key = (get_language(), has_all, permissions)
        if key not in self._menus:
            if len(self._menus) >= MENUS_KEPT:
                self._menus.clear()
            self._menus[key] = self._menu(request)
        return [
            app | {"models": [dict(model) for model in app["models"]]}
            for app in self._menus[key]
            if app_label in (None, app["app_label"])
        ]

    def _menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        apps = super().get_app_list(request)
        by_label = {app["app_label"]: app for app in apps}
        for app in apps:
            for model in list(app["models"]):
                name = model["object_name"]
                other = by_label.get(MOVED.get(name) or SHOWN_TWICE.get(name, ""))
                if other is None or other is app:
                    continue
                other["models"] = sorted([*other["models"], model], key=itemgetter("name"))
                if name in MOVED:
                    app["models"].remove(model)
        ranks = {label: rank for rank, label in enumerate(ORDER)}
        found = sorted(apps, key=lambda app: ranks.get(app["app_label"], len(ORDER)))
        return [app for app in found if app["models"]]


def _with_possible_keys(view: View, key: Field[Any, Any]) -> View:
    """Return `view`, refusing what nobody can have chosen in a list: Django would break over it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                key.run_validators(key.to_python(chosen))
            except ValidationError as error:
                raise BadRequest(f"No row has the key {chosen!r}.") from error
        return view(request, *args, **kwargs)

    return cast(View, checked)
