"""Exports a segment as a stream, for a user who may export; begin reading here."""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from core.access.personal import Kind, may_see
from core.access.website_limits import websites_of
from core.clock import now
from segments.database.concurrency_limit import DOWNLOADS, turn
from segments.export.columns import Column
from segments.export.contents import Contents, Format, check
from segments.export.document import Counts, Place, open_export
from segments.models import ExportAudit, Segment


class Stream:
    """The bytes of an export, to be read once; `close` aborts the export."""

    def __init__(self, chunks: Generator[bytes, None, None], counts: Counts) -> None:
        self._chunks, self._counts = chunks, counts
        self._begun: deque[bytes] = deque()

    def begin(self) -> int:
        """Read the head and the first members, and return how many members are left out.

        So an error of the database appears before the response begins. Raises TooMany where the
        maximum number of downloads is running.
        """
        self._begun.extend(islice(self._chunks, 2))
        return self._counts.left_out or 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._begun.popleft() if self._begun else next(self._chunks)

    def close(self) -> None:
        self._chunks.close()


def export_members(
    segment: Segment,
    format: Format,
    *,
    user: User | AnonymousUser | None,
    columns: Sequence[str] | None = None,
    target: str = "",
    raw: bool = False,
    bom: bool = False,
) -> Stream:
    """Return the members of `segment`, in the order of internal ids, as a stream of bytes.

    The rows are those of one moment, and memory does not grow with their number. `user` None is the
    command line, which may export everything. See `segments.export.contents.Contents` for the other
    arguments, and `check` there for the exceptions of this call. Reading raises TooMany where the
    maximum number of downloads is running; otherwise it leaves an audit row.
    """
    named = None if columns is None else tuple(columns)
    contents = Contents(format, named, target=target, raw=raw, bom=bom)
    chosen = check(segment, contents, user)
    counts = Counts()
    return Stream(_chunks(segment, contents, chosen, user, counts), counts)


def note_started_export(
    segment: Segment, contents: Contents, user: User | AnonymousUser | None
) -> ExportAudit:
    """Store an audit row for an export by `user`; the number of rows is set when it has ended."""
    return note_export(
        user,
        segment.code,
        format=contents.format,
        columns=list(contents.column_names),
        target=contents.target,
        since=contents.since,
        raw=contents.raw,
    )


def note_export(user: User | AnonymousUser | None, name: str, **values: Any) -> ExportAudit:
    """Store an audit row for an export by `user` under `name`, with `values` for other columns."""
    return ExportAudit.objects.create(
        user=user if isinstance(user, User) else None,
        username=user.get_username() if user else "",
        at=now(),
        segment_code=name,
        **values,
    )


def _chunks(
    segment: Segment,
    contents: Contents,
    columns: list[Column],
    user: User | AnonymousUser | None,
    counts: Counts,
) -> Generator[bytes, None, None]:
    with turn(user, kind=DOWNLOADS) if isinstance(user, User) else nullcontext():
        audit = note_started_export(segment, contents, user)
        place = Place.here()
        with_private = user is None or may_see(user, Kind.PRIVATE)
        try:
            allowed_websites = websites_of(user)
            with open_export(
                segment,
                contents,
                columns,
                place,
                with_private=with_private,
                allowed_websites=allowed_websites,
            ) as document:
                yield from document.chunks(counts, count_first=True)
        finally:
            # An aborted export counts the rows that were read.
            written = {"rows": counts.rows, "left_out": counts.left_out}
            ExportAudit.objects.filter(pk=audit.pk).update(**written)
