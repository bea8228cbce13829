"""Answers an assistant on this machine over standard input and output, with TRANCHE_TOKEN."""

import os
import sys
from io import TextIOWrapper
from json import dumps
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import AuthenticationFailed

from core.problems import Invalid
from core.text.json_documents import read_document
from mcp_server.caller import ApiCaller
from mcp_server.endpoint import caller_of
from mcp_server.protocol import PARSE_ERROR, WITHOUT_HEADER, error_response, respond


class Command(BaseCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Answers an assistant over standard input and output, a message a line, with the API token "
        "in TRANCHE_TOKEN."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        _caller()
        _speak_utf8()
        for line in sys.stdin:
            if not line.strip():
                continue
            close_old_connections()
            response = _response_to(line)
            if response is not None:
                # Nothing else is ever written there: logs go to standard error.
                sys.stdout.write(f"{dumps(response, ensure_ascii=False)}\n")
                sys.stdout.flush()


def _speak_utf8() -> None:
    """Read and write UTF-8 whatever the locale is; bytes that are none end no conversation."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _response_to(line: str) -> Any:
    try:
        message = read_document(line, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2**31)
    except Invalid:
        return error_response(None, PARSE_ERROR, "This is not JSON.")
    # The token is looked up for each message: it may have been revoked meanwhile.
    return respond(message, _caller(), version=WITHOUT_HEADER)


def _caller() -> ApiCaller:
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {os.environ.get('TRANCHE_TOKEN', '')}"
    try:
        return caller_of(request)
    except AuthenticationFailed as error:
        raise CommandError(f"TRANCHE_TOKEN: {error.detail}") from error
