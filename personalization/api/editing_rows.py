"""What the calls that edit experiments and variants have in common."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsing import StrictSerializer
from core.api.permissions import user_of
from core.api.preconditions import check_if_match, etag_of
from core.api.refusals import as_json as findings
from core.api.refusals import invalid
from core.problems import Problem
from personalization.experiences.definition import as_json
from personalization.experiences.saving import Saved, delete, locked
from personalization.models import ExperienceVariant

# Fields that cannot be written; whoever sends one back as it was is not refused.
READ_ONLY = ("version", "warnings")


class RowSerializer(StrictSerializer):
    """What is written of a row."""

    passed_over = READ_ONLY


def shown(row: Any) -> dict[str, Any]:
    """Return a row as the API shows it."""
    return as_json(row) | {"version": row.version}


def read(row: Any) -> Response:
    """Return the answer that shows a row."""
    return Response(shown(row), headers={"ETag": etag_of(row)})


def saved_response(saved: Saved, status: HTTPStatus, *, warns: bool = False) -> Response:
    """Return the answer of a save."""
    body = shown(saved.row) | ({"warnings": findings(saved.warnings)} if warns else {})
    return Response(body, status=status, headers={"ETag": etag_of(saved.row)})


def row_to_change(request: Request, row: ExperienceVariant) -> ExperienceVariant:
    """Return the row, locked, if the request is about what is stored; in a transaction."""
    try:
        found = locked(row)
    except ObjectDoesNotExist as error:
        raise gone() from error
    text = _("Somebody else has changed it meanwhile; version %(version)d is stored.")
    check_if_match(request, etag_of(found), text % {"version": found.version})
    return found


def gone() -> NotFound:
    """Return the refusal of what somebody has deleted meanwhile."""
    return NotFound(_("Somebody has deleted it meanwhile."))


def check_code(values: dict[str, Any], code: str) -> None:
    """Take the code out of what was sent; raises the refusal of another one than `code`."""
    if values.pop("code", code) != code:
        raise invalid(Problem("code", "read_only", _("The code never changes.")))


def deleted(request: Request, row: ExperienceVariant) -> Response:
    """Delete a row if the request is about what is stored."""
    with transaction.atomic():
        delete(row_to_change(request, row), author=user_of(request))
    return Response(status=HTTPStatus.NO_CONTENT)
