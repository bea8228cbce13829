"""The registry of conditions, and suggestions for their values."""

import hashlib
import json
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conditions import registry
from conditions.errors import Problem
from segments.api.problems import invalid
from segments.api.registry import everything
from segments.suggestions import suggestions

MOST = 20


class Registry(APIView):
    """What trees may say."""

    needs: ClassVar = {"GET": ["conditions.preview"]}

    def get(self, request: Request) -> Response:
        body = everything()
        etag = _etag(body)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if etag in request.headers.get("If-None-Match", ""):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers)


def _etag(body: Any) -> str:
    text = f"{get_language()} {json.dumps(body, cls=DjangoJSONEncoder)}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class Values(APIView):
    """Values that an attribute may be compared with."""

    needs: ClassVar = {"GET": ["conditions.preview"]}

    def get(self, request: Request) -> Response:
        problems = [
            Problem(name, "unknown_field", _("There is no parameter “%(name)s”.") % {"name": name})
            for name in request.query_params
            if name not in {"attribute", "q"}
        ]
        code = request.query_params.get("attribute", "")
        attribute = registry.find_attribute(code)
        if attribute is None:
            message = _("“%(code)s” is not an attribute.") % {"code": code}
            problems.append(Problem("attribute", "unknown_attribute", message))
        if attribute is None or problems:
            raise invalid(*problems)
        text = request.query_params.get("q", "")
        if attribute.choices is None and not request.user.has_perm("segments.view_members"):
            # Stored texts are the customers' own: names, addresses.
            return Response([])
        found = suggestions(attribute, text, MOST)
        return Response([{"value": value, "label": label} for value, label in found.items()])
