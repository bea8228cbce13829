"""The tabs of a segment: those of this app, and those that other apps add."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.access.personal import Kind, may_see
from core.access.website_limits import Treatment, is_limited
from core.registries import Registry
from segments.models import Segment
from segments.rules.website_limits.websites import may_change_within

PageOfSegment = Callable[[HttpRequest, Segment, dict[str, Any]], HttpResponseBase]


def any_segment(segment: Segment) -> bool:
    """Return True: every segment has the page."""
    return True


@dataclass(frozen=True)
class SegmentTab:
    """A page of a segment, for users who may view segments and have `permissions`.

    - `shows` is the most personal kind of data on the page; users need the permission for it.
    - `page` gets the context of the segment's head; its template extends
      `admin/segments/segment/page.html`. A page that shows customers must record the look
      (`core.audit.record_look`).
    - `is_of` decides which segments have the page.
    - `explains_mailable`: the page explains at `#can-be-mailed` why not all members can be mailed.
    - `written_at` returns the address for writing a mail to the segment, for users with the
      permissions `writing`.
    - `websites` is the treatment of users who are limited to websites: by default they are refused.
    - `of_own`: they may open the page only where all websites of the segment are in their limit.
    - `is_rare`: the link to the page is in the menu at the end of the tabs, unless it is open.
    """

    name: str
    label: str | Promise
    page: PageOfSegment
    permissions: Sequence[str] = ()
    shows: Kind = Kind.OPEN
    methods: tuple[str, ...] = ("GET",)
    is_of: Callable[[Segment], bool] = any_segment
    explains_mailable: bool = False
    written_at: Callable[[Segment], str] | None = None
    writing: Sequence[str] = ()
    websites: Treatment = Treatment.REFUSED
    of_own: bool = False
    is_rare: bool = False

    def may_write(self, user: User | AnonymousUser) -> bool:
        """Return whether the page offers to write mail to segments, and `user` may do so."""
        return self.written_at is not None and user.has_perms(self.writing)

    def may_open(self, user: User | AnonymousUser) -> bool:
        """Return whether `user`, who may view segments, may open this page."""
        return user.has_perms(self.permissions) and may_see(
            user, self.shows, names="segments.view_members"
        )


@dataclass(frozen=True)
class Link:
    """A link to a page of a segment that the user may open."""

    name: str
    label: str | Promise
    url: str
    explains_mailable: bool = False
    is_rare: bool = False


SEGMENT_TABS: Registry[SegmentTab] = Registry("tab of a segment")


def may_see_mailable(user: User | AnonymousUser) -> bool:
    """Return whether `user`, who may view segments, may see how many members can be mailed.

    For a segment with one member, the number reveals whether their address is suppressed.
    """
    if is_limited(user):
        return False  # The number counts the members of all websites.
    explaining = any(tab.explains_mailable and tab.may_open(user) for tab in SEGMENT_TABS)
    return explaining or user.has_perm("segments.view_members")


def mail_form_of(user: User | AnonymousUser) -> Callable[[Segment], str] | None:
    """Return the function from a segment to the URL of a new mail to the segment.

    None if `user` may not write mails to segments, or no app sends mails.
    """
    if is_limited(user):
        return None
    return next((tab.written_at for tab in SEGMENT_TABS if tab.may_write(user)), None)


def links_of(segment: Segment, user: User | AnonymousUser) -> list[Link]:
    """Return the pages of `segment` that `user` may open; the first is the form."""
    form = _("Definition") if segment.is_list else _("Conditions")
    tabs = [tab for tab in SEGMENT_TABS if tab.is_of(segment) and tab.may_open(user)]
    if is_limited(user):
        own = may_change_within(user, segment)
        tabs = [
            tab for tab in tabs if tab.websites is Treatment.LIMITED and (own or not tab.of_own)
        ]

    def address(name: str) -> str:
        return reverse(f"admin:segments_segment_{name}", args=[segment.pk])

    return [
        Link("change", form, address("change")),
        *(
            Link(tab.name, str(tab.label), address(tab.name), tab.explains_mailable, tab.is_rare)
            for tab in tabs
        ),
    ]
