"""The URLs below /api/v1/, of all parts, and the response to any other URL there."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from core.api.openapi.documents import Docs, SchemaDocument
from core.api.routes.parts import PARTS
from core.api.routes.unknown_paths import Nowhere

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(part.urls)) for part in PARTS),
    path("schema/", SchemaDocument.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path("", Nowhere.as_view()),
]
