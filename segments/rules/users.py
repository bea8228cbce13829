"""The usages of a segment by other segments and by rows of other apps.

Deletion checks the usages, and the page “Used by” shows them. A row that must keep its segment from
being deleted is written in the transaction that called `segment_to_use` for the segment.
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
from segments.rules.in_conditions.references import referring_segments
from segments.rules.sentences import with_sentences
from segments.rules.website_limits.websites import hidden_segments


@dataclass(frozen=True)
class Use:
    """A row that uses a segment: its name, a description and the address of its page.

    `code` is the row's name in the API. A row that does not hold the segment is only shown and does
    not prevent the deletion of the segment.
    """

    row: Model
    code: str
    name: str
    says: str = ""
    url: str = ""
    holds: bool = True


@dataclass(frozen=True)
class NewUse:
    """The button that begins a new row for a segment: label, address and needed permissions."""

    label: str | Promise
    address: Callable[[Segment], str]
    permissions: Collection[str]


DETAILS = gettext_lazy("Details")


@dataclass(frozen=True)
class UsersOfSegments:
    """A kind of rows that use segments; users need `permissions` to see the rows' names.

    `says` is the heading of what the rows say (`Use.says`), shown where one of them says something.
    """

    name: str
    label: str | Promise
    find: Callable[[Segment], Iterable[Use]]
    permissions: Collection[str] = ()
    new: NewUse | None = None
    says: str | Promise = DETAILS

    def may_be_named_to(self, user: User | AnonymousUser | None) -> bool:
        """Return whether `user` (None: a command) may see the names of the rows."""
        return user is None or user.has_perms(self.permissions)


def _segments(segment: Segment) -> list[Use]:
    return [
        Use(one, code=one.code, name=one.name, says=sentence)
        for one, sentence in with_sentences(referring_segments(segment))
    ]


SEGMENTS = UsersOfSegments("segments", gettext_lazy("Segments"), _segments)
USERS: Registry[UsersOfSegments] = Registry("user of segments")
USERS.register(SEGMENTS)


def segment_to_use(code: str) -> Segment:
    """Return the segment `code`, protected from deletion until the transaction ends.

    Raises Segment.DoesNotExist for an unknown code.
    """
    lock_definitions()
    found: Segment = Segment.objects.get(code=code)
    return found


@dataclass(frozen=True)
class Uses:
    """The rows of one kind that use a segment, and whether the reader may see their names."""

    users: UsersOfSegments
    rows: list[Use]
    are_named: bool

    @property
    def say(self) -> bool:
        """Whether any row has a remark (`Use.says`)."""
        return any(use.says for use in self.rows)

    def names(self) -> list[str]:
        """Return the rows' names, or their kind and number if the reader may not see the names."""
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
    """Return the usages of `segment` by kind, as `user` (None: a command) may see them.

    Usages by the segments `besides` are left out. With `holding`, only return usages that prevent
    the deletion of `segment`.
    """
    found = []
    for users in USERS:
        rows = [use for use in users.find(segment) if use.row not in besides]
        rows = [use for use in rows if use.holds or not holding]
        if rows:
            are_named = users.may_be_named_to(user) and _are_seen_by(user, rows)
            found.append(Uses(users, rows, are_named))
    return found


def new_uses(segment: Segment, user: User | AnonymousUser) -> list[tuple[str, str]]:
    """Return label and address of each new row that `user` may begin for `segment`."""
    if not segment.is_active or is_limited(user):
        return []
    offered = [users.new for users in USERS if users.new is not None]
    return [
        (str(new.label), new.address(segment)) for new in offered if user.has_perms(new.permissions)
    ]


def _are_seen_by(user: User | AnonymousUser | None, rows: list[Use]) -> bool:
    """Return whether all `rows` are segments that a `user` with a website limit may see."""
    if not is_limited(user):
        return True
    segments = {use.code for use in rows if isinstance(use.row, Segment)}
    return len(segments) == len(rows) and not hidden_segments(segments, user)


class NamesSegments(Resource):
    """A resource whose rows name segments: writing a row locks the definitions of segments."""

    def hold(self) -> None:
        lock_definitions()
