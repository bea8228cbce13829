"""The OpenAPI description and its page, without authentication, since they contain no data."""

from functools import cache
from threading import Lock
from typing import Any

from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# The generator registers its extensions at its first run, which is not thread-safe.
_making = Lock()


class SchemaDocument(APIView):
    """OpenAPI 3.1, as JSON or as YAML."""

    permission_classes = (AllowAny,)
    renderer_classes = (
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    )

    def get(self, request: Request) -> Response:
        return Response(schema_in(get_language() or "en"))


class Docs(SpectacularSwaggerSplitView):
    """The description to be read and tried out; everything comes from this host."""

    url_name = "api:schema"
    # Without the inline style of the usual one.
    template_name = "site/api_docs.html"


@cache
def schema_in(language: str) -> Any:
    """Return the description in `language`, which is cached, since anybody may request it."""
    with _making, override(language):
        generator: Any = SchemaGenerator
        return generator().get_schema(request=None, public=True)
