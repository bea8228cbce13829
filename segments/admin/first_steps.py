"""The first steps: the overview guides a new user through the main tasks.

Finished steps are derived from the user's stored actions. Only the session records that a user has
dismissed the guide. A user who has done all steps never sees the guide again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.registries import Registry
from customers.models import AuditAction, AuditEntry, AuditSubject
from segments.export.allowed import may_export
from segments.models import ExportAudit, RefreshRun, RunState, Segment, SegmentVersion

DISMISSED = "segments_first_steps_dismissed"


@dataclass(frozen=True)
class Step:
    """A step: its page, the users who may do it (`may`), and the users who have (`is_done`)."""

    title: str | Promise
    text: str | Promise
    page: str
    may: Callable[[User], bool]
    is_done: Callable[[User], bool]


@dataclass(frozen=True)
class Beginning:
    """A step before the first segment, while `is_wanted`, such as importing the shop's data.

    `may` says which users may do it.
    """

    name: str
    title: str | Promise
    text: str | Promise
    # The name of the page's URL.
    page: str
    may: Callable[[User | AnonymousUser], bool]
    is_wanted: Callable[[], bool]

    @property
    def url(self) -> str:
        """The URL of the page."""
        return reverse(self.page)


BEGINNINGS: Registry[Beginning] = Registry("beginning of the first steps")


@dataclass(frozen=True)
class Shown:
    """A step to do, for the template; `url` is its page, "" while there is no segment."""

    step: Step | Beginning
    is_next: bool
    url: str


def _has_looked(user: User) -> bool:
    looks = AuditEntry.objects.filter(user=user, action=AuditAction.VIEWED)
    return looks.filter(subject=AuditSubject.SEGMENT).exists()


def _has_refreshed(user: User) -> bool:
    return RefreshRun.objects.filter(requested_by=user, outcome=RunState.COMPLETED).exists()


STEPS = (
    Step(
        gettext_lazy("Make a segment"),
        gettext_lazy("Begin with an example, or put conditions together; it counts as you go."),
        "add",
        lambda user: user.has_perm("segments.add_segment"),
        lambda _user: Segment.objects.exists(),
    ),
    Step(
        gettext_lazy("Look who is in it"),
        gettext_lazy(
            "The first customers stand below the conditions; “Why?” says what put them there."
        ),
        "change",
        lambda user: user.has_perms(("segments.view_members", "conditions.preview")),
        _has_looked,
    ),
    Step(
        gettext_lazy("Change it and save"),
        gettext_lazy(
            "Before it is saved you see who would enter and leave. History keeps each version."
        ),
        "change",
        lambda user: user.has_perm("segments.change_segment"),
        lambda user: SegmentVersion.objects.filter(author=user, number__gt=1).exists(),
    ),
    Step(
        gettext_lazy("Refresh the members"),
        gettext_lazy("Saving does it; “Refresh now” brings them up to date whenever you like."),
        "change",
        lambda user: user.has_perm("segments.refresh_segment"),
        _has_refreshed,
    ),
    Step(
        gettext_lazy("Export them"),
        gettext_lazy("As CSV or XML, or in the form that a newsletter program wants."),
        "exports",
        may_export,
        lambda user: ExportAudit.objects.filter(user=user).exists(),
    ),
)


def first_steps(request: HttpRequest) -> list[Shown]:
    """Return the steps that the user may do and has not done; none if the guide was dismissed."""
    user: Any = request.user
    if request.session.get(DISMISSED):
        return []
    steps = [step for step in STEPS if step.may(user)]
    done = [step.is_done(user) for step in steps]
    if all(done):
        return []
    segment = _segment_of(user)
    beginnings = [
        Shown(one, is_next=number == 0, url=one.url)
        for number, one in enumerate(one for one in beginnings_for(user) if one.is_wanted())
    ]
    following = None if beginnings else done.index(False)
    return beginnings + [
        Shown(step, number == following, _url(step, segment))
        for number, (step, is_done) in enumerate(zip(steps, done, strict=True))
        if not is_done
    ]


def beginnings_for(user: User | AnonymousUser) -> list[Beginning]:
    """Return the steps before the first segment that `user` may do, wanted or not."""
    return [one for one in BEGINNINGS if one.may(user)]


def dismiss(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Hide the steps for the rest of this session."""
    request.session[DISMISSED] = True
    return redirect("admin:index")


def _segment_of(user: User) -> Segment | None:
    """Return the segment for the steps: the user's own newest one, else any; no lists."""
    segments = Segment.objects.exclude(refresh_mode="list")
    newest: Segment | None = segments.filter(created_by=user).order_by("pk").last()
    return newest or segments.first()


def _url(step: Step, segment: Segment | None) -> str:
    if step.page == "add":
        return reverse("admin:segments_segment_add")
    return reverse(f"admin:segments_segment_{step.page}", args=[segment.pk]) if segment else ""
