"""Whether a reply of the API is one that its description promises."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.openapi.documents import schema_in


def check_reply(request: Request, response: Any) -> None:
    """Raise AssertionError where `response` is not described, or not so."""
    match = request.resolver_match
    method = str(request.method).lower().replace("head", "get")
    if match is None or request.method == "OPTIONS":
        return
    address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route)
    if address not in schema_in("en")["paths"]:
        address += "/"  # The same address without its last slash is answered, and not described.
    described = schema_in("en")["paths"][address].get(method)
    if described is None:
        assert response.status_code in {401, 403, 405}, f"{method} {address} is not described"
        return
    status = str(response.status_code)
    if status in {"304", "405", "406"}:
        return
    assert status in described["responses"], f"{method} {address} does not promise {status}"
    content = described["responses"][status].get("content", {})
    if not isinstance(response, Response):
        media = response["Content-Type"].split(";")[0]
        assert media in content, f"{method} {address} does not promise {media}"
        return
    if response.data is None:
        assert not content, f"{method} {address} promises a body with {status}"
        return
    media = (response.content_type or "application/json").split(";")[0]
    assert media in content, f"{method} {address} does not promise {media} with {status}"
    body = json.loads(JSONRenderer().render(response.data))
    faults = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _validator(address, method, status, media).iter_errors(body)
    ]
    assert faults == [], f"{method} {address} {status}: {faults}"


@cache
def _validator(address: str, method: str, status: str, media: str) -> Draft202012Validator:
    whole = schema_in("en")
    promised = whole["paths"][address][method]["responses"][status]["content"][media]["schema"]
    return Draft202012Validator({**promised, "components": whole["components"]})
