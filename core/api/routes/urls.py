"""The URLs below /api/v1/, of all parts, and the response to any other URL there."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.openapi.documents import Docs, SchemaDocument
from core.api.routes.parts import PARTS

app_name = "api"


class Nowhere(APIView):
    """Responds with 404 as problem details, with and without authentication."""

    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is nothing at this address."))


urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(part.urls)) for part in PARTS),
    path("schema/", SchemaDocument.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path("", Nowhere.as_view()),
]
