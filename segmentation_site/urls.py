"""Addresses: the admin, and the API that its pages and other systems call."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("segments.api.urls")),
]

handler500 = "segments.api.problems.server_error"
