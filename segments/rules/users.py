"""Who uses a segment: other segments, and whatever other apps let refer to segments.

Deleting asks here, and so does the page “Used by”. A row that is to keep its segment from being
deleted is written in the transaction in which `segment_to_use` was asked for it.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.access.website_limits import is_limited
from core.registries import Registry
from core.resources.resource import Resource
from segments.database.locks import lock_definitions
from segments.models import Segment
from segments.rules.references import referring_segments
from segments.rules.rule import sentence_of
from segments.rules.websites import hidden_segments


@dataclass(frozen=True)
class Use:
    """A row that uses a segment: what it is called, what it says, and where its page is.

    One that does not hold the segment is only shown; the segment may be deleted all the same.
    `code` is how the API names it.
    """

    row: Model
    code: str
    name: str
    says: str = ""
    url: str = ""
    holds: bool = True


@dataclass(frozen=True)
class UsersOfSegments:
    """One kind of rows that use segments; they are named to those who have `permissions`."""

    name: str
    label: str | Promise
    find: Callable[[Segment], Iterable[Use]]
    permissions: Collection[str] = ()

    def may_be_named_to(self, user: User | AnonymousUser | None) -> bool:
        """Return whether `user` (None: a command) may read which rows these are."""
        return user is None or user.has_perms(self.permissions)


def _segments(segment: Segment) -> list[Use]:
    return [
        Use(one, code=one.code, name=one.name, says=sentence_of(one, one.conditions))
        for one in referring_segments(segment)
    ]


SEGMENTS = UsersOfSegments("segments", gettext_lazy("Segments"), _segments)
USERS: Registry[UsersOfSegments] = Registry("user of segments")
USERS.register(SEGMENTS)


def segment_to_use(code: str) -> Segment:
    """Return the segment `code`, which nobody deletes until the transaction is over.

    Raises Segment.DoesNotExist.
    """
    lock_definitions()
    found: Segment = Segment.objects.get(code=code)
    return found


@dataclass(frozen=True)
class Uses:
    """The rows of one kind that use a segment, and whether they may be named to whoever asks."""

    users: UsersOfSegments
    rows: list[Use]
    are_named: bool

    def names(self) -> list[str]:
        """Return what they are called; only what they are and how many to who may not read it."""
        if self.are_named:
            return [use.name for use in self.rows]
        return [f"{self.users.label} ({len(self.rows)})"]


def uses_of(
    segment: Segment,
    user: User | AnonymousUser | None,
    *,
    besides: Collection[Segment] = (),
    holding: bool = False,
) -> list[Uses]:
    """Return the uses of `segment` as they are shown to `user` (None: a command), by their kind.

    Without those by `besides`; `holding`: only those that keep it from being deleted.
    """
    found = []
    for users in USERS:
        rows = [use for use in users.find(segment) if use.row not in besides]
        rows = [use for use in rows if use.holds or not holding]
        if rows:
            are_named = users.may_be_named_to(user) and _are_seen_by(user, rows)
            found.append(Uses(users, rows, are_named))
    return found


def _are_seen_by(user: User | AnonymousUser | None, rows: list[Use]) -> bool:
    """Return whether none of `rows` may be about other websites than `user` is limited to."""
    if not is_limited(user):
        return True
    segments = {use.code for use in rows if isinstance(use.row, Segment)}
    return len(segments) == len(rows) and not hidden_segments(segments, user)


class NamesSegments(Resource):
    """A resource whose rows name segments: nobody changes or deletes one while a row is written."""

    def hold(self) -> None:
        lock_definitions()
