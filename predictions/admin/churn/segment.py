"""The button that creates a segment of a part's customers and opens a mail to the segment."""

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.admin.permissions import require
from predictions.admin.churn.risks import Part, part_of
from predictions.analytics.parts.selection import APPLIES_TO, all_of
from segments.admin.prefilled import NEEDED
from segments.admin.tabs import mail_form_of
from segments.draft import find_or_create_segment


def name_of(part: Part) -> str:
    """Return the name of the segment of a part."""
    return _("Churn: %(part)s") % {"part": part.label}


def may_send(user: User | AnonymousUser) -> bool:
    """Return whether `user` may create a segment and write a mail to the segment."""
    return user.has_perms(NEEDED) and mail_form_of(user) is not None


def send(request: HttpRequest) -> HttpResponse:
    """Create the segment of a part, or find the existing segment, and open a mail to it."""
    require(request.user, NEEDED)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    part = part_of(request.POST.get("risk", ""), request.POST.get("value", ""))
    tree = all_of(part.conditions())
    segment, is_new = find_or_create_segment(
        name_of(part), tree, applies_to=APPLIES_TO, author=request.user
    )
    if is_new:
        text = _("The segment “%(name)s” is made. It follows the scores from now on.")
        messages.success(request, text % {"name": segment.name})
    writing = mail_form_of(request.user)
    if writing is None:
        return redirect("admin:segments_segment_change", segment.pk)
    return redirect(writing(segment))
