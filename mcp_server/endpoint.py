"""POST /mcp/: the Model Context Protocol over HTTP, without sessions, answered as JSON."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from core.access.authentication import TokenKey
from core.api.refusals import refusal_as_response
from core.extras import is_usable
from core.problems import Invalid
from core.text.json_documents import read_document
from mcp_server.caller import ApiCaller
from mcp_server.protocol import (
    INVALID_REQUEST,
    PARSE_ERROR,
    VERSIONS,
    WITHOUT_HEADER,
    error_response,
    respond,
)


class BearerKey(TokenKey):
    """`Authorization: Bearer KEY` alone; the session of the admin does not count."""

    schemes = ("Bearer",)


@method_decorator(csrf_exempt, name="dispatch")
class McpEndpoint(View):
    """The one address of the protocol; a token in the header keeps other sites' pages out."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not is_usable("MCP_ENABLED"):
            raise Http404
        if not _is_known_origin(request):
            text = _("Pages of this origin may not call Tranche: MCP_ORIGINS names those that may.")
            return refusal_as_response(HTTPStatus.FORBIDDEN, text)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            caller = caller_of(request)
        except AuthenticationFailed as error:
            return _unauthorized_response(str(error.detail))
        return _respond(request, caller)


def caller_of(request: Any) -> ApiCaller:
    """Return who calls, by the header of `request`; raises AuthenticationFailed."""
    known = BearerKey().authenticate(request)
    if known is None:
        raise AuthenticationFailed(_("An API token is needed: Authorization: Bearer KEY."))
    return ApiCaller(*known, request.META)


def _respond(request: HttpRequest, caller: ApiCaller) -> HttpResponse:
    if request.content_type != "application/json":
        text = _("The body is JSON: Content-Type: application/json.")
        return refusal_as_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)
    try:
        message = read_document(request.body, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2**31)
    except RequestDataTooBig:
        text = _("The body is too large.")
        return refusal_as_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
    except (Invalid, UnicodeDecodeError):
        return _refuse(PARSE_ERROR, "This is not JSON.")
    version = request.headers.get("MCP-Protocol-Version", WITHOUT_HEADER)
    is_first = isinstance(message, dict) and message.get("method") == "initialize"
    if version not in VERSIONS and not is_first:
        return _refuse(INVALID_REQUEST, f"MCP-Protocol-Version is one of {', '.join(VERSIONS)}.")
    found = respond(message, caller, version=version)
    if found is None:
        return HttpResponse(status=HTTPStatus.ACCEPTED)
    if isinstance(found, dict) and found["id"] is None:
        return JsonResponse(found, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse(found, safe=False, json_dumps_params={"ensure_ascii": False})


def _refuse(code: int, text: str) -> HttpResponse:
    return JsonResponse(error_response(None, code, text), status=HTTPStatus.BAD_REQUEST)


def _unauthorized_response(text: str) -> HttpResponse:
    response = refusal_as_response(HTTPStatus.UNAUTHORIZED, text)
    response["WWW-Authenticate"] = "Bearer"
    return response


def _is_known_origin(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin")
    ours = f"{request.scheme}://{request.get_host()}"
    return origin is None or origin == ours or origin in settings.MCP_ORIGINS


app_name = "mcp"
urlpatterns = [path("mcp/", McpEndpoint.as_view(), name="mcp")]
