"""Actions on many selected segments in the list."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from segments.admin.segment_list.deletion import uses_by_others
from segments.editing.activation import set_active
from segments.editing.duplication import duplicate
from segments.editing.saving import InvalidDefinition
from segments.editing.tagging import InvalidTag, add_tags, remove_tags, tags_in
from segments.engine.refreshes.runs import SegmentInactive, request_refresh
from segments.insight.overlap import MOST
from segments.models import Segment


class SegmentActionForm(ActionForm):
    """The action, and the tags for the two actions on tags."""

    tags = forms.CharField(label=_("Tags:"), required=False)


@admin.action(description=_("Refresh selected segments"), permissions=["refresh"])
def refresh_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> None:
    """Queue a refresh of each segment; inactive ones are named in a message and left out."""
    queued = 0
    for segment in segments:
        try:
            request_refresh(segment, requested_by=cast(User, request.user))
        except SegmentInactive as error:
            model_admin.message_user(request, str(error), messages.WARNING)
        else:
            queued += 1
    model_admin.message_user(
        request,
        ngettext("%(count)d refresh is queued.", "%(count)d refreshes are queued.", queued)
        % {"count": queued},
    )


@admin.action(description=_("Compare selected segments"), permissions=["compare"])
def compare_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> HttpResponse:
    """Show how the segments overlap; the page says where they are too few or too many."""
    codes = list(segments.order_by().values_list("code", flat=True)[: MOST + 1])
    query = urlencode({"segments": codes}, doseq=True)
    return redirect(f"{reverse('admin:segments_segment_overlaps')}?{query}")


@admin.action(description=_("Activate selected segments"), permissions=["change"])
def activate_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> None:
    """Activate the segments."""
    count = set_active(segments, True, author=request.user)
    model_admin.message_user(
        request,
        ngettext("%(count)d segment activated.", "%(count)d segments activated.", count)
        % {"count": count},
    )


@admin.action(description=_("Deactivate selected segments"), permissions=["change"])
def deactivate_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> HttpResponse | None:
    """Deactivate the segments, which keep their stored members; confirm first if they are used."""
    users = uses_by_others(segments.filter(is_active=True), request.user)
    if users and "confirmed" not in request.POST:
        context = model_admin.admin_site.each_context(request) | {
            "title": gettext("Deactivate these segments?"),
            "opts": model_admin.opts,
            "segments": segments,
            "users": users,
            "action_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/segments/segment/deactivate.html", context)
    count = set_active(segments, False, author=request.user)
    model_admin.message_user(
        request,
        ngettext("%(count)d segment deactivated.", "%(count)d segments deactivated.", count)
        % {"count": count},
    )
    return None


@admin.action(description=_("Tag selected segments"), permissions=["change"])
def tag_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> None:
    """Add the tags from the action's form to the segments."""
    _change_tags(model_admin, request, segments, add_tags)


@admin.action(description=_("Take tags from selected segments"), permissions=["change"])
def untag_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> None:
    """Remove the tags from the action's form from the segments."""
    _change_tags(model_admin, request, segments, remove_tags)


@admin.action(description=_("Duplicate selected segments"), permissions=["add"])
def duplicate_selected(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: QuerySet[Segment]
) -> None:
    """Copy each segment; those with invalid conditions are named in a message and left out."""
    made = 0
    for segment in segments:
        try:
            duplicate(segment, author=request.user)
            made += 1
        except InvalidDefinition:
            text = gettext("“%(name)s” is not copied: its conditions are no longer valid.")
            model_admin.message_user(request, text % {"name": segment.name}, messages.WARNING)
    said = ngettext("%(count)d copy is made.", "%(count)d copies are made.", made)
    model_admin.message_user(request, said % {"count": made})


def _change_tags(
    model_admin: ModelAdmin[Segment], request: HttpRequest, segments: Any, change: Any
) -> None:
    tags = tags_in(request.POST.get("tags", ""))
    if not tags:
        text = gettext("Write the tags beside the action, with commas between.")
        model_admin.message_user(request, text, messages.ERROR)
        return
    try:
        count = change(segments, tags, author=request.user)
    except InvalidTag as error:
        model_admin.message_user(request, str(error), messages.ERROR)
        return
    said = ngettext("%(count)d segment changed.", "%(count)d segments changed.", count)
    model_admin.message_user(request, said % {"count": count})
