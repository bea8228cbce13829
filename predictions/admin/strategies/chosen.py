"""Download the chosen customers of a plan as CSV, or save them as lists, from the plan's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import ngettext

from core.problems import Invalid
from core.text.formats import number_shown
from predictions.admin.strategies.plan_forms import Desk
from predictions.figures.single_computation import turn
from predictions.refusals import Refused
from predictions.strategies.plans.contact_csv import export_contacts
from predictions.strategies.plans.plan import ALL
from predictions.strategies.plans.saving import check_contacts, save_as_lists
from predictions.strategies.question import Question
from segments.export.allowed import may_export
from segments.export.contents import ExportRefused
from segments.models import Segment


def download(request: HttpRequest, desk: Desk, question: Question) -> HttpResponseBase | None:
    """Return all chosen customers as CSV; None, with an error in the form, if that is refused.

    Raises PermissionDenied for users who may not export.
    """
    if not may_export(request.user):
        raise PermissionDenied
    try:
        check_contacts(question, "")
        found = desk.answer(question, ALL)
        return None if found is None else export_contacts(found, user=cast(User, request.user))
    except (Invalid, ExportRefused) as error:
        desk.form.add_error(None, str(error))
    return None


def save_lists(request: HttpRequest, desk: Desk, question: Question) -> HttpResponse | None:
    """Create the lists and redirect to the first; None, with errors in the form, for a bad code."""
    cleaned = desk.save.cleaned_data
    segments: list[Segment] = []
    with code_explained(desk), turn():
        _found, segments = save_as_lists(
            question,
            code=cleaned["segment_code"],
            name=cleaned["segment_name"],
            author=request.user,
        )
    for one in segments:
        text = ngettext(
            "The list “%(name)s” of %(count)s customer is made.",
            "The list “%(name)s” of %(count)s customers is made.",
            one.members_count,
        )
        messages.success(
            request, text % {"name": one.name, "count": number_shown(one.members_count)}
        )
    if not segments:
        return None
    if request.user.has_perm("segments.view_segment"):
        return redirect("admin:segments_segment_change", segments[0].pk)
    return redirect(request.get_full_path())


@contextmanager
def code_explained(desk: Desk) -> Iterator[None]:
    """Add errors that the block raises while saving to the field of the segment's code."""
    try:
        yield
    except Refused as error:
        desk.save.add_error("segment_code", str(error))
    except Invalid as error:
        for problem in error.problems:
            desk.save.add_error("segment_code", problem.message)
