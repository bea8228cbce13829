"""ETag and If-Match, which prevent lost updates."""

from http import HTTPStatus
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.api.refusals import Refused

# The response header with the version, as the schema describes it.
ETAG = {"ETag": "The version, for If-Match."}


def etag_of(row: Any) -> str:
    """Return the version of a row, for If-Match."""
    return f'"{row.version}"'


def check_version(request: Request, row: Any, tag: str, *, is_needed: bool) -> None:
    """Raise 412 where If-Match does not name `tag`, the ETag of `row` as it is stored.

    Raises 428 where there is no If-Match and `is_needed`.
    """
    given = request.headers.get("If-Match")
    if given is None:
        if is_needed:
            text = _(
                "Say in If-Match which version you are changing: the ETag that you were given."
            )
            raise Refused(HTTPStatus.PRECONDITION_REQUIRED, text)
        return
    if not {"*", tag} & set(parse_etags(given)):
        raise stale(row)


def check_opened(opened: int, row: Any) -> None:
    """Raise 412 where `opened`, the version of a page, is not that of `row` as it is stored."""
    if opened != row.version:
        raise stale(row)


def stale(row: Any) -> Refused:
    """Return the refusal of a change to another version of `row` than the stored one."""
    text = _("Somebody else has changed it meanwhile; version %(version)d is stored.")
    return Refused(HTTPStatus.PRECONDITION_FAILED, text % {"version": row.version})
