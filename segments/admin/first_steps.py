"""The first ten minutes: the overview leads a new user through the main job, once, in place.

Which steps are done is read off what the user did; that somebody wants no guide is remembered in
their session, and forgotten with it: whoever has done all steps sees none ever again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
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
    """What a new user does: for whom it is, on which page, and whether they have done it."""

    title: str | Promise
    text: str | Promise
    page: str
    may: Callable[[User], bool]
    is_done: Callable[[User], bool]


@dataclass(frozen=True)
class Beginning:
    """What comes before the first segment, as long as `is_wanted`: how a shop gets its data."""

    name: str
    title: str | Promise
    text: str | Promise
    # The name of its address.
    page: str
    is_wanted: Callable[[User], bool]


BEGINNINGS: Registry[Beginning] = Registry("beginning of the first steps")


@dataclass(frozen=True)
class Shown:
    """A step as it is shown; `url` is where it is done, "" as long as there is no segment."""

    step: Step | Beginning
    is_done: bool
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
        lambda user: Segment.objects.filter(created_by=user).exists(),
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
    """Return the steps that the user may do; none where all are done or they want no guide."""
    user: Any = request.user
    if request.session.get(DISMISSED):
        return []
    steps = [step for step in STEPS if step.may(user)]
    done = [step.is_done(user) for step in steps]
    if all(done):
        return []
    segment = _segment_of(user)
    beginnings = [
        Shown(one, is_done=False, is_next=number == 0, url=reverse(one.page))
        for number, one in enumerate(one for one in BEGINNINGS if one.is_wanted(user))
    ]
    following = None if beginnings else done.index(False)
    return beginnings + [
        Shown(step, is_done, number == following, _url(step, segment))
        for number, (step, is_done) in enumerate(zip(steps, done, strict=True))
    ]


def dismiss(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the steps no more in this session."""
    request.session[DISMISSED] = True
    return redirect("admin:index")


def _segment_of(user: User) -> Segment | None:
    """Return the segment to go on with: the user's own newest, else any that is no list."""
    segments = Segment.objects.exclude(refresh_mode="list")
    newest: Segment | None = segments.filter(created_by=user).order_by("pk").last()
    return newest or segments.first()


def _url(step: Step, segment: Segment | None) -> str:
    if step.page == "add":
        return reverse("admin:segments_segment_add")
    return reverse(f"admin:segments_segment_{step.page}", args=[segment.pk]) if segment else ""
