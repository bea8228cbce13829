"""From where on a sequence follows its segment: what was before starts nothing."""

from campaigns.models import Sequence
from campaigns.sequences.row_locks import lock_sequences
from core.clock import now
from segments.changes import newest_of
from segments.models import Segment


def begin_silently(sequence: Sequence) -> None:
    """Have `sequence` follow only what happens from now on; its row is stored by the caller."""
    segment = sequence.segment
    sequence.active_after = newest_of(segment) if segment is not None else 0
    is_new = segment is not None and segment.members_version is None
    sequence.silent_run, sequence.silent_since = None if is_new else 0, None


def follow_again(segment: Segment) -> None:
    """Have the sequences of a segment that is on again start nothing by what was meanwhile.

    A hook of `segments.rules.followers`: neither by what the log has by now, nor by the refresh
    that finds what has changed since the segment was switched off.
    """
    for sequence in lock_sequences([segment.pk]).values():
        sequence.active_after = newest_of(segment)
        sequence.silent_run, sequence.silent_since = None, now()
        sequence.save(update_fields=["active_after", "silent_run", "silent_since"])
