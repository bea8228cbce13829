"""Addresses: the admin, the choice of its language, and the API that others call as well."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from core.api.routes.parts import PUBLIC
from segmentation_site.admin_site import load_pages

load_pages()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("core.api.routes.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *(path("", include(part.urls)) for part in PUBLIC),
]

handler500 = "core.api.refusals.server_error"
