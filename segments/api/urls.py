"""The addresses below /api/v1/."""

from django.urls import URLPattern, path, re_path

from segments.api.conditions import Registry, Values
from segments.api.nowhere import Nowhere
from segments.api.previews import Previews, RunningPreview

app_name = "api"

urlpatterns: list[URLPattern] = [
    path("conditions/", Registry.as_view(), name="conditions"),
    path("conditions/values/", Values.as_view(), name="values"),
    path("segments/preview/", Previews.as_view(), name="preview"),
    path("segments/preview/<str:client>/", RunningPreview.as_view(), name="running-preview"),
    re_path("", Nowhere.as_view()),
]
