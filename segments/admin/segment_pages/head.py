"""The head of all pages of a segment: its state, its numbers and its tabs."""

from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from conditions.errors import InvalidTree
from core.access.website_limits import is_limited
from core.clock import now
from segments.admin.segment_pages.refresh_timing import describe_next_refresh
from segments.admin.segment_pages.refreshing import progress_of
from segments.admin.segment_pages.status import badge_of, mailable_count, stale_reason
from segments.admin.tabs import links_of, mail_form_of, may_see_mailable
from segments.export.allowed import may_export
from segments.models import Segment
from segments.rules.evaluation.cost import cost_sentence
from segments.rules.evaluation.rule import tree_of
from segments.rules.website_limits.websites import (
    count_members,
    may_change_within,
    members_count_of,
)


def head_of(segment: Segment, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the head of a page of `segment` (of `with_status`) for `user`."""
    if is_limited(user):
        count_members([segment], user)
        # For display only: the page saves another instance.
        segment.members_count = members_count_of(segment)
    own = may_change_within(user, segment)
    mail_form = mail_form_of(user)
    tabs = links_of(segment, user)
    try:
        sentence, problems = tree_of(segment).sentence(), []
    except InvalidTree as error:
        sentence, problems = "", error.problems
    return {
        "original": segment,
        "sentence": sentence,
        "stored_problems": problems,
        "status_badge": badge_of(segment),
        "stale_reason": stale_reason(segment, now()),
        "cost_said": cost_sentence(segment.batch_seconds),
        # A callable, so that only pages that show the number count it.
        "may_see_mailable": may_see_mailable(user),
        "mailable_count": partial(mailable_count, segment),
        "next_refresh": partial(describe_next_refresh, segment),
        # A run counts customers of all websites.
        "progress": progress_of(segment) if own else None,
        "tabs": tabs,
        "has_rare_tabs": any(tab.is_rare for tab in tabs),
        "send_url": mail_form(segment) if mail_form and segment.is_active else "",
        "may_view_members": user.has_perm("segments.view_members"),
        "may_refresh": own and user.has_perm("segments.refresh_segment"),
        "may_change": own and user.has_perm("segments.change_segment"),
        "may_export": may_export(user),
    }
