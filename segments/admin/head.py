"""What all pages of a segment show on top: its state, its numbers, and its pages."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from conditions.language.errors import InvalidTree
from conditions.parse import parse_tree
from customers.clock import now
from segments.admin.outlook import next_refresh_said
from segments.admin.refreshing import progress_of
from segments.admin.status import accepting_marketing, badge, stale_reason
from segments.export.members import may_export
from segments.models import Segment
from segments.rules.cost import cost_said


@dataclass(frozen=True)
class Tab:
    """A page of a segment."""

    name: str
    label: str
    url: str


def head_of(segment: Segment, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the head of a page of `segment` (of `with_status`) for `user`."""
    try:
        sentence, problems = parse_tree(segment.conditions, stored=True).sentence(), []
    except InvalidTree as error:
        sentence, problems = "", error.problems
    return {
        "original": segment,
        "sentence": sentence,
        "stored_problems": problems,
        "status_badge": badge(segment.status),
        "stale_reason": stale_reason(segment, now()),
        "cost_said": cost_said(segment.batch_seconds),
        # Counted where it is shown: other pages and the polls of a refresh do without.
        "accepting_marketing": partial(accepting_marketing, segment),
        "next_refresh": partial(next_refresh_said, segment),
        "progress": progress_of(segment),
        "tabs": tabs_of(segment, user),
        "may_view_members": user.has_perm("segments.view_members"),
        "may_refresh": user.has_perm("segments.refresh_segment"),
        "may_change": user.has_perm("segments.change_segment"),
        "may_export": may_export(user),
    }


def tabs_of(segment: Segment, user: User | AnonymousUser) -> list[Tab]:
    """Return the pages of `segment` that `user` may open."""
    may_view_members = user.has_perm("segments.view_members")
    pages = [
        ("change", _("Conditions"), True),
        ("members", _("Members"), may_view_members),
        ("overrides", _("Includes and excludes"), may_view_members),
        ("history", _("History"), True),
        ("overlap", _("Overlap"), True),
        ("exports", _("Exports"), may_export(user) or may_view_exports(user)),
        ("used_by", _("Used by"), True),
    ]
    return [
        Tab(name, label, reverse(f"admin:segments_segment_{name}", args=[segment.pk]))
        for name, label, may_open in pages
        if may_open
    ]


def may_view_exports(user: User | AnonymousUser) -> bool:
    """Return whether `user` may see who exported what."""
    return user.has_perm("segments.view_exportaudit")
