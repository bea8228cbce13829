"""The addresses below /api/v1/."""

from django.urls import URLPattern, path, re_path

from segments.api.conditions import Registry, Values
from segments.api.nowhere import Nowhere

app_name = "api"

urlpatterns: list[URLPattern] = [
    path("conditions/", Registry.as_view(), name="conditions"),
    path("conditions/values/", Values.as_view(), name="values"),
    re_path("", Nowhere.as_view()),
]
