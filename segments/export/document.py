"""The bytes of an export, read in one snapshot of the database."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

from core.access.website_limits import Websites
from core.database.idle_timeouts import limit_silence
from core.database.replicas import server_for_reading
from core.database.snapshot import read_snapshot
from segments.engine.members.change_log import CursorTooOld, latest_cursor
from segments.export.columns import Column
from segments.export.contents import Contents, exported_members
from segments.export.deltas import (
    changes_of,
    csv_changes,
    delta_head,
    xml_changes,
    xml_changes_head,
)
from segments.export.formats.csv_lines import csv_head, csv_lines
from segments.export.formats.xml_lines import xml_foot, xml_head, xml_lines
from segments.export.targets import TARGETS
from segments.models import Membership, Segment
from segments.models.work.watermark import purged_number
from segments.rules.website_limits.websites import members_within

LINES_PER_CHUNK = 500
# A download may pause for this time; its snapshot holds no lock for which others wait.
LONGEST_PAUSE_SECONDS = 900.0
Lines = Callable[[], Generator[bytes, None, None]]


@dataclass
class Counts:
    """The counts of an export so far.

    `total` is the number of rows that are considered, `left_out` how many of them are not in the
    export; it is known after the last row, or with `count_first` before the first.
    """

    rows: int = 0
    total: int = 0
    left_out: int | None = None


@dataclass(frozen=True)
class Document:
    """A file to write: its head, its lines, one for each row, and its foot."""

    head: bytes
    lines: Lines
    foot: Callable[[int], bytes]
    # The number of considered rows, and the function that counts the exported ones (may be slow).
    total: int
    count: Callable[[], int]
    # The cursor from which an export of changes continues after this export.
    cursor: int

    def chunks(self, counts: Counts, *, count_first: bool = False) -> Iterator[bytes]:
        """Yield the bytes and update `counts`; with `count_first`, set `left_out` before."""
        counts.total = self.total
        if count_first:
            counts.left_out = self.total - self.count()
        yield self.head
        with closing(self.lines()) as lines:
            while chunk := list(islice(lines, LINES_PER_CHUNK)):
                counts.rows += len(chunk)
                yield b"".join(chunk)
        counts.left_out = self.total - counts.rows
        if foot := self.foot(counts.rows):
            yield foot


@dataclass(frozen=True)
class Place:
    """The database that an export reads, and the last change that all its snapshots contain."""

    cursor: int
    using: str

    @classmethod
    def here(cls) -> "Place":
        """Return the place for an export that begins now."""
        # In this order: the chosen server contains all changes up to the cursor.
        cursor = latest_cursor()
        return cls(cursor, server_for_reading())


@contextmanager
def open_export(
    segment: Segment,
    contents: Contents,
    columns: list[Column],
    place: Place,
    *,
    with_private: bool,
    allowed_websites: Websites = None,
) -> Iterator[Document]:
    """Yield the export of `segment` in its current state, to be read in the block.

    `columns` are those that `segments.export.contents.check` has allowed. A target has columns of
    its own; without `with_private`, those that are more personal than e-mail and name stay empty.
    The export contains only customers of `allowed_websites` (None: all). Raises CursorTooOld
    where changes after the contents' cursor have been purged.
    """
    cursor, using = place.cursor, place.using
    with read_snapshot(using):
        limit_silence(LONGEST_PAUSE_SECONDS, using)
        # Read again, so that name, version and time are of the same moment as the rows.
        segment = Segment.objects.using(using).get(pk=segment.pk)
        if contents.since is None:
            yield _members(
                segment, contents, columns, cursor, using, with_private, allowed_websites
            )
        else:
            since = contents.since
            yield _changes(segment, contents, columns, since, cursor, using, allowed_websites)


def _members(
    segment: Segment,
    contents: Contents,
    columns: list[Column],
    cursor: int,
    using: str,
    with_private: bool,
    allowed_websites: Websites,
) -> Document:
    members = exported_members(segment, allowed_websites).using(using)
    stored = Membership.objects.using(using).filter(segment=segment)
    total = members_within(stored, allowed_websites).count()
    lines: Lines
    if contents.target:
        target = TARGETS[contents.target]
        lines = partial(target.lines, segment, members, with_private=with_private, raw=contents.raw)
        return Document(target.head(), lines, _no_foot, total, partial(_number_of, lines), cursor)
    if contents.format == "csv":
        head = csv_head(columns, bom=contents.bom)
        lines = partial(csv_lines, members, columns, raw=contents.raw)
        return Document(head, lines, _no_foot, total, members.count, cursor)
    lines = partial(xml_lines, members, columns)
    head, foot = xml_head("segment", segment), partial(xml_foot, "segment")
    return Document(head, lines, foot, total, members.count, cursor)


def _changes(
    segment: Segment,
    contents: Contents,
    columns: list[Column],
    since: int,
    until: int,
    using: str,
    allowed_websites: Websites,
) -> Document:
    if since < purged_number():
        raise CursorTooOld(since)
    changes = changes_of(segment, allowed_websites, using)
    total = changes.filter(sequence__gt=since, sequence__lte=until).count()
    count = partial(int, total)
    lines: Lines
    if contents.format == "csv":
        lines = partial(
            csv_changes, changes, columns, since=since, until=until, raw=contents.raw, using=using
        )
        head = delta_head(columns, bom=contents.bom)
        return Document(head, lines, _no_foot, total, count, until)
    lines = partial(xml_changes, changes, columns, since=since, until=until, using=using)
    head = xml_changes_head(segment, since=since, until=until)
    return Document(head, lines, partial(xml_foot, "changes"), total, count, until)


def _number_of(lines: Lines) -> int:
    return sum(1 for _line in lines())


def _no_foot(rows: int) -> bytes:
    return b""
