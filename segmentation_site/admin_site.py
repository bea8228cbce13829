"""The admin as merchants see it: segments first, then the shop, then who may do what."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

ORDER = ("segments", "price_rules", "customers", "auth")
# Models that stand with users and groups, not with their app: who may do what, and who did.
ABOUT_USERS = {"ApiToken", "AuditEntry"}


class TrancheAdminConfig(AdminConfig):
    default_site = "segmentation_site.admin_site.TrancheAdminSite"


class TrancheAdminSite(AdminSite):
    site_header = site_title = "Tranche"
    index_title = _("Overview")
    # There is no other site than this one.
    site_url = None

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
