"""The change log as other apps read it: by a cursor, in order, each change once."""

from segments.engine.change_log import CursorTooOld, changes_since, latest_cursor, newest_number
from segments.models.watermark import purged_number

__all__ = ["CursorTooOld", "changes_since", "given_number", "latest_cursor", "purged_number"]


def given_number() -> int:
    """Return the highest number that a change was given, whether it is committed or not.

    Whatever is written from now on has a higher one.
    """
    return max(newest_number(), purged_number())
