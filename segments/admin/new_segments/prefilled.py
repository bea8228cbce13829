"""New segments with given conditions: links to their builder, and buttons that mail to them.

Pages of rows that conditions ask for lead on to a segment that asks for the row.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.problems import Invalid
from core.resources.admin import ResourceAdmin
from core.text.json_documents import read_document
from segments.admin.tabs import mail_form_of
from segments.draft import find_or_create_segment
from segments.models import AppliesTo, Segment

NEEDED = ("segments.view_segment", "segments.add_segment", "conditions.preview")


def builder_url(
    user: User | AnonymousUser,
    name: str,
    conditions: Sequence[dict[str, Any]],
    applies_to: str = AppliesTo.BOTH,
) -> str:
    """Return the URL of the builder for a new segment of customers who fit all `conditions`.

    The segment only exists once the user saves it. Return "" for a user who may not build segments.
    """
    if not user.has_perms(NEEDED):
        return ""
    tree = json.dumps({"match": "all", "conditions": list(conditions)})
    given = {"name": name, "applies_to": applies_to, "conditions": tree}
    return f"{reverse('admin:segments_segment_add')}?{urlencode(given)}"


def send_url(user: User | AnonymousUser, builder: str) -> str:
    """Return the URL that takes a POST to create the segment of `builder` and open a mail to it.

    `builder` is a URL from `builder_url`. Return "" without one, and for a user who may not write
    mails to segments.
    """
    if not builder or mail_form_of(user) is None:
        return ""
    return f"{reverse('admin:segments_segment_send')}?{builder.partition('?')[2]}"


def send(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Create the segment that the query describes, or find it, and open a mail to its members.

    A refused definition opens in the builder, which says what is wrong. Raises PermissionDenied for
    users who may not write mails to segments.
    """
    writing = mail_form_of(request.user)
    if writing is None:
        raise PermissionDenied
    given = request.GET
    try:
        segment, is_new = find_or_create_segment(
            given.get("name", ""),
            read_document(given.get("conditions", "")),
            applies_to=given.get("applies_to", AppliesTo.BOTH),
            author=request.user,
        )
    except Invalid:
        return redirect(f"{reverse('admin:segments_segment_add')}?{given.urlencode()}")
    if is_new:
        text = _("The segment “%(name)s” is made. It follows its conditions from now on.")
        messages.success(request, text % {"name": segment.name})
    return redirect(writing(segment))


def is_in_all(segments: Collection[Segment]) -> list[dict[str, Any]]:
    """Return the conditions that customers are in each of `segments`."""
    return [{"attribute": "segment", "operator": "is", "value": one.code} for one in segments]


def is_in_none(segments: Collection[Segment]) -> list[dict[str, Any]]:
    """Return the conditions that customers are in none of `segments`."""
    codes = [one.code for one in segments]
    none = {"attribute": "segment", "operator": "is_not_one_of", "value": codes}
    return [none] if codes else []


class SegmentStarter(ResourceAdmin):
    """A resource's pages with a link to the builder, which begins with conditions on the row."""

    change_form_template = "admin/segments/segment_starter.html"

    def conditions_on(self, row: Any) -> list[dict[str, Any]]:
        """Return the conditions with which a segment of `row` begins."""
        raise NotImplementedError

    def head_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        builder = builder_url(request.user, str(row), self.conditions_on(row))
        return super().head_of(request, row) | {"builder": builder}
