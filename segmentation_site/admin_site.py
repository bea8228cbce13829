"""The admin as merchants see it: segments first, then the shop, then who may do what."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

ORDER = ("segments", "price_rules", "predictions", "personalization", "customers", "auth")
# Models that stand with users and groups, not with their app: who may do what, and who did.
ABOUT_USERS = {"ApiToken", "AuditEntry"}


class TrancheAdminConfig(AdminConfig):
    default_site = "segmentation_site.admin_site.TrancheAdminSite"


class TrancheAdminSite(AdminSite):
    site_header = site_title = "Tranche"
    index_title = _("Overview")
    # There is no other site than this one.
    site_url = None

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
        apps = super().get_app_list(request, app_label)
        for app in apps:
            for users in apps:
                if app["app_label"] == "customers" and users["app_label"] == "auth":
                    moved = [one for one in app["models"] if one["object_name"] in ABOUT_USERS]
                    app["models"] = [one for one in app["models"] if one not in moved]
                    users["models"] += moved
        ranks = {label: rank for rank, label in enumerate(ORDER)}
        return sorted(apps, key=lambda app: ranks.get(app["app_label"], len(ORDER)))


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
