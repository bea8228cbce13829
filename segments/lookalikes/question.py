"""The arguments of a search for look-alikes, and their validation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.sql.scope import Scope
from core.access.website_limits import Websites
from core.clock import now
from core.problems import Invalid, Problem
from segments.models import Segment
from segments.rules.definition import definition_of
from segments.rules.website_limits.websites import scope_within, seen_within

# Each excluded segment costs one query.
MOST_EXCLUDED = 20
MOST_LEFT_OUT = 1_000


@dataclass(frozen=True)
class LookalikeQuestion:
    """The number of look-alikes to find, and the customers to search.

    Exactly one of `size` and `share` is given. `share` (above 0, at most 1) is a share of the
    customers in scope. `exclude` are codes of segments whose members are not chosen. `websites`
    (codes) replace those of the segment; None keeps them. `leave_out` are SKUs that are not used as
    features, such as the one that defines the segment. `as_of` (aware) is now by default.
    `allowed_websites` are the websites to which the user is limited; None: all.
    """

    size: int | None = None
    share: Decimal | float | None = None
    exclude: Sequence[str] = ()
    websites: Sequence[str] | None = None
    leave_out: Sequence[str] = ()
    as_of: datetime | None = None
    allowed_websites: Websites = None

    def check(self) -> None:
        """Raise `Invalid` with every finding, each at the path of its field in the API."""
        problems = list(self._problems())
        if problems:
            raise Invalid(problems)

    def wanted_count(self, scope_count: int) -> int:
        """Return the number of look-alikes to find in a scope of `scope_count` customers."""
        if self.size is not None:
            return self.size
        return max(1, int(Decimal(str(self.share)) * scope_count + Decimal("0.5")))

    def scope(self, segment: Segment) -> Scope:
        """Return the scope of `segment` with the websites of the question.

        Raises `Invalid` for an unknown website, and OutsideWebsites where the scope is empty within
        the user's websites.
        """
        definition = definition_of(segment)
        websites = definition.websites if self.websites is None else self.websites
        try:
            return scope_within(
                *(
                    websites,
                    definition.customer_groups,
                    definition.applies_to,
                    self.allowed_websites,
                )
            )
        except InvalidTree as error:
            raise Invalid(error.problems) from error

    def excluded_segments(self) -> list[Segment]:
        """Return the segments of `exclude`. Raises `Invalid` for an unknown code."""
        rows = seen_within(Segment.objects.filter(code__in=self.exclude), self.allowed_websites)
        by_code = {one.code: one for one in rows}
        unknown = [
            Problem(
                f"exclude_segments[{index}]",
                "unknown_segment",
                _("There is no segment “%(code)s”.") % {"code": code},
            )
            for index, code in enumerate(self.exclude)
            if code not in by_code
        ]
        if unknown:
            raise Invalid(unknown)
        return list(by_code.values())

    def _problems(self) -> Iterator[Problem]:
        if (self.size is None) == (self.share is None):
            text = _("Give either the size or the share, and not both.")
            yield Problem("size", "size_or_share", text)
        if self.size is not None and self.size < 1:
            yield Problem("size", "out_of_range", _("The size is at least 1."))
        if self.share is not None and not 0 < self.share <= 1:
            text = _("The share is above 0 and at most 1.")
            yield Problem("share", "out_of_range", text)
        if self.as_of is not None and self.as_of > now():
            # Members of a coming day would be compared by the purchases of today.
            text = _("Purchases are known up to now: give no time in the future.")
            yield Problem("as_of", "out_of_range", text)
        for path, values, most in (
            ("exclude_segments", self.exclude, MOST_EXCLUDED),
            ("leave_out", self.leave_out, MOST_LEFT_OUT),
        ):
            if len(values) > most:
                text = _("At most %(most)d are allowed here.")
                yield Problem(path, "too_many", text % {"most": most})
