"""The requested contents and format of an export, and their validation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.access.website_limits import Websites, websites_of
from core.problems import Invalid, Problem
from core.text.formats import in_quotes
from core.text.sentences import Sentence, SentenceError
from segments.engine.members.change_log import CursorTooOld, latest_cursor
from segments.export.allowed import may_export, may_export_column
from segments.export.columns import DEFAULT_COLUMNS, Column, InvalidColumns, columns_named
from segments.export.targets import TARGETS
from segments.models import Membership, Segment
from segments.models.work.watermark import purged_number
from segments.rules.website_limits.websites import members_within

Format = Literal["csv", "xml"]
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "xml": "application/xml; charset=utf-8"}
# A column of members only; a customer who has left has no membership.
ENTERED_AT = "entered_at"


@dataclass(frozen=True)
class _WithValues(Problem):
    """A problem whose message has values; `sentence` is the message before its translation."""

    sentence: Sentence


class InvalidExport(Invalid):
    """An impossible export; the paths of the problems are names of fields."""

    def __str__(self) -> str:
        return " ".join(problem.message for problem in self.problems)

    @property
    def reason(self) -> Sentence:
        """The problems as a sentence to store; the messages must not be translated yet."""
        parts = [
            one.sentence if isinstance(one, _WithValues) else Sentence(one.message, {})
            for one in self.problems
        ]
        if len(parts) == 1:
            return parts[0]
        named = {f"part{number}": one for number, one in enumerate(parts, 1)}
        return Sentence(" ".join(f"%({name})s" for name in named), named)


class ExportRefused(SentenceError):
    """An export that the shop's settings do not allow."""


@dataclass(frozen=True)
class Contents:
    """The contents and the format of an export.

    `columns` None means the default columns, or those of `target`, the program that reads the file.
    `raw` writes texts without the guard against formulas; `bom` adds a byte order mark for Excel.
    With `since`, a sequence number of the change log, the rows are the changes after it, otherwise
    the stored members.
    """

    format: Format = "csv"
    columns: tuple[str, ...] | None = None
    target: str = ""
    raw: bool = False
    bom: bool = False
    since: int | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the requested columns; empty for a target, which has columns of its own."""
        if self.columns is not None:
            return self.columns
        if self.target:
            return ()
        return tuple(name for name in DEFAULT_COLUMNS if self.since is None or name != ENTERED_AT)


def check(segment: Segment, contents: Contents, user: User | AnonymousUser | None) -> list[Column]:
    """Return the columns of an export by `user`; None is the command line, which may export all.

    Raises InvalidExport with every problem, CursorTooOld where changes after `since` have been
    purged, ExportRefused beyond the row limit, and PermissionDenied where `user` may not export, or
    not these columns, for instance columns that are more personal than name and e-mail.
    """
    if user is not None and not may_export(user, raw=contents.raw):
        raise PermissionDenied
    columns, problems = _check_contents(contents)
    if problems:
        raise InvalidExport(problems)
    if user is not None and not all(may_export_column(user, column) for column in columns):
        raise PermissionDenied
    if contents.since is not None and contents.since < purged_number():
        raise CursorTooOld(contents.since)
    limit = settings.EXPORT_ROW_LIMIT
    if (
        limit
        and contents.since is None
        and exported_members(segment, websites_of(user)).count() > limit
    ):
        raise ExportRefused(
            gettext_noop(
                "An export may have at most %(limit)s rows; this segment has more members."
            ),
            limit=limit,
        )
    return columns


def problems_of(contents: Contents) -> list[Problem]:
    """Return the problems that make an export of `contents` impossible; paths are fields."""
    return _check_contents(contents)[1]


def _check_contents(contents: Contents) -> tuple[list[Column], list[Problem]]:
    """Return the columns of `contents`, none if one is unknown, and all problems."""
    problems = list(_problems(contents))
    try:
        return columns_named(contents.column_names), problems
    except InvalidColumns as error:
        problem = _WithValues("columns", "unknown_column", str(error), error.reason)
        return [], [*problems, problem]


def exported_members(segment: Segment, allowed_websites: Websites = None) -> QuerySet[Membership]:
    """Return the members for an export of `segment`, in the order of internal customer ids.

    Only customers of `allowed_websites` (None: all) are included.
    """
    members = members_within(Membership.objects.filter(segment=segment), allowed_websites)
    members = members.order_by("customer_id")
    if settings.EXPORT_ONLY_ACCEPTING_MARKETING:
        members = members.filter(customer__accepts_marketing=True)
    return members


def _problems(contents: Contents) -> Iterator[Problem]:
    if contents.format not in get_args(Format):
        yield Problem("format", "unknown_format", _("An export is csv or xml."))
    if contents.target:
        yield from _problems_of_target(contents)
    if contents.bom and (contents.format != "csv" or contents.target):
        message = _("Only a CSV without a target has a byte order mark.")
        yield Problem("bom", "no_bom", message)
    if contents.columns is not None and not contents.columns:
        yield Problem("columns", "no_columns", _("Name at least one column."))
    if contents.since is not None:
        if not 0 <= contents.since <= latest_cursor():
            message = _("No change has this number yet.")
            yield Problem("since", "not_a_cursor", message)
        if ENTERED_AT in contents.column_names:
            message = _("Changes have “at”, not “entered_at”.")
            yield Problem("columns", "unknown_column", message)


def _problems_of_target(contents: Contents) -> Iterator[Problem]:
    if not TARGETS.find(contents.target):
        known = ", ".join(target.name for target in TARGETS)
        text = gettext_noop("There is no target %(name)s; there are %(known)s.")
        sentence = Sentence(text, {"name": in_quotes(contents.target), "known": known})
        yield _WithValues("target", "unknown_target", str(sentence), sentence)
    if contents.columns is not None:
        yield Problem("columns", "has_target", _("A target has columns of its own."))
    if contents.format != "csv":
        yield Problem("target", "only_csv", _("A target takes a CSV."))
    if contents.since is not None:
        yield Problem("target", "only_members", _("A target takes members, not changes."))
