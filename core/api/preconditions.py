"""ETag and If-Match: nobody overwrites what somebody else has saved meanwhile."""

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.api.refusals import Refused

# What answers tell beside their body.
ETAG = {"ETag": "The version, for If-Match."}


def etag_of(row: Any) -> str:
    """Return the version of a row, for If-Match."""
    return f'"{row.version}"'


def check_if_match(request: Request, tag: str, changed: str) -> None:
    """Raise 428 without If-Match, and 412, which says `changed`, where it does not name `tag`."""
    given = request.headers.get("If-Match")
    if given is None:
        raise Refused(
            HTTPStatus.PRECONDITION_REQUIRED,
            _("Say in If-Match which version you are changing: the ETag that you were given."),
        )
    _check(given, tag, changed)


def check_if_given(request: Request, tag: str, changed: str) -> None:
    """Raise 412, which says `changed`, where there is an If-Match and it does not name `tag`."""
    given = request.headers.get("If-Match")
    if given is not None:
        _check(given, tag, changed)


def _check(given: str, tag: str, changed: str) -> None:
    tags = [one.strip() for one in given.split(",")]
    if "*" not in tags and tag not in tags:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, changed)
