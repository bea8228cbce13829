"""The point from which a sequence follows its segment: earlier changes start nothing."""

from campaigns.models import Sequence
from campaigns.sequences.row_locks import lock_sequences
from core.clock import now
from segments.changes import newest_of
from segments.models import Segment


def begin_silently(sequence: Sequence) -> None:
    """Let `sequence` follow changes from now on only; the caller stores the row."""
    segment = sequence.segment
    sequence.active_after = newest_of(segment) if segment is not None else 0
    is_new = segment is not None and segment.members_version is None
    sequence.silent_run, sequence.silent_since = None if is_new else 0, None


def follow_again(segment: Segment) -> None:
    """Let the sequences of a reactivated segment ignore the changes of the meantime.

    A hook of `segments.rules.followers`. Neither the changes in the log up to now start a sequence,
    nor those of the refresh that catches up on the time when the segment was off.
    """
    for sequence in lock_sequences([segment.pk]).values():
        sequence.active_after = newest_of(segment)
        sequence.silent_run, sequence.silent_since = None, now()
        sequence.save(update_fields=["active_after", "silent_run", "silent_since"])
